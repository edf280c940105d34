"""JSON from outside, parsed strictly: every oddity is one ValueError with a sentence for the operator."""

from __future__ import annotations

import json
from typing import Any

DEPTH = 64
DIGITS = 20
"""Enough for any 64-bit number; longer ones cost quadratic time to convert."""


def parse_json(data: bytes) -> Any:
    """The value in `data`; raises ValueError for bad UTF-8, NaN, deep nesting, huge numbers, or no JSON."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("the answer is not UTF-8") from None
    if text.lstrip()[:1] == "<":
        raise ValueError("the answer is HTML or XML, not JSON")
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_int=_small_int, parse_float=_finite)
    except RecursionError:
        raise ValueError("the answer is nested too deeply") from None
    except json.JSONDecodeError as problem:
        raise ValueError(f"the answer is not JSON (line {problem.lineno}, column {problem.colno})") from None
    _refuse_depth(value)
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"the answer holds {name}, which is no JSON")


def _small_int(digits: str) -> int:
    many = len(digits.removeprefix("-"))
    if many > DIGITS:
        raise ValueError(f"the answer holds a number of {many} digits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits[:400])
    if number in (float("inf"), float("-inf")):
        raise ValueError("the answer holds a number that is too large")
    return number


def _refuse_depth(value: Any) -> None:
    layer = [value]
    for _ in range(DEPTH):
        layer = [
            item
            for container in layer
            for item in (
                container.values()
                if isinstance(container, dict)
                else container
                if isinstance(container, list)
                else ()
            )
            if isinstance(item, dict | list)
        ]
        if not layer:
            return
    raise ValueError("the answer is nested too deeply")
