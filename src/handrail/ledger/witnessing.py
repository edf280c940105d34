"""Whether a witness was a second person to the end: whoever watched must not be who sends. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from handrail.ledger import names
from handrail.ledger.record import Record


def sent_by_witness(records: Iterable[Record], known: Mapping[str, str]) -> dict[tuple[int, int], str]:
    """Steps sent by whoever had witnessed them, by the watch and number of the record that says so.

    `records` are a run's, in order, as far as they were read; `known` tells whom the site knows by the
    fingerprints of keys that walked, since one person may witness with another key than they walk with.
    """
    walking: dict[int, set[str]] = {}
    witness: dict[tuple[object, object], set[str]] = {}
    found: dict[tuple[int, int], str] = {}
    for record in records:
        event = record.event
        act = (event.get("step"), event.get("attempt"))
        if record.kind in (names.LEDGER_OPENED, names.LEDGER_RESUMED):
            key = str(event.get("key", ""))
            walking.setdefault(record.watch, set()).update({key, known.get(key, "")} - {""})
        elif record.kind == "witnessed":
            witness[act] = {str(event.get("key", "")), str(event.get("principal", ""))} - {""}
        elif record.kind == "intended" and witness.get(act, set()) & walking.get(record.watch, set()):
            found[record.watch, record.number] = str(event.get("step"))
    return found
