"""The next watch of a run: handed over or taken over, by whom it may be opened, and what proves it afterwards."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path

import pytest
from tests.ledger.conftest import Operator
from tests.ledger.memory_disk import Killed, MemoryDisk
from tests.ledger.walkthrough import event
from tests.ledger.walkthrough import ledger as memory_ledger

from handrail.clock import ManualClock
from handrail.errors import Claimed, LedgerError
from handrail.ledger import names
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.statement import Kind, Statement, request_hash, sign
from handrail.ledger.store import Ledger
from handrail.ledger.verify import Whole, verify
from handrail.ledger.watch import Watch

ALICE, BOB, EVE = MemoryKey(), MemoryKey(), MemoryKey()


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """One ledger on the test's own disk."""
    return Ledger(tmp_path / "ledger", RealDisk(), ManualClock())


def alices(ledger: Ledger) -> Watch:
    """Alice walks, and has taken broker-a."""
    files = {"procedure.toml": b"id = 'a/b'\n"}
    watch = ledger.open_run("live", "a/b", ALICE, "alice", "jump1", files, ["broker-a"], "tel. 17")
    watch.append(event("one"))
    return watch


def handed_over(ledger: Ledger, to: MemoryKey = BOB) -> Path:
    """Alice's run, accepted by the holder of `to` and sealed."""
    watch = alices(ledger)
    head = watch.head()
    accepted = Statement(
        Kind.ACCEPT, watch.identity.run, 1, "", 0, int(head.number), head.digest, request_hash(()), "lab",
        "bob", ManualClock().wall(),
    )  # fmt: skip
    signed = sign(accepted, to)
    name = "accept-000003.toml"
    told = {"kind": names.HANDED_OVER, "schema": 1, "principal": "bob", "key": signed.key, "statement": name}
    watch.append(told, {name: signed.data, f"{name}.sig": signed.signature})
    watch.seal()
    return watch.path.parent


def test_the_next_watch_names_the_seal_before_it_and_carries_the_files_along(ledger: Ledger) -> None:
    """Otherwise the two parts could not be proved to be one run."""
    run = handed_over(ledger)
    watch, records = ledger.resume(run, BOB, "bob", "jump1")
    watch.append(event("two"))
    watch.seal()
    assert (run / "watch-002" / "procedure.toml").read_bytes() == b"id = 'a/b'\n"
    assert [record.operator for record in records] == ["alice", "alice", "alice", "bob"]
    assert records[-1].event["follows"] == "handover"
    found = verify(run, None)
    assert (found.whole, found.findings, found.watches) == (Whole.SEALED, [], 2)


def test_the_control_that_must_fail_a_next_watch_after_another_seal_is_broken(ledger: Ledger) -> None:
    """One bit in the first watch's seal, and the second no longer follows it."""
    run = handed_over(ledger)
    ledger.resume(run, BOB, "bob", "jump1")[0].seal()
    seal = run / "watch-001" / "SEAL.sig"
    seal.write_bytes(seal.read_bytes().replace(b"A", b"B", 1))
    assert verify(run, None).whole is Whole.BROKEN


def test_only_whom_it_was_handed_to_goes_on_without_a_reason(ledger: Ledger) -> None:
    """Eve was not asked."""
    run = handed_over(ledger)
    with pytest.raises(LedgerError, match="handed over to bob"):
        ledger.resume(run, EVE, "eve", "jump1")
    watch, _ = ledger.resume(run, EVE, "eve", "jump1", take_over="bob fell asleep")
    assert watch.identity.watch == 2


def test_what_was_handed_over_stays_taken_until_somebody_has_ended_it(ledger: Ledger) -> None:
    """Between the two watches nobody else may take the broker."""
    run = handed_over(ledger)
    with pytest.raises(Claimed, match="to reach them: tel"):
        ledger.open_run("live", "c/d", EVE, "eve", "jump1", {}, ["broker-a"])
    assert [one.open for one in ledger.runs()] == [True]
    watch, _ = ledger.resume(run, BOB, "bob", "jump1")
    watch.append({"kind": "ended", "schema": 1})
    watch.seal()
    assert [one.open for one in ledger.runs()] == [False]
    ledger.open_run("live", "c/d", EVE, "eve", "jump1", {}, ["broker-a"]).close()


@pytest.mark.parametrize(
    ("left", "said"),
    [("held", "(held)"), ("killed", "(its process is gone, without a hold)"), ("given", "(handed over, and")],
)
def test_what_keeps_a_broker_taken_is_said_as_it_is(ledger: Ledger, left: str, said: str) -> None:
    """Whoever needs the broker acts otherwise on a walk somebody held than on one whose process was killed."""
    if left == "given":
        handed_over(ledger)
    else:
        watch = alices(ledger)
        if left == "held":
            watch.append({"kind": names.HELD, "schema": 1, "why": "asked for"})
        watch.close()
    with pytest.raises(Claimed) as caught:
        ledger.open_run("live", "c/d", EVE, "eve", "jump1", {}, ["broker-a"])
    assert said in caught.value.problem


