"""Holding log lines against many wordings at once, in time linear in the line whatever it contains."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import re2

CAP_CHARACTERS = 8192
"""A line is looked at no further than this; every known wording ends far earlier."""

# What may stand before a code: the line's start, or anything but `(`. EAP thread names hold codes of their
# own, as in `(AMQ229000: Activation for server ...) AMQ221010: Backup Server is now active`.
_BEFORE_CODE = r"(?:^|[^(A-Za-z0-9])"
# Amlen sets the level between code and colon: `CWLNA6005 N: The Eclipse Amlen Server is stopping.`
_LEVEL = r"(?: [A-Z])?"
_ANY_CODE = re.compile(r"(?:^|[^(A-Za-z0-9])([A-Z]{3,12}\d{3,6})" + _LEVEL + ": ")
# What may stand before a text without a code: the logger in brackets, and EAP's thread in parentheses.
_BEFORE_TEXT = r"(?:^|\] |\) )"
# What may follow: the exception that older formats print on the same line.
_AFTER = r"(?:: .*)?\s*$"

_SET_MEMORY = 64 << 20

Key = TypeVar("Key")


def _literal(text: str) -> str:
    escaped: str = re2.escape(text)
    return escaped


def first_code(line: str) -> str | None:
    """The message code a line begins its text with; codes inside thread names and arguments do not count."""
    found = _ANY_CODE.search(line)
    return found.group(1) if found else None


@dataclass(frozen=True, slots=True)
class Wording:
    """What is looked for: a code (or none) and a text in which `{}` stands for anything."""

    code: str | None
    text: str
    banner: bool = False

    @property
    def pattern(self) -> str:
        """The wording as a regular expression for RE2."""
        text = self.text.rstrip()
        optional_tail = text.endswith(" {}")
        if optional_tail:
            text = text.removesuffix(" {}")
        body = ".*".join(_literal(part) for part in text.split("{}")) + (r"(?: .*)?" if optional_tail else "")
        if self.code is None:
            return _BEFORE_TEXT + body + _AFTER
        if self.banner:
            return _BEFORE_CODE + _literal(self.code) + r":\s*(?:\**\s*$|" + body + ")"
        return _BEFORE_CODE + _literal(self.code) + _LEVEL + ": " + body + _AFTER


@dataclass(frozen=True, slots=True)
class Hit(Generic[Key]):
    """One wording that a line is."""

    key: Key


class Matcher(Generic[Key]):
    """Many wordings compiled into one RE2 set; raises ValueError when RE2 refuses one."""

    def __init__(self, wordings: Iterable[tuple[Key, Wording]]) -> None:
        options = re2.Options()
        options.max_mem = _SET_MEMORY
        options.log_errors = False
        self._keys: list[tuple[Key, ...]] = []
        self._codes: list[str | None] = []
        by_pattern: dict[str, list[Key]] = {}
        codes: dict[str, str | None] = {}
        for key, wording in wordings:
            by_pattern.setdefault(wording.pattern, []).append(key)
            codes[wording.pattern] = wording.code
        self._set = re2.Set.SearchSet(options)
        for pattern, keys in by_pattern.items():
            try:
                self._set.Add(pattern)
            except re2.error as problem:
                raise ValueError(str(problem)) from None
            self._keys.append(tuple(keys))
            self._codes.append(codes[pattern])
        if self._keys:
            self._set.Compile()

    def match(self, line: str) -> list[Hit[Key]]:
        """Every wording this line is, in the catalogue's order; most lines are none.

        Only the first code of a line counts, so a code inside an argument (an address may be named like a
        log line) never matches; and a line that begins with a code is never a text without one.
        """
        if not self._keys:
            return []
        if len(line) > CAP_CHARACTERS:
            line = line[:CAP_CHARACTERS]
        found = self._set.Match(line)
        if not found:
            return []
        code = first_code(line)
        return [
            Hit(key) for index in sorted(found) if self._codes[index] == code for key in self._keys[index]
        ]
