"""A removal cut off at any moment: the run is whole in its place, or told of as removed; never simply missing."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from tests.ledger.memory_disk import Killed, MemoryDisk, crash_states, without
from tests.ledger.walkthrough import ROOT, Told, ledger, open_run

from handrail.clock import ManualClock
from handrail.ledger.names import watch_name
from handrail.ledger.retention import Keeper, Removable, remove, tell_exported
from handrail.ledger.verify import Whole, verify

KEEPER = Keeper("alice", "jump1")


@pytest.fixture(autouse=True)
def same_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which states are tried depends on the order of names: the same ones every time."""
    count = itertools.count(1)
    monkeypatch.setattr("handrail.ledger.store.secrets.token_hex", lambda size: f"{next(count):0{2 * size}x}")


def with_two_runs() -> tuple[MemoryDisk, list[Removable]]:
    """Two sealed drills that were told of as exported, about to go."""
    disk, items = MemoryDisk(), []
    for _ in range(2):
        watch = open_run(disk, Told(), "drill")
        watch.seal()
        run = watch.path.parent
        tell_exported(disk, ROOT, ManualClock(), run, "0" * 64, KEEPER)
        items.append(Removable(run, "drill", (watch_name(1),), "0" * 64))
    return disk, items


def go(disk: MemoryDisk, items: list[Removable]) -> None:
    """Take them out."""
    remove(disk, ROOT, ManualClock(), items, None, KEEPER, pause=lambda seconds: None)


def lie(disk: MemoryDisk, items: list[Removable]) -> str:
    """What a reader of this ledger would be told that is not so."""
    told = ledger(disk).check_chain()
    if told.findings:
        return told.findings[0]
    there = {run.run for run in ledger(disk).runs()}
    for item in items:
        if item.path.name not in there and item.path.name not in told.removed:
            return f"{item.path.name} is gone without a word"
        if item.path.name in there and verify(item.path, None, disk=disk).whole is not Whole.SEALED:
            return f"{item.path.name} was damaged in its place"
    return ""


def operations() -> int:
    """How many operations a removal makes."""
    disk, items = with_two_runs()
    before = len(disk.operations)
    go(disk, items)
    return len(disk.operations) - before


def test_a_kill_at_any_operation_leaves_no_lie_and_the_next_removal_finishes() -> None:
    """Killed before each; what is still under its name goes with the next, what is half gone as well."""
    count = operations()
    assert count > 60
    for at in range(count):
        disk, items = with_two_runs()
        begun = len(disk.operations)

        def dead(number: int, name: str, path: Path | None, last: int = begun + at) -> None:
            if number > last:
                raise Killed

        disk.before = dead
        with pytest.raises(Killed):
            go(disk, items)
        after = disk.after_restart()
        assert lie(after, items) == "", at
        left = [item for item in items if item.path.name in {run.run for run in ledger(after).runs()}]
        extra = open_run(after, Told(), "drill")
        extra.seal()
        last = Removable(extra.path.parent, "drill", (watch_name(1),), "0" * 64)
        go(after, [*left, last])
        assert lie(after, items) == "", at
        assert [entry.name for entry in after.listdir(ROOT)] == ["lock", "runs"]


def lies_after_power_cuts(*, careless: bool, most: int = 40) -> tuple[int, list[str]]:
    """How many states a power cut can leave during a removal, and the lies in them."""
    disk, items = with_two_runs()
    begun = len(without(disk.journal, (".reserve", ".holder")))
    if careless:
        disk.fsync_dir = lambda path: None  # type: ignore[method-assign]
    go(disk, items)
    journal = without(disk.journal, (".reserve", ".holder"))
    states = [
        state
        for point, state in crash_states(disk.root, journal, lambda point: point >= begun, most=most)
        if point >= begun
    ]
    return len(states), [found for state in states if (found := lie(state, items))]


def test_no_power_cut_makes_a_run_vanish_without_a_word() -> None:
    """The entry is durable before the run loses its name, whatever the disk had kept back."""
    tried, lies = lies_after_power_cuts(careless=False)
    assert not lies
    assert tried > 40


def test_the_model_catches_a_removal_that_syncs_no_directory() -> None:
    """The control: a run would vanish, or lose files in its place, before its entry is there."""
    assert lies_after_power_cuts(careless=True, most=400)[1]
