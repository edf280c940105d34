"""The review on the screen: the list with its verdicts, the slider, the screen as it was."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.review.conftest import walk
from tests.tui.test_run_screen import until
from textual.app import App

from handrail.clock import ManualClock, SystemClock
from handrail.drill.rehearsal import QuickDisk
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.ledger.verify import Whole
from handrail.review.account import OPERATORS, dwells
from handrail.review.listing import Listing, listing
from handrail.review.run import RunRead, read_run
from handrail.tui.app import HandrailApp
from handrail.tui.screens.review import LedgerReview, RunReview
from handrail.tui.sheet import Sheet


def text(app: App[Any]) -> str:
    """What is on the screen."""
    return "\n".join(row.text for sheet in app.screen.query(Sheet) for row in sheet.rows)


async def test_a_run_is_reviewed_record_by_record(tmp_path: Path) -> None:
    """Slider, next departure, the screen as it was, the record whole, plots, search."""
    walked = walk(tmp_path / "ledger")
    app = HandrailApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(RunReview(read_run(walked.path, None, quick=True)))
        await until(pilot, lambda: "REVIEW  DRILL" in text(app))
        assert "SEALED, DRILL KEY" in text(app)
        assert "1/" in text(app).splitlines()[1]
        assert "Z  drill time  +" in text(app).splitlines()[1]
        await pilot.press("n")
        await until(pilot, lambda: "network-mended: skipped" in text(app))
        await pilot.press("s")
        await until(pilot, lambda: "DRILL  split-brain-recovery" in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "network-mended: skipped" in text(app))
        await pilot.press("v")
        await until(pilot, lambda: "Record" in text(app).splitlines()[0])
        assert "(the drill's clock) by " in text(app)
        await pilot.press("escape", "o")
        await until(pilot, lambda: "Readings over time" in text(app))
        await pilot.press("escape", "slash", *"ended", "enter")
        await until(pilot, lambda: ">" in text(app) and "ended complete" in text(app))
        await pilot.press("home", "w")
        await until(pilot, lambda: "not checked" in text(app))
        await pilot.press("space")
        await until(pilot, lambda: "People, as the records name them" in text(app))
        assert "walked by " in text(app)
        assert "no hold point was witnessed" in text(app)
        assert all(len(line) <= 80 for line in text(app).splitlines())


async def test_looking_on_stays_at_the_newest_record_and_moves_nothing_else(tmp_path: Path) -> None:
    """A colleague's walk goes on under one's eyes; whoever has scrolled back is left where they are."""
    path = walk(tmp_path / "ledger").path
    whole = read_run(path, None, quick=True)
    early = replace(whole, entries=whole.entries[:8])
    later: list[RunRead] = []
    app = HandrailApp()
    async with app.run_test(size=(80, 24)) as pilot:
        ages = [25.0]
        await app.push_screen(RunReview(early, lambda: later.pop() if later else None, lambda: ages[-1]))
        await until(pilot, lambda: "FOLLOW  DRILL" in text(app))
        assert text(app).splitlines()[1].rstrip().endswith("as of 20 s ago")
        ages.append(65.0)
        await until(pilot, lambda: "as of 1 min ago" in text(app))
        assert "8/8" in text(app)
        assert "> 1." in text(app), "the screen as the operator sees it comes first"
        later.append(replace(whole, entries=whole.entries[:10]))
        await until(pilot, lambda: "10/10" in text(app))
        await pilot.press("up")
        later.append(whole)
        await until(pilot, lambda: f"9/{len(whole.entries)}" in text(app))
        assert "as of" not in text(app), "nobody walks any more: it is as it ended"


async def test_what_is_wrong_with_a_run_stands_on_every_screen(tmp_path: Path) -> None:
    """Unsealed and broken, in the timeline, the screen as it was, and every page; and nothing on a good one."""
    walked = walk(tmp_path / "ledger")
    spoilt = walked.path.rename(tmp_path / walked.path.name)
    app = HandrailApp()
    async with app.run_test(size=(80, 24)) as pilot:
        for word, harm in (("", ""), ("UNSEALED", "SEAL*"), ("BROKEN", "000004.toml.sig")):
            for path in (spoilt / "watch-001").glob(harm) if harm else ():
                path.unlink()
            await app.push_screen(RunReview(read_run(spoilt, None, quick=True)))
            await until(pilot, lambda: "REVIEW  DRILL" in text(app))
            assert (word or "SEALED") in text(app).splitlines()[0]
            await pilot.press("s")
            assert (word or "SEALED") in text(app).splitlines()[0]
            await pilot.press("s")
            for key, title in (
                ("v", "Record"),
                ("o", "Readings"),
                ("w", "Verdict"),
                ("question_mark", "Keys"),
            ):
                await pilot.press(key)
                await until(pilot, lambda title=title: title in text(app).splitlines()[0])  # type: ignore[misc]
                first = text(app).splitlines()[0]
                assert (word in first) if word else ("SEALED" not in first), (key, first)
                await pilot.press("escape")


async def test_a_records_signature_and_the_dwell_before_an_act_are_shown(tmp_path: Path) -> None:
    """Whose key signed it, or that it is bad; and how long the operator had the step before them."""
    walked = walk(tmp_path / "ledger")
    run = read_run(walked.path, None, quick=True)
    place = min(dwells(run.entries))
    app = HandrailApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(RunReview(run))
        await until(pilot, lambda: "REVIEW  DRILL" in text(app))
        await pilot.press(*["down"] * place)
        pointed = next(line for line in text(app).splitlines() if line.startswith(">"))
        assert "  after " in pointed
        await pilot.press("v")
        await until(pilot, lambda: "signature good, by run key SHA256:" in text(app))
        assert "Dwell before this act: 0 s: hardly read" in text(app), "the autopilot does not read"
        await pilot.press("escape")
        number = run.entries[place].record.number
        path = walked.path / "watch-001" / f"{number:06d}.toml"
        path.write_bytes(path.read_bytes().replace(b"alice", b"mally").replace(b"root", b"loot") + b"#")
        await pilot.press("v")
        await until(pilot, lambda: "signature BAD" in text(app))


def test_a_dwell_counts_from_the_record_before_at_the_same_step(tmp_path: Path) -> None:
    """Not from another step's, and not for what the machine did."""
    run = read_run(walk(tmp_path / "ledger").path, None, quick=True)
    found = dwells(run.entries)
    assert found
    for place, seconds in found.items():
        event = run.entries[place].event
        assert isinstance(event, OPERATORS)
        before = [
            entry.record.wall
            for entry in run.entries[:place]
            if getattr(entry.event, "step", None) == getattr(event, "step", "")
        ]
        assert seconds == (run.entries[place].record.wall - before[-1]).total_seconds()


