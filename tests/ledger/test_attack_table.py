"""The attack table: a run of fifty records, each attack against signatures alone, the chain, the seal, an anchor.

D: detected. U: shown as UNSEALED. -: missed. What only an anchor finds is missed without one, and the table says
so; the cells of an anchor in the middle hold for what lies before it.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from handrail import cli
from handrail.clock import ManualClock
from handrail.drill.rehearsal import QuickDisk
from handrail.errors import UsageError
from handrail.ledger import countersigning, names, runs, sshsig
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.ledger.verify import Anchored, Whole, verify

RECORDS, ANCHORED_AT = 50, 30
OPERATOR = MemoryKey()


@dataclass
class Victim:
    """A sealed run, a second one beside it, and the heads an outside place was given."""

    ledger: Path
    run: Path
    other: Path
    middle: bytes
    """The head at record 30."""
    end: bytes
    """The heads at record 30 and of the seal."""

    @property
    def watch(self) -> Path:
        """The attacked watch."""
        return self.run / "watch-001"


def filled(root: Path, word: str, token: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, bytes, bytes]:
    """A sealed run whose records say this word; the same token and clock give it the same name."""
    monkeypatch.setattr(secrets, "token_hex", lambda _size: token)
    ledger = Ledger(root, QuickDisk(), ManualClock())
    watch = ledger.open_run("live", "a/b", OPERATOR, "alice", "jump1", {"procedure.toml": b"x"})
    middle = b""
    for number in range(2, RECORDS + 1):
        watch.append({"kind": "test", "schema": 1, "word": f"{word} {number}"})
        if number == ANCHORED_AT:
            middle = f"{watch.head()}\n".encode()
    watch.seal()
    end = middle + f"{watch.head()}\n".encode()
    watch.close()
    return watch.path.parent, middle, end


@pytest.fixture
def victim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Victim:
    """A ledger of two runs."""
    root = tmp_path / "ledger"
    other, _, _ = filled(root, "other", "aaaaaa", monkeypatch)
    run, middle, end = filled(root, "as it was", "bbbbbb", monkeypatch)
    return Victim(root, run, other, middle, end)


def record(victim: Victim, number: int) -> tuple[Path, Path]:
    """A record's file and its signature's."""
    path = victim.watch / names.record_name(number)
    return path, path.with_name(path.name + names.SIGNATURE)


def drop(victim: Victim, first: int, last: int) -> None:
    """Remove these records with their signatures."""
    for number in range(first, last + 1):
        for path in record(victim, number):
            path.unlink()


def unseal(victim: Victim) -> None:
    """Remove the seal."""
    for name in (names.SEAL, names.SEAL + names.SIGNATURE):
        (victim.watch / name).unlink(missing_ok=True)


def edit(victim: Victim) -> None:
    """One word of one record."""
    path, _ = record(victim, 20)
    path.write_bytes(path.read_bytes().replace(b"as it was 20", b"as it was 99"))


def delete_middle(victim: Victim) -> None:
    """One record, the later ones moved up."""
    drop(victim, 20, 20)
    for number in range(21, RECORDS + 1):
        for path, to in zip(record(victim, number), record(victim, number - 1), strict=True):
            path.rename(to)


def replay(victim: Victim) -> None:
    """An earlier record in a later one's place."""
    for source, to in zip(record(victim, 10), record(victim, 20), strict=True):
        shutil.copy(source, to)


def swap(victim: Victim) -> None:
    """Two records, each with its signature."""
    for one, two in zip(record(victim, 20), record(victim, 21), strict=True):
        first, second = one.read_bytes(), two.read_bytes()
        one.write_bytes(second)
        two.write_bytes(first)


def foreign(victim: Victim) -> None:
    """A record of another run, with its signature."""
    for path in record(victim, 20):
        shutil.copy(victim.other / "watch-001" / path.name, path)


def truncate_after_anchor(victim: Victim) -> None:
    """The last five records."""
    drop(victim, RECORDS - 4, RECORDS)


def truncate_before_anchor(victim: Victim) -> None:
    """Everything from record 26 on."""
    drop(victim, 26, RECORDS)


def empty(victim: Victim) -> None:
    """Back to the first record."""
    drop(victim, 2, RECORDS)


