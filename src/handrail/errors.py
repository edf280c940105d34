"""Every error handrail raises on purpose, and the exit status each ends the program with.

HandrailError
+-- UsageError          2  the command line or the terminal cannot do what was asked
+-- ProcedureError      2  a procedure, catalogue or fields file does not say what it must
+-- InventoryError      2  an inventory file does not say what it must
+-- LedgerError         7  the record cannot be kept
|   +-- NotSaved        7  an append failed; nothing took effect
|   +-- Claimed         8  another watch holds what this run needs
|   +-- KeyRefused      9  the signing key or agent does not answer
+-- RunError            1  a run cannot go on
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class HandrailError(Exception):
    """The root: a message for the operator, and the mend."""

    exit_status = 1

    def __init__(self, problem: str, mend: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.mend = mend

    def explain(self) -> str:
        """The problem and what to do about it, each on its own line."""
        return f"{self.problem}\n  mend: {self.mend}" if self.mend else self.problem


class UsageError(HandrailError):
    """The command line or the terminal cannot do what was asked."""

    exit_status = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a file: where, what, and the mend. `line` counts from 1; 0 is the whole file."""

    path: Path
    line: int
    problem: str
    mend: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else f"{self.path}"
        return f"{place}: {self.problem}\n    mend: {self.mend}"


class FileFindings(HandrailError):
    """A file of the operator's that cannot be used, with every finding in it."""

    exit_status = 2
    document = "docs/writing-procedures.md"
    """Where the keys of such a file are explained."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


class ProcedureError(FileFindings):
    """A procedure, catalogue or fields file does not say what it must."""


class InventoryError(FileFindings):
    """An inventory file does not say what it must."""

    document = "docs/inventory.md"


class LedgerError(HandrailError):
    """The record cannot be kept."""

    exit_status = 7


class NotSaved(LedgerError):
    """An append failed: nothing was recorded, so nothing took effect."""

    def explain(self) -> str:
        """The words of the screen stand first, so that nobody takes the reason alone for a warning."""
        return f"NOT SAVED: {super().explain()}"


class Claimed(LedgerError):
    """Another watch holds what this run needs."""

    exit_status = 8


class KeyRefused(LedgerError):
    """The signing key or its agent does not answer."""

    exit_status = 9


class RunError(HandrailError):
    """A run cannot go on."""
