"""Following through commands: reconnects leave no gap, a failing check is no silence."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from handrail.clock import SystemClock
from handrail.observe import log_command
from handrail.observe.log_command import CommandLog
from handrail.observe.situation import Source
from handrail.readings import Line

TAIL = "import sys,time\nseen=0\nend=time.time()+float(sys.argv[2])\nf=open(sys.argv[1])\nf.seek(0,2)\nwhile time.time()<end:\n    t=f.readline()\n    if t: print(t,end='',flush=True)\n    else: time.sleep(.02)\n"


def command_log(path: Path, lives_s: float = 30.0) -> CommandLog:
    """A follower whose follow command lives so long."""
    return CommandLog(
        "a",
        (sys.executable, "-c", TAIL, str(path), str(lives_s)),
        (sys.executable, "-c", "import sys; print(open(sys.argv[1]).read(), end='')", str(path)),
        (sys.executable, "-c", "import sys; open(sys.argv[1])", str(path)),
        SystemClock(),
    )


async def gather(log: CommandLog, count: int) -> list[Line]:
    """Read until so many lines came, at most ten seconds."""
    found: list[Line] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            found += await log.read()
            await asyncio.sleep(0.02)
    return found


async def test_a_command_that_ends_is_started_again_without_a_gap(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """Would catch lines lost while ssh was reconnecting."""
    monkeypatch.setattr(log_command, "RECONNECT_S", 0.1)
    monkeypatch.setattr(log_command, "ATTACH_S", 0.2)
    path = tmp_path / "log"
    path.write_text("old\n", encoding="utf-8")
    log = command_log(path, lives_s=0.6)
    await log.start()
    await asyncio.sleep(0.3)
    with path.open("a", encoding="utf-8") as file:
        for number in range(8):
            file.write(f"line {number}\n")
            file.flush()
            await asyncio.sleep(0.25)
    try:
        assert [str(line.text) for line in await gather(log, 8)] == [f"line {number}" for number in range(8)]
        assert await log.agrees()
    finally:
        await log.close()


@pytest.mark.parametrize("quiet_s", [0.0, 0.4])
async def test_what_is_written_before_the_follower_is_there_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_s: float
) -> None:
    """Would catch a line missed while ssh was logging in: at the start, or once more after a quiet log was cut."""
    monkeypatch.setattr(log_command, "RECONNECT_S", 0.1)
    monkeypatch.setattr(log_command, "ATTACH_S", 0.2)
    path = tmp_path / "log"
    path.write_text("old\n", encoding="utf-8")
    never = (sys.executable, "-c", f"import time; time.sleep({quiet_s or 30})")
    log = CommandLog("a", never, command_log(path)._since, (sys.executable, "-c", ""), SystemClock())
    await log.start()
    try:
        await asyncio.sleep(quiet_s)
        with path.open("a", encoding="utf-8") as file:
            file.write("Waiting for the master\n")
        assert [str(line.text) for line in await gather(log, 1)] == ["Waiting for the master"]
        await asyncio.sleep(quiet_s)
        assert await log.read() == [], "and it counts once"
    finally:
        await log.close()


async def test_a_failing_check_says_why(tmp_path: Path) -> None:
    """Would catch "not seen" of a log on a host one cannot reach."""
    log = command_log(tmp_path / "absent")
    await log.start()
    try:
        assert log.state.state is Source.CANNOT_READ
        assert "No such file" in log.state.detail
        assert not await log.agrees()
    finally:
        await log.close()


async def test_a_command_that_is_not_there_is_a_state_and_no_crash() -> None:
    """Would catch a typo in the inventory that ends the walk."""
    log = CommandLog("a", ("/nowhere/ssh",), ("/nowhere/ssh",), ("/nowhere/ssh",), SystemClock())
    await log.start()
    try:
        assert log.state.state is Source.CANNOT_READ
        assert await log.read() == []
    finally:
        await log.close()


async def test_closing_ends_a_command_that_is_still_catching_up(tmp_path: Path) -> None:
    """Would catch an ssh left behind by a walk that was closed while it caught up."""
    began, script = tmp_path / "began", tmp_path / "hangs.py"
    script.write_text(
        f"import os,time\nopen({str(began)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n",
        encoding="utf-8",
    )
    hangs = (sys.executable, str(script))
    log = CommandLog("a", hangs, hangs, (sys.executable, "-c", ""), SystemClock())
    await log.start(3, "0123456789abcdef")
    async with asyncio.timeout(60):
        while not (began.exists() and began.read_text(encoding="utf-8")):
            await asyncio.sleep(0.02)
    await log.close()
    assert not Path("/proc", began.read_text(encoding="utf-8")).exists()