def tail_and_seal(victim: Victim) -> None:
    """The last five records and the seal."""
    truncate_after_anchor(victim)
    unseal(victim)


def tail_before_anchor_and_seal(victim: Victim) -> None:
    """Everything from record 26 on, and the seal."""
    truncate_before_anchor(victim)
    unseal(victim)


def by_signatures(victim: Victim) -> str:
    """Each record by itself: is it signed by a key of this watch? Nothing else is looked at."""
    keys = {one.key for one in runs.delegations(QuickDisk(), victim.watch)}
    for path in sorted(victim.watch.glob("[0-9]*.toml")):
        try:
            armoured = path.with_name(path.name + names.SIGNATURE).read_bytes()
            signature = sshsig.check_ed25519(armoured, path.read_bytes(), names.RECORD_NAMESPACE)
        except (OSError, sshsig.BadSignature):
            return "D"
        if signature.key not in keys:
            return "D"
    return "-"


def alone(victim: Victim, folder: Path) -> Path:
    """The run away from its ledger: the ledger's own chain has a row of its own."""
    copy = folder / victim.run.name
    shutil.copytree(victim.run, copy)
    return copy


def by_verify(victim: Victim, folder: Path, *, seal: bool, anchor: bytes | None) -> str:
    """What `verify` says with or without the seal and a copy of the heads."""
    path = alone(victim, folder)
    if not seal:
        for name in (names.SEAL, names.SEAL + names.SIGNATURE):
            (path / "watch-001" / name).unlink(missing_ok=True)
    found = verify(path, None, anchor)
    if found.whole is Whole.BROKEN or found.anchored is Anchored.DIFFERS:
        return "D"
    return "U" if seal and found.whole is Whole.UNSEALED else "-"


TABLE: dict[Callable[[Victim], None], str] = {
    # signatures, + chain, + chain + seal, + chain + anchor at 30, + chain + seal + anchor at the end
    edit: "D D D D D",
    delete_middle: "- D D D D",
    replay: "- D D D D",
    swap: "- D D D D",
    foreign: "D D D D D",
    truncate_after_anchor: "- - D - D",
    truncate_before_anchor: "- - D D D",
    empty: "- - D D D",
    tail_and_seal: "- - U - D",
    tail_before_anchor_and_seal: "- - U D D",
}


@pytest.mark.parametrize("attack", TABLE, ids=lambda attack: attack.__name__)
def test_every_cell_of_the_table_is_as_it_says(
    attack: Callable[[Victim], None], victim: Victim, tmp_path: Path
) -> None:
    """Would catch a promise the verifier does not keep, and one it keeps without our knowing."""
    attack(victim)
    cells = [
        by_signatures(victim),
        by_verify(victim, tmp_path / "1", seal=False, anchor=None),
        by_verify(victim, tmp_path / "2", seal=True, anchor=None),
        by_verify(victim, tmp_path / "3", seal=False, anchor=victim.middle),
        by_verify(victim, tmp_path / "4", seal=True, anchor=victim.end),
    ]
    assert " ".join(cells) == TABLE[attack]


def test_an_untouched_run_is_found_good_by_all_of_them(victim: Victim, tmp_path: Path) -> None:
    """The control: a verifier that always says no would pass the table."""
    cells = [
        by_signatures(victim),
        by_verify(victim, tmp_path / "1", seal=False, anchor=None),
        by_verify(victim, tmp_path / "2", seal=True, anchor=None),
        by_verify(victim, tmp_path / "3", seal=False, anchor=victim.middle),
        by_verify(victim, tmp_path / "4", seal=True, anchor=victim.end),
    ]
    assert cells == ["-"] * 5


