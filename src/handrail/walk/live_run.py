"""Opening and resuming runs on live servers: key, ledger, claims and session put together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handrail import __version__
from handrail.clock import SystemClock
from handrail.errors import KeyRefused, LedgerError, UsageError
from handrail.inventory.model import GitRemote, Site
from handrail.ledger import names
from handrail.ledger.anchor import Anchor, Anchoring, CommandAnchor, SyslogAnchor
from handrail.ledger.disk import RealDisk
from handrail.ledger.git_anchor import GitAnchor
from handrail.ledger.keys import KeyChoice, allowed_signers_file, choices
from handrail.ledger.record import Record
from handrail.ledger.store import Ledger
from handrail.ledger.watch import Watch
from handrail.places import anchor_folder
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.fields import load_fields
from handrail.procedure.file_names import APPROVAL_FILE, CATALOGUE_FILE, FIELDS_FILE, PROCEDURE_FILE
from handrail.procedure.loading import Loaded, builtin_root, loads
from handrail.walk import events as e
from handrail.walk.approval import approval_of
from handrail.walk.bound_systems import BoundSystems
from handrail.walk.conductor import Conductor
from handrail.walk.countdown import seen_before
from handrail.walk.live import live_systems, things_taken
from handrail.walk.observations import entries, last_values
from handrail.walk.plan import BoundPair, Plan, lay_out
from handrail.walk.session import (
    LEDGER_KINDS,
    Session,
    WatchRecorder,
    bound_pairs,
    contact,
    events_of,
    host_name,
    operator_name,
    outside,
    pair_events,
)
from handrail.walk.view import View
from handrail.walk.words import CatalogueWords


@dataclass
class LiveRun:
    """A live run ready to be walked."""

    session: Session
    run_path: Path
    pairs: tuple[BoundPair, ...]


def signing_key(named: Path | None) -> KeyChoice:
    """The key to sign with; raises KeyRefused with the mend when there is none."""
    found = choices(named, os.environ, Path.home())
    if not found:
        raise KeyRefused(
            "there is no SSH key to sign with",
            "add one to your agent, name one with --key, or make one: ssh-keygen -t ed25519",
        )
    return found[0]


def anchor_of(site: Site) -> Anchor:
    """Where heads are carried: the site's git remote or command, or syslog."""
    match site.anchor:
        case GitRemote(git=remote):
            return GitAnchor(remote, anchor_folder(remote))
        case None:
            return SyslogAnchor()
        case words:
            return CommandAnchor(words)


def open_live(
    loaded: Loaded,
    site: Site,
    pairs: Sequence[BoundPair],
    ledger_root: Path,
    tell: Callable[[View], None],
    *,
    key: Path | None = None,
    incident: str = "",
    swapped: bool = False,
) -> LiveRun:
    """Open a live run; raises KeyRefused, Claimed, NotSaved, SecretMissing, UsageError when not approved."""
    clock = SystemClock()
    chosen = signing_key(key)
    folder = product_folder(loaded)
    operator = operator_name()
    plan = lay_out(loaded.procedure, pairs, two_person=site.two_person)
    systems = live_systems(site, plan.servers(), clock, load_fields(folder / FIELDS_FILE))
    files = {
        PROCEDURE_FILE: loaded.data,
        CATALOGUE_FILE: (folder / CATALOGUE_FILE).read_bytes(),
        FIELDS_FILE: (folder / FIELDS_FILE).read_bytes(),
    }
    ledger = Ledger(ledger_root, RealDisk(), clock)
    approved_by = ""
    if site.approved is not None:
        folder_of_site = Path(site.approved).expanduser()
        approved_by, armoured = approval_of(loaded, folder_of_site, allowed_signers_file(os.environ))
        files[APPROVAL_FILE] = armoured
    claims = things_taken(loaded.procedure, pairs)
    watch = ledger.open_run(
        "live", loaded.procedure.id, chosen.signer(), operator, host_name(), files, claims, contact()
    )
    opened = e.Opened(
        procedure=loaded.procedure.id,
        version=loaded.procedure.version,
        sha256=loaded.sha256,
        mode="live",
        site=site.site,
        incident=incident,
        operator=operator,
        principal=chosen.fingerprint,
        program=f"handrail {__version__}",
        pairs=pair_events(pairs),
        swapped=swapped,
        two_person=site.two_person,
        approved_by=approved_by,
        override_allowed=site.allow_override,
    )
    return _walk(watch, plan, systems, site, tell, opened, {})


