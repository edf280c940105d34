"""Following a file: no line lost, none twice, through everything that happens to log files at night."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from handrail.clock import ManualClock
from handrail.observe.log_file import FileLog
from handrail.observe.log_lines import LINE_CAP, LineCutter
from handrail.observe.situation import Source


async def texts(log: FileLog, times: int = 4) -> list[str]:
    """What several reads bring."""
    found: list[str] = []
    for _ in range(times):
        found += [str(line.text) for line in await log.read()]
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log with something old in it."""
    path = tmp_path / "artemis.log"
    path.write_text("old 1\nold 2\n", encoding="utf-8")
    return path


def append(path: Path, text: str) -> None:
    """Write on."""
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


async def begun(path: Path, number: int = 0, position: str = "") -> FileLog:
    """A follower that has started."""
    log = FileLog("a", path, ManualClock())
    await log.start(number, position)
    return log


async def test_only_what_comes_after_the_start_is_read(path: Path) -> None:
    """Would catch a stale line passing a gate."""
    log = await begun(path)
    append(path, "new 1\n")
    assert await texts(log) == ["new 1"]
    assert log.state.consumed == 1
    assert await log.agrees()


async def test_a_line_counts_when_it_is_whole(path: Path) -> None:
    """Would catch half a line being matched, then its other half as a line of its own."""
    log = await begun(path)
    append(path, "half")
    assert await texts(log) == []
    append(path, " and half\n")
    assert await texts(log) == ["half and half"]


async def test_rotation_by_renaming_loses_nothing(path: Path) -> None:
    """Would catch lines written to the old file right before it was moved away."""
    log = await begun(path)
    append(path, "before\n")
    path.rename(path.with_name("artemis.log.1"))
    append(path.with_name("artemis.log.1"), "in the old one\n")
    append(path, "in the new one\n")
    assert await texts(log) == ["before", "in the old one", "in the new one"]


async def test_truncation_in_place_is_noticed(path: Path) -> None:
    """Would catch waiting at an offset the file no longer has, and one it has again by chance."""
    log = await begun(path)
    append(path, "before\n")
    assert await texts(log) == ["before"]
    path.write_text("after\n", encoding="utf-8")
    assert await texts(log) == ["after"]
    path.write_text(
        "written anew and longer than all that was there before, by far\nsecond\n", encoding="utf-8"
    )
    assert (await texts(log))[-1] == "second"


async def test_a_file_that_comes_later_is_read_from_its_first_line(tmp_path: Path) -> None:
    """Would catch a broker's first start, whose log is not there yet."""
    log = await begun(tmp_path / "later.log")
    assert (log.state.state.value, "No such file" in log.state.detail) == ("cannot read", True)
    append(tmp_path / "later.log", "first\n")
    assert await texts(log) == ["first"]
    assert log.state.state.value == "ready"


async def test_a_file_that_goes_away_says_so(path: Path) -> None:
    """Would catch silence that looks like a quiet broker."""
    log = await begun(path)
    path.unlink()
    assert await texts(log) == []
    assert log.state.state is Source.CANNOT_READ
    assert not await log.agrees()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_one_may_not_read_says_so(path: Path) -> None:
    """Would catch "not seen" of a log that cannot be opened."""
    path.chmod(0)
    log = await begun(path)
    assert log.state.state is Source.CANNOT_READ
    assert "Permission" in log.state.detail


async def test_a_resume_goes_on_right_after_the_recorded_position(path: Path) -> None:
    """Would catch a gap, or a line counted twice, across a hang-up."""
    log = await begun(path)
    append(path, "one\ntwo\nthr")
    assert await texts(log) == ["one", "two"]
    mark = log.state
    await log.close()
    append(path, "ee\nfour\n")
    again = await begun(path, mark.consumed, mark.position)
    lines = [line for _ in range(3) for line in await again.read()]
    assert [(line.number, str(line.text)) for line in lines] == [(3, "three"), (4, "four")]


async def test_a_resume_finds_its_place_in_a_rotated_file(path: Path) -> None:
    """Would catch lines lost because midnight came while nobody watched."""
    log = await begun(path)
    append(path, "one\n")
    await texts(log)
    mark = log.state
    append(path, "two\n")
    path.rename(path.with_name("artemis.log.2026-01-02"))
    append(path, "three\n")
    again = await begun(path, mark.consumed, mark.position)
    assert await texts(again, 6) == ["two", "three"]


async def test_a_position_that_is_gone_begins_at_what_there_is(path: Path) -> None:
    """Would catch a crash, or silence, when the log was deleted meanwhile."""
    log = await begun(path)
    append(path, "one\n")
    await texts(log)
    mark = log.state
    path.unlink()
    path.write_text("fresh\n", encoding="utf-8")
    again = await begun(path, mark.consumed, mark.position)
    assert await texts(again) == ["fresh"]


async def test_hostile_lines_come_through_harmless_and_short(path: Path) -> None:
    """Would catch escape sequences, a megabyte in one line, and bytes that are not UTF-8."""
    log = await begun(path)
    with path.open("ab") as file:
        file.write(b"\x1b]0;owned\x07\xff\n" + b"x" * 1_000_000 + b"\nafter\n")
    found = await texts(log, 6)
    assert found[0] == "\\x1b]0;owned\\x07\\xff"
    assert len(found[1]) == LINE_CAP
    assert found[2:] == ["after"]


def test_lines_are_cut_the_same_however_the_bytes_come() -> None:
    """Would catch a line lost at the seam of two reads."""
    data = b"one\r\ntwo\n\nthree\n" + b"y" * (LINE_CAP * 3) + b"\nend\nrest"
    whole = LineCutter().feed(data)
    for size in (1, 7, 4096):
        cutter = LineCutter()
        pieces = [
            line for start in range(0, len(data), size) for line in cutter.feed(data[start : start + size])
        ]
        assert pieces == whole
        assert cutter.pending == len(b"rest")
