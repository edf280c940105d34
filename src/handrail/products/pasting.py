"""Output of a vendor's command line that an operator pastes: which product reads what, loaded when asked for.

For whoever has only the command line. What is pasted is somebody's word with more detail: it is refused where
it cannot be read or does not show what it must, and it never counts as a reading.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from handrail.readings import Failure, Value, value_words

if TYPE_CHECKING:
    from handrail.products.solace.meaning import Unread

PARSERS: Mapping[tuple[str, str], str] = {
    ("solace", "redundancy"): "handrail.products.solace.pasted",
}
"""Product and name of a parser to its module; the function has the parser's name."""
TABLES: Mapping[tuple[str, str], str] = {
    ("solace", "replication"): "handrail.products.solace.pasted",
}
"""The same for output that has a row for each of many things."""


class Row(Protocol):
    """What a table tells of one thing."""

    @property
    def fields(self) -> Mapping[str, Value | Unread]:
        """Field to value, or why there is none."""


def read(product: str, parser: str, text: str) -> Mapping[str, Value | Unread]:
    """Field to value, or why there is none; raises ValueError for text that is no such output.

    Raises KeyError for a parser the product has not.
    """
    module = importlib.import_module(PARSERS[product, parser])
    told: Mapping[str, Value | Unread] = getattr(module, parser)(text)
    return told


def read_rows(product: str, parser: str, text: str) -> Mapping[str, Row]:
    """The rows of a table by their names; raises as `read` does."""
    module = importlib.import_module(TABLES[product, parser])
    told: Mapping[str, Row] = getattr(module, parser)(text)
    return told


def told(product: str, parser: str, text: str) -> Mapping[str, Mapping[str, str]]:
    """What is read of such output in words: of each row of a table its fields, of other output of the row "".

    What is not in the text is left out. Raises as `read` does.
    """
    if (product, parser) in PARSERS:
        return {"": _words(read(product, parser, text))}
    return {row: _words(found.fields) for row, found in read_rows(product, parser, text).items()}


def _words(fields: Mapping[str, Value | Unread]) -> Mapping[str, str]:
    return {
        name: value_words(value) if isinstance(value, Value) else str(value.failure)
        for name, value in fields.items()
        if isinstance(value, Value) or value.failure is not Failure.NOT_READ
    }