def resume_live(
    run: Path,
    site: Site,
    ledger_root: Path,
    tell: Callable[[View], None],
    *,
    key: Path | None = None,
    take_over: str = "",
) -> LiveRun:
    """Take up a live run from its records: one's own, one handed over, or with a reason somebody else's.

    Raises Claimed, LedgerError, KeyRefused, SecretMissing.
    """
    clock = SystemClock()
    chosen = signing_key(key)
    ledger = Ledger(ledger_root, RealDisk(), clock)
    operator = operator_name()
    watch, records = ledger.resume(
        run, chosen.signer(), operator, host_name(), contact=contact(), take_over=take_over
    )
    try:
        past = events_of(records)
        opened = next((event for event in past if isinstance(event, e.Opened)), None)
        if opened is None:
            raise LedgerError("the run was never opened by a walk", "nothing was done in it; begin a new one")
        if opened.mode != "live":
            raise UsageError(
                "this is a drill; a drill's servers live only as long as its process", "start a new one"
            )
        loaded = loads(watch.path / PROCEDURE_FILE, (watch.path / PROCEDURE_FILE).read_bytes())
        plan = lay_out(loaded.procedure, bound_pairs(opened), two_person=opened.two_person)
        systems = live_systems(site, plan.servers(), clock, load_fields(watch.path / FIELDS_FILE))
        chunks = observation_chunks(watch.path.parent, records)
    except BaseException:
        watch.close()
        raise
    last = [record for record in records if not record.kind.startswith(LEDGER_KINDS)][-1]
    went_on = {
        "past": past,
        "past_walls": [record.wall for record in records if not record.kind.startswith(LEDGER_KINDS)],
        "past_values": last_values(chunks),
        "past_windows": seen_before(plan, entries(chunks), last.wall),
        "past_chunks": len(chunks),
        "away_s": max(0.0, (clock.wall() - last.wall).total_seconds()),
        "successor": successor(records, operator, chosen.fingerprint, take_over),
    }
    return _walk(watch, plan, systems, site, tell, None, went_on)


def successor(records: Sequence[Record], operator: str, key: str, reason: str) -> e.TookOver | None:
    """Who takes over, where the last watch is one after another and no record of it says so yet.

    An earlier process of that watch may have ended before it did.
    """
    watch = [record for record in records if record.watch == records[-1].watch]
    how = watch[0].event.get("follows")
    if how not in ("handover", "take-over") or any(record.kind == "took-over" for record in watch):
        return None
    return e.TookOver(
        operator=operator, principal=key, how="handover" if how == "handover" else "take-over",
        reason=reason or str(watch[0].event.get("reason", "")), away_s=0.0,
    )  # fmt: skip


def _walk(
    watch: Watch,
    plan: Plan,
    systems: BoundSystems,
    site: Site,
    tell: Callable[[View], None],
    opened: e.Opened | None,
    went_on: Mapping[str, Any],
) -> LiveRun:
    """A session over an open watch; `went_on` is what a conductor is told of a run that was left."""

    def conductor() -> Conductor:
        return Conductor(
            plan=plan,
            systems=systems,
            recorder=WatchRecorder(watch),
            clock=SystemClock(),
            words=CatalogueWords(load_catalogue(watch.path / CATALOGUE_FILE), plan.pairs),
            tell=tell,
            outside=outside(watch, Anchoring(anchor_of(site)), allowed_signers_file(os.environ)),
            run_path=str(watch.path.parent),
            **went_on,
        )

    return LiveRun(Session(conductor, opened, finish=watch.close), watch.path.parent, plan.pairs)


def observation_chunks(run: Path, records: Sequence[Record]) -> list[bytes]:
    """The observation files the records of a run name, in order, each in the watch of its record."""
    return [
        (run / names.watch_name(record.watch) / name).read_bytes()
        for record in records
        for name in record.files
        if name.startswith("observations-")
    ]


def product_folder(loaded: Loaded) -> Path:
    """Where the procedure's catalogue and fields lie: beside it, or with the built-in ones of its product."""
    beside = loaded.path.parent
    if (beside / CATALOGUE_FILE).is_file() and (beside / FIELDS_FILE).is_file():
        return beside
    return builtin_root() / loaded.procedure.product
