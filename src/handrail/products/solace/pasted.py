"""Reading what an operator pastes from the CLI, for a broker whose SEMP cannot be reached.

`show message-vpn X replication` is read by the letters of its header, so that a column nobody explained (the
document's W) does no harm; `show redundancy` by its labels. Both are read as the terminal aligned them, and
as a document, a chat or a one-line answer has run them together. `-` is "not applicable", never "no".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from handrail.products.solace.meaning import Unread, not_applicable
from handrail.readings import Failure, Value
from handrail.text import SafeText, safe

Read = Mapping[str, Value | Unread]
"""Field of fields.toml to what was read, or why nothing was."""

_HEADER = re.compile(r"Message VPN +((?:[A-Z] +)+[A-Z])(?= *$| +-{8,})", re.MULTILINE)
_RULE = re.compile(r"-{8,}(?: +-)*")
_PROMPT = re.compile(r"\S+(?:\([\w/-]+\))?[#>](?: .*)?$")
_CAP = 1 << 20

_ACTIVITY = r"Local Active|Local Inactive|Mate Active|Shutdown"
_ROUTERS = re.compile(rf"Activity Status\s+({_ACTIVITY})(?:\s+({_ACTIVITY}))?")
_SPOOLS = re.compile(r"Message Spool Status\s+AD-(Active|Standby|Not ?Ready|Disabled)")
_WORDS = {
    "redundancy-config": re.compile(r"Configuration Status *: *(Enabled-Released|Enabled|Shutdown)"),
    "redundancy-status": re.compile(r"Redundancy Status *: *(Up|Down)"),
    "redundancy-mode": re.compile(r"Redundancy Mode *: *(Active/Active|Active/Standby|N/A)"),
    "redundancy-role": re.compile(r"Active-Standby Role *: *(Primary|Backup|Monitor)"),
    "mate-name": re.compile(r"Mate Router Name *: *(\S+)"),
}
_FLAGS = {
    "auto-revert": re.compile(r"Auto Revert *: *(Yes|No)"),
    "mate-link-up": re.compile(r"ADB Link To Mate *: *(Up|Down)"),
    "mate-hello-up": re.compile(r"ADB Hello To Mate *: *(Up|Down)"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One VPN of the pasted table: what is known of it, and the letters of columns that are not."""

    fields: Read
    unknown: Mapping[str, str]


def replication(text: str) -> Mapping[str, Row]:
    """The VPNs of a pasted `show message-vpn ... replication`; raises ValueError when it is no such table."""
    text = _spread(text[:_CAP])
    found: dict[str, Row] = {}
    letters: list[tuple[str, int]] = []
    for raw in text.splitlines():
        line = raw.rstrip()
        header = _HEADER.search(line)
        if header:
            letters = [(match.group(), match.start()) for match in re.finditer("[A-Z]", header[1])]
            letters = [(letter, header.start(1) + at) for letter, at in letters]
            names = [letter for letter, _ in letters]
            if len(set(names)) < len(names):
                raise ValueError("a column stands twice in the header")
        elif letters and line and not _RULE.fullmatch(line.strip()):
            for name, flags in _rows(line, letters):
                if not name.startswith("#"):
                    found[safe(name, 80)] = _understood(flags)
    if not letters:
        raise ValueError("there is no line that begins with Message VPN and names its columns")
    if not found:
        raise ValueError("no Message VPN stands below the header")
    return found


def redundancy(text: str) -> Read:
    """The fields of a pasted `show redundancy`; raises ValueError when it is none."""
    text = text[:_CAP]
    routers = _ROUTERS.search(text)
    if routers is None:
        raise ValueError("there is no line Activity Status with the state of the primary virtual router")
    spool = _SPOOLS.search(text)
    told: dict[str, Value | Unread] = {"primary-activity": safe(routers[1])}
    told["backup-activity"] = safe(routers[2]) if routers[2] else not_applicable()
    label = "Message Spool Status"
    told["spool-status"] = safe("AD-" + spool[1].replace(" ", "")) if spool else _missing(label)
    for name, pattern in _WORDS.items():
        word = pattern.search(text)
        told[name] = safe(word[1], 80) if word else _missing(pattern.pattern.partition(" *:")[0])
    for name, pattern in _FLAGS.items():
        flag = pattern.search(text)
        told[name] = flag[1] in ("Yes", "Up") if flag else _missing(pattern.pattern.partition(" *:")[0])
    return told