def listed(root: Path, before: Listing | None = None) -> Listing:
    """The runs of a ledger, not read yet."""
    return listing(Ledger(root, RealDisk(), SystemClock()), None, RealDisk(), "here", before)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Sealed, held, and broken in three ways: a record spoilt, one gone from the middle, a whole run gone."""
    clock = ManualClock()
    made = Ledger(tmp_path / "many", QuickDisk(), clock)
    for number in range(40):
        clock.advance(3600)
        with made.open_run(
            "live" if number == 39 else "drill", f"a/walk-{number}", MemoryKey(), "alice", "jump1", {}
        ) as watch:
            watch.append({"kind": "test", "schema": 1})
            watch.append({"kind": "ended", "schema": 1, "how": "aborted" if number == 20 else "complete"})
            if number not in (7, 8):
                watch.seal()
        if number == 30:
            (watch.path / "000001.toml").write_text("x")
        if number == 31:
            (watch.path / "000002.toml").unlink()
        if number == 32:
            shutil.rmtree(watch.path.parent)
    return made.root


async def test_the_list_tells_sealed_unsealed_and_broken_apart(ledger: Path) -> None:
    """Every run is there, also the broken and the missing; the head counts each kind, and a filter finds them."""
    app = HandrailApp()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = LedgerReview(listed(ledger))
        await app.push_screen(screen)
        await until(pilot, lambda: "40 of 40 runs  35 sealed, 2 unsealed, 3 BROKEN" in text(app))
        assert "CHAIN 1 wrong" in text(app)
        assert all(len(line) <= 80 for line in text(app).splitlines())
        assert "UNKNOWN SIGNER" in text(app).splitlines()[2], "of a live run nobody vouches for"

        async def found(*words: str) -> list[str]:
            await pilot.press("slash", *" ".join(words), "enter")
            await until(pilot, lambda: f"Filter: {' '.join(words)}" in text(app))
            runs = [str(run.procedure or run.run) for run in screen.shown]
            await pilot.press("escape")
            return runs

        assert [run.split("-")[-1] for run in await found("unsealed")] == ["8", "7"]
        assert len(await found("broken")) == 2
        assert len(await found("missing")) == 1
        assert await found("live") == ["a/walk-39"]
        assert await found("aborted") == ["a/walk-20"]
        assert len(await found("alice", "drill")) == 38
        assert await found("walk-11") == ["a/walk-11"]


async def test_coming_back_to_the_list_finds_it_as_it_was_left(ledger: Path) -> None:
    """The same run marked, the same words sought, and nothing of a sealed run read again."""
    app = HandrailApp()
    async with app.run_test(size=(80, 24)) as pilot:
        first = LedgerReview(listed(ledger))
        await app.push_screen(first)
        await until(pilot, lambda: "35 sealed" in text(app))
        await pilot.press("slash", *"drill", "enter", "down", "down")
        marked = next(line for line in text(app).splitlines() if line.startswith(">"))
        again = LedgerReview(listed(ledger, first.listing), first)
        await app.push_screen(again)
        await until(pilot, lambda: marked in text(app))
        assert "Filter: drill" in text(app)


def test_a_list_shows_every_run_before_any_is_read(ledger: Path) -> None:
    """In a ledger of years one does not wait: what the names tell is there at once."""
    found = listed(ledger)
    assert len(found.rows) == 39
    assert not found.read
    assert found.rows[0].started is not None
    assert "walk-39" in found.rows[0].procedure
    list(found.fill())
    assert len(found.rows) == 40
    assert [found.count(whole) for whole in Whole] == [35, 2, 3]
    again = listed(ledger, found)
    assert len(again.read) == 35 + 1, "the run whose middle is gone is sealed at its ends"
