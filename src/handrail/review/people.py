"""Who had a hand in a run: who walked, witnessed, took over, countersigned, each with their key. Pure.

As the records name them, and the site where its file knows the key; that each signed is proved by `verify`.
"""

from __future__ import annotations

from collections.abc import Mapping

from handrail.review.run import Entry, RunRead
from handrail.text import SafeText, safe
from handrail.walk import events as e

NOBODY = "no hold point was witnessed, handed over, or passed alone"


def people(run: RunRead) -> list[SafeText]:
    """A line for each, in the order of the records."""
    own = run.sent_by_witness
    said = [text for entry in run.entries for text in (*_words(run, entry), *_own_witness(own, entry))]
    second = any(not text.startswith("walked") for text in said)
    return [safe(text, 300) for text in (said if second else [*said, NOBODY])]


def _words(run: RunRead, entry: Entry) -> list[str]:
    event, record = entry.event, entry.record
    place = f"record {record.number} of watch {record.watch}, {record.wall:%Y-%m-%d %H:%M}Z"
    match event:
        case e.Opened():
            return [f"walked by {event.operator} from {place}; {_key(run, event.principal)}"]
        case e.TookOver():
            how = f"{event.how}: {event.reason}" if event.reason else event.how
            return [f"walked by {event.operator} ({how}) from {place}; {_key(run, event.principal)}"]
        case e.Witnessed():
            return [f"{event.step} witnessed by {event.principal}, {place}; {_key(run, event.key)}"]
        case e.HandedOver():
            return [f"handed over to {event.principal}, {place}; {_key(run, event.key)}"]
        case e.Overrode(what="hold-point"):
            at = (record.watch, record.number)
            if by := run.verification.countersigned.get(at):
                who = f"countersigned by {by}; {_key(run, run.verification.countersign_keys.get(at, ''))}"
            else:
                who = "NOBODY has countersigned it"
            return [f"{event.step} passed alone, {place}; {who}"]
        case _:
            return []


def _own_witness(own: Mapping[tuple[int, int], str], entry: Entry) -> list[str]:
    at = (entry.record.watch, entry.record.number)
    if at not in own:
        return []
    return [f"{own[at]} sent by who had witnessed it, record {at[1]} of watch {at[0]}: UNWITNESSED"]


def _key(run: RunRead, key: str) -> str:
    """A fingerprint, and whose it is as the site knows it; of a drill's walker there is none that lasts."""
    if key.startswith("drill:") or not key:
        return "a drill's key, thrown away"
    known = run.verification.known.get(key)
    return f"key {key}{f', which the site knows as {known}' if known else ''}"