def test_what_the_key_holder_rewrites_is_found_by_an_anchor_alone(
    victim: Victim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same run, name and key, other words, signed, chained and sealed anew."""
    forged, _, _ = filled(tmp_path / "forged", "as it never was", "bbbbbb", monkeypatch)
    assert forged.name == victim.run.name
    assert verify(forged, None).whole is Whole.SEALED
    assert verify(forged, None, victim.middle).anchored is Anchored.DIFFERS
    assert verify(forged, None, victim.end).anchored is Anchored.DIFFERS


def test_a_run_that_was_deleted_is_named_by_the_ledgers_chain(victim: Victim) -> None:
    """Any run, the newest too, for its opening and its seal stand in the chain; a copy of the heads names it as well."""
    shutil.rmtree(victim.run)
    ledger = Ledger(victim.ledger, QuickDisk(), ManualClock())
    assert any(victim.run.name in finding for finding in ledger.check_chain().findings)
    assert [item.problem for item in ledger.runs() if item.run == victim.run.name] != [""]
    with pytest.raises(UsageError):
        verify(victim.run, None, victim.end)


def test_the_newest_run_deleted_with_its_entries_is_found_by_no_chain(victim: Victim) -> None:
    """What the ledger cannot prove it must not claim: only the heads kept outside still name that run."""
    shutil.rmtree(victim.run)
    for number in (3, 4):
        for path in (victim.ledger / names.CHAIN).glob(f"{names.record_name(number)}*"):
            path.unlink()
    ledger = Ledger(victim.ledger, QuickDisk(), ManualClock())
    assert ledger.check_chain().findings == []
    assert victim.run.name in victim.end.decode()


def relayed(root: Path) -> tuple[Path, bytes]:
    """A run of three watches, each handed over to the next operator, and every head of it kept outside."""
    ledger, heads = Ledger(root, QuickDisk(), ManualClock()), ""
    people = {name: MemoryKey() for name in ("alice", "bob", "carol")}
    watch = ledger.open_run("drill", "a/b", people["alice"], "alice", "jump1", {})
    for taker in ("bob", "carol", ""):
        heads += f"{watch.head()}\n"
        if taker:
            key = sshsig.fingerprint(people[taker].blob)
            watch.append({"kind": names.HANDED_OVER, "schema": 1, "principal": taker, "key": key})
        else:
            watch.append({"kind": names.ENDED, "schema": 1, "how": "complete"})
        watch.seal()
        heads += f"{watch.head()}\n"
        if taker:
            watch, _ = ledger.resume(watch.path.parent, people[taker], taker, "jump1")
    return watch.path.parent, heads.encode()


@pytest.fixture
def unstated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handovers without the statement a person would sign: not what is attacked here."""
    monkeypatch.setattr(countersigning, "_KINDS", {})


@pytest.mark.usefixtures("unstated")
@pytest.mark.parametrize("gone", [(), ("watch-003",), ("watch-002", "watch-003")])
def test_later_watches_that_were_taken_away_are_missed_by_chain_and_anchor_and_never_plainly_sealed(
    gone: tuple[str, ...], tmp_path: Path
) -> None:
    """Each seal that is left holds: that alone would make half a run pass for all of it."""
    run, heads = relayed(tmp_path / "ledger")
    for name in gone:
        shutil.rmtree(run / name)
    ledger = Ledger(tmp_path / "ledger", QuickDisk(), ManualClock())
    inside = verify(run, None)
    assert [finding.partition(":")[0] for finding in inside.findings] == [
        f"{name} is missing" for name in gone
    ]
    assert [bool(item.problem) for item in ledger.runs()] == [bool(gone)]
    assert cli.main(["ledger", "check", "--ledger", str(ledger.root)]) == (4 if gone else 0)
    copy = tmp_path / "copy" / run.name
    shutil.copytree(run, copy)
    for seal_only in (False, True):
        outside = verify(copy, None, seal_only=seal_only)
        assert (outside.whole, bool(outside.awaiting)) == (
            (Whole.UNSEALED, True) if gone else (Whole.SEALED, False)
        )
    anchored = verify(copy, None, heads)
    assert anchored.anchored is (Anchored.DIFFERS if gone else Anchored.MATCHES)
    for name in gone:
        assert f"the anchor has {name} up to its seal, and it is not here" in anchored.notes
    assert anchored.exit_status == (6 if gone else 0)


@pytest.mark.usefixtures("unstated")
def test_one_watch_shown_by_itself_is_no_run_whose_end_was_taken_away(tmp_path: Path) -> None:
    """Whoever asks about one watch is told about that one, and that there are more."""
    run, heads = relayed(tmp_path / "ledger")
    found = verify(run / "watch-002", None, heads)
    assert (found.whole, found.anchored, found.findings) == (Whole.SEALED, Anchored.MATCHES, [])
    assert "the watches after this one" in found.not_checked