def test_a_run_left_unsealed_is_taken_over_with_a_reason_and_the_reason_is_in_the_record(
    ledger: Ledger,
) -> None:
    """Its last record is named by the new watch, so that nothing can be added to it or cut off."""
    left = alices(ledger)
    left.close()
    run = left.path.parent
    watch, records = ledger.resume(run, BOB, "bob", "jump1", take_over="her line is dead")
    watch.seal()
    assert records[-1].event["reason"] == "her line is dead"
    found = verify(run, None)
    assert (found.whole, found.findings) == (Whole.SEALED, [])
    assert "watch-001 was taken over unsealed by bob: her line is dead" in found.notes
    (run / "watch-001" / "000002.toml").unlink()
    assert verify(run, None).whole is Whole.BROKEN


def test_a_run_whose_later_watch_was_taken_away_is_not_gone_on_with(ledger: Ledger) -> None:
    """A second watch-002 would stand where the chain tells of another, and what was done in that one be lost."""
    run = handed_over(ledger)
    ledger.resume(run, BOB, "bob", "jump1")[0].seal()
    away = run.with_name("away")
    (run / "watch-002").rename(away)
    for key, reason in ((BOB, ""), (EVE, "nobody walks it")):
        with pytest.raises(LedgerError, match="watch-002 is missing"):
            ledger.resume(run, key, "somebody", "jump1", take_over=reason)
    away.rename(run / "watch-002")
    assert verify(run, None).whole is Whole.SEALED


def test_a_living_walk_is_not_taken_over(ledger: Ledger) -> None:
    """Whoever walks it is asked to hand it over."""
    watch = alices(ledger)
    with pytest.raises(Claimed, match="another process writes this run"):
        ledger.resume(watch.path.parent, BOB, "bob", "jump1", take_over="I want it")


def test_a_process_that_hung_while_its_run_was_taken_over_can_write_no_more(ledger: Ledger) -> None:
    """As on another host, where its lock was not seen."""
    watch = alices(ledger)
    (watch.path.parent / "watch-002").mkdir()
    with pytest.raises(LedgerError, match="taken over"):
        watch.append(event("behind their back"))


def test_ones_own_watch_is_resumed_and_not_taken_over(ledger: Ledger) -> None:
    """A second watch by the same key would only hide that the first one has an end."""
    watch = alices(ledger)
    watch.close()
    with pytest.raises(LedgerError, match="your own"):
        ledger.resume(watch.path.parent, ALICE, take_over="why not")
    assert ledger.resume(watch.path.parent, ALICE)[0].identity.watch == 1


class TestInterrupted:
    """A power cut of the process at each operation of taking a run up, and an error at each."""

    @staticmethod
    def prepared() -> tuple[MemoryDisk, Path]:
        """A disk with a run that was handed over to Bob."""
        disk = MemoryDisk()
        return disk, handed_over(memory_ledger(disk))

    def operations(self) -> int:
        """How many it takes."""
        disk, run = self.prepared()
        before = len(disk.operations)
        memory_ledger(disk).resume(run, BOB, "bob", "jump1")
        return len(disk.operations) - before

    @pytest.mark.parametrize("harm", ["kill", "error"])
    def test_it_can_be_taken_up_again_and_nobody_else_gets_its_things_meanwhile(self, harm: str) -> None:
        """Whatever was left half done: the run stays whole, claimed, and Bob's."""
        count = self.operations()
        assert count > 40
        for at in range(1, count + 1):
            disk, run = self.prepared()
            start = len(disk.operations)
            fired: list[str] = []

            def hook(
                number: int, name: str, path: Path | None, end: int = start + at, fired: list[str] = fired
            ) -> None:
                if number == end:
                    fired.append(name)
                if fired and (harm == "kill" or number == end):
                    raise Killed if harm == "kill" else OSError(errno.EIO, "failed")

            disk.before = hook
            with contextlib.suppress(Killed, LedgerError):
                memory_ledger(disk).resume(run, BOB, "bob", "jump1")
            assert fired
            restarted = disk.after_restart()
            with pytest.raises(Claimed):
                memory_ledger(restarted).open_run("live", "c/d", EVE, "eve", "jump1", {}, ["broker-a"])
            watch, records = memory_ledger(restarted).resume(run, BOB, "bob", "jump1")
            assert [record.operator for record in records][:3] == ["alice"] * 3
            watch.seal()
            found = verify(run, None, disk=restarted)
            assert (found.whole, found.findings) == (Whole.SEALED, [])


def test_every_watch_is_judged_by_its_own_signer(ledger: Ledger, operator: Operator) -> None:
    """Bob is not allowed by a site that knows only Alice."""
    watch = ledger.open_run("live", "a/b", operator.signer(), "alice", "jump1", {})
    watch.close()
    taken, _ = ledger.resume(watch.path.parent, BOB, "bob", "jump1", take_over="gone")
    taken.seal()
    assert verify(watch.path.parent, operator.allowed_signers).exit_status == 5