def _spread(text: str) -> str:
    """Header, rule and rows each on a line of their own, where they were squeezed together."""
    squeezed = re.compile(r"(Message VPN +(?:[A-Z] +)+[A-Z]) +(-{8,}(?: -)+) +(?=\S)")
    return squeezed.sub(r"\n\1\n\2\n", text)


def _rows(line: str, letters: list[tuple[str, int]]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The rows of a line: one, or all of a table whose line ends were lost on the way.

    Raises ValueError where nobody can tell which of some single letters are flags and which are of a name.
    """
    names = [letter for letter, _ in letters]
    runs = list(re.finditer(rf"(?<!\S)(?:\S(?!\S) ?){{{len(names)},}}", line))
    if len(runs) < 2:
        one = _row(line, letters)
        if one is not None:
            yield one
        return
    end = 0
    for run in runs:
        flags = run.group().split()
        # Behind the blanks that fill a name up to its column the flags begin, whatever the next name is.
        if len(flags) > len(names) and not line[: run.start()].endswith("  "):
            raise ValueError("its rows cannot be told apart; paste it line by line, as it is printed")
        name = line[end : run.start()].strip()
        end = run.start() + 2 * len(names) - 1
        if name:
            yield name, dict(zip(names, flags, strict=False))


def _row(line: str, letters: list[tuple[str, int]]) -> tuple[str, Mapping[str, str]] | None:
    """The VPN's name and the letter of each column: by position, else the last words of the line."""
    first = letters[0][1]
    at = [line[position : position + 1] for _, position in letters]
    alone = all(
        line[position - 1 : position] == " " and line[position + 1 : position + 2] in ("", " ")
        for _, position in letters
    )
    # One letter more than there are columns: the line was squeezed, and the first of them ends the name.
    behind = _PROMPT.sub("", line[letters[-1][1] + 1 :]).strip()
    if not behind and alone and all(flag.strip() for flag in at) and line[:first].strip():
        return line[:first].strip(), dict(zip((letter for letter, _ in letters), at, strict=True))
    words = _PROMPT.sub("", line).split() if len(line.split()) > len(letters) + 1 else line.split()
    flags = words[-len(letters) :]
    if len(words) <= len(letters) or any(len(flag) != 1 for flag in flags):
        return None
    name = " ".join(words[: -len(letters)])
    return name, dict(zip((letter for letter, _ in letters), flags, strict=True))


def _understood(flags: Mapping[str, str]) -> Row:
    told: dict[str, Value | Unread] = {}
    for letter, (field, values) in _COLUMNS.items():
        if letter in flags:
            told[field] = _value(letter, flags[letter], values)
    if "B" in flags:
        told["bridge-bound"] = _value("B", flags["B"], {"U": True, "Q": False, "D": False})
    known = {*_COLUMNS}
    return Row(told, {safe(letter): safe(flag) for letter, flag in flags.items() if letter not in known})


def _value(letter: str, flag: str, values: Mapping[str, Value]) -> Value | Unread:
    if flag == "-":
        return not_applicable()
    if flag not in values:
        return Unread(Failure.MALFORMED, safe(f"column {letter} shows {flag}, which is not in its legend"))
    return values[flag]


def _missing(label: str) -> Unread:
    return Unread(Failure.NOT_READ, SafeText(f"the pasted text has no line {label}"))


_COLUMNS: Mapping[str, tuple[str, Mapping[str, Value]]] = {
    "A": ("replication-enabled", {"U": True, "D": False}),
    "C": ("replication-role", {"A": "active", "S": "standby"}),
    "B": ("bridge-up", {"U": True, "Q": True, "D": False}),
    "R": ("remote-bridge-up", {"U": True, "D": False}),
    "Q": ("queue-bound", {"U": True, "D": False}),
    "S": ("sync-eligible", {"Y": True, "N": False}),
    "M": ("reject-when-ineligible", {"Y": True, "N": False}),
    "T": ("transaction-mode", {"A": "async", "S": "sync"}),
}
