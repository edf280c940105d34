"""The names of the ledger: its files, directories, namespaces and hashes, and nothing that acts."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

RECORD_NAMESPACE = "record@handrail"
SEAL_NAMESPACE = "seal@handrail"
DELEGATE_NAMESPACE = "delegate@handrail"
LEDGER_NAMESPACE = "ledger@handrail"
PROCEDURE_NAMESPACE = "procedure@handrail"
WITNESS_NAMESPACE = "witness@handrail"
HANDOVER_NAMESPACE = "handover@handrail"
COUNTERSIGN_NAMESPACE = "countersign@handrail"

NO_PREVIOUS = "0" * 64
"""What the first record of a run, and the first entry of a ledger, name as their predecessor."""

RECORD_LIMIT = 256 * 1024
"""Bytes of one record: what a person can still read, and far below what a parser can be hurt with."""
FILE_LIMIT = 64 * 1024 * 1024
"""Bytes of one evidence file."""
SEAL_LIMIT = 64 * 1024 * 1024
"""Bytes of one manifest: more than half a million files."""

SEAL = "SEAL"
SIGNATURE = ".sig"
TEMPORARY = ".tmp-"
OPENING = ".opening-"
QUARANTINE = "quarantine"
CHAIN = "runs"
OUTBOX = "outbox"
LOCK = "lock"

LEDGER_OPENED = "ledger.opened"
"""The kind of a watch's first event; it names mode, procedure and claims."""
LEDGER_RESUMED = "ledger.resumed"
"""The kind of the first event of a later process; its record names the new delegation."""
LEDGER_RECOVERED = "ledger.recovered"
"""The kind of the event that says which stray files were moved to quarantine."""
HANDED_OVER = "handed-over"
"""The kind of the last event of a watch that another operator goes on with; it names their key."""
HELD = "held"
"""The kind of the event with which a walk is left to be resumed; a killed process writes none."""
ENDED = "ended"
"""The kind of a walk's last event; its `how` says how."""
COMPLETE = "complete"
"""How a walk ended of which nothing is left open, and no hold point was passed alone."""
EVENT_SCHEMA = 1
"""The schema of the ledger's own events."""

RECORD_NAME = re.compile(r"[0-9]{6}\.toml")
WATCH_NAME = re.compile(r"watch-([0-9]{3})")
RUN_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[a-z0-9-]{1,80}-[0-9a-f]{6}")
SIGNERS_NAME = re.compile(r"run\.signers(?:-[0-9]{1,4})?")
RIGHT_NAME = re.compile(r"[0-9]{6}\.signers")
"""Beside the chain's entry that first uses it: the delegation of whoever removed runs."""
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_RESERVED = re.compile(r"[0-9]{6}\.toml(?:\.sig)?|SEAL(?:\.sig)?|run\.signers.*|quarantine")


def record_name(number: int) -> str:
    """The file of record `number`, counted from 1."""
    return f"{number:06d}.toml"


def right_name(number: int) -> str:
    """The delegation beside entry `number` of the ledger's chain."""
    return f"{number:06d}.signers"


def watch_name(number: int) -> str:
    """The directory of watch `number`, counted from 1."""
    return f"watch-{number:03d}"


def signers_name(process: int) -> str:
    """The delegation of the `process`-th process that wrote into a watch, counted from 1."""
    return "run.signers" if process == 1 else f"run.signers-{process}"


def principal(run: str, watch: int) -> str:
    """The identity a run key has in run.signers: one run, one watch."""
    return f"{run}/{watch_name(watch)}"


def run_name(wall: datetime, procedure_id: str, suffix: str) -> str:
    """A run's directory: when (UTC), which procedure, and six hexadecimal digits against chance."""
    return f"{wall.astimezone(UTC):%Y%m%dT%H%M%SZ}-{slug(procedure_id)}-{suffix}"


def slug(procedure_id: str) -> str:
    """A procedure as runs are named by it; two procedures may share one."""
    return re.sub(r"[^a-z0-9]+", "-", procedure_id.lower()).strip("-")[:60].strip("-") or "run"


def is_companion_name(name: str) -> bool:
    """True for every name a record may hold in its `files`."""
    head, slash, tail = name.rpartition("/")
    if slash:
        return head == QUARANTINE and FILE_NAME.fullmatch(tail) is not None
    return is_free_name(name) or SIGNERS_NAME.fullmatch(name.removesuffix(SIGNATURE)) is not None


def is_free_name(name: str) -> bool:
    """True when a caller may give a file of its own this name in a watch."""
    return FILE_NAME.fullmatch(name) is not None and _RESERVED.fullmatch(name) is None


def sha256(*parts: bytes) -> str:
    """SHA-256 over the parts one after the other, in hexadecimal."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
