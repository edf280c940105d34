"""Anchors: heads leave the host in order, and a failing anchor is pending and never in the way."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from handrail.ledger.anchor import (
    Anchoring,
    CommandAnchor,
    Head,
    NoAnchor,
    NotAnchored,
    SyslogAnchor,
    heads_in,
)

RUN = "20260102T031400Z-a-b-0a1b2c"
HEADS = [Head(RUN, 1, str(number), f"{number:064x}") for number in (1, 2, 3)]


def test_syslog_gets_one_line_that_can_be_read_back(tmp_path: Path) -> None:
    """As a datagram at user.notice; the line survives a log's own prefix."""
    place = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(place))
        server.settimeout(5)
        assert Anchoring(SyslogAnchor(place)).send(HEADS[0])
        line = server.recv(4096)
    assert line.startswith(b"<13>handrail: handrail 2026")
    assert heads_in(b"Jan  2 03:14:00 jump1 " + line[4:] + b"\n") == [HEADS[0]]


def test_without_syslog_the_head_is_pending_and_says_why(tmp_path: Path) -> None:
    """Nothing is raised at the walk."""
    anchoring = Anchoring(SyslogAnchor(tmp_path / "none"))
    assert not anchoring.send(HEADS[0])
    assert anchoring.pending == [HEADS[0]]
    assert "did not take the head" in str(anchoring.problem)


def test_pending_heads_go_out_in_order_once_it_works() -> None:
    """None is forgotten and none is sent twice."""

    class Moody:
        def __init__(self) -> None:
            self.works = False
            self.got: list[Head] = []

        def send(self, head: Head) -> None:
            if not self.works:
                raise NotAnchored("moody")
            self.got.append(head)

    moody = Moody()
    anchoring = Anchoring(moody)
    assert [anchoring.send(head) for head in HEADS[:2]] == [False, False]
    moody.works = True
    assert anchoring.send(HEADS[2])
    assert moody.got == HEADS
    assert (anchoring.pending, anchoring.problem) == ([], None)


def test_a_command_gets_the_head_on_its_input(tmp_path: Path) -> None:
    """And a command that fails, hangs or is not there leaves it pending."""
    target = tmp_path / "out"
    copy = [sys.executable, "-c", f"import sys; open({str(target)!r}, 'w').write(sys.stdin.read())"]
    assert Anchoring(CommandAnchor(copy)).send(HEADS[0])
    assert target.read_text() == f"{HEADS[0]}\n"
    for argv in (["false"], ["sleep", "60"], [str(tmp_path / "none")]):
        assert not Anchoring(CommandAnchor(argv, limit_s=0.3)).send(HEADS[0])


def test_no_anchor_keeps_nothing_and_blocks_nothing() -> None:
    """The site's choice."""
    assert Anchoring(NoAnchor()).send(HEADS[0])


@pytest.mark.parametrize(
    "line",
    [
        f"handrail {RUN} 001 1 {'0' * 63}",
        f"handrail {RUN} 1 1 {'0' * 64}",
        f"handrail {RUN} 001 x {'0' * 64}",
        f"handrail {RUN} 001 1 {'0' * 65}",
        f"handrail ../etc 001 1 {'0' * 64}",
    ],
)
def test_what_is_no_head_is_passed_over(line: str) -> None:
    """An outside copy is any text."""
    assert heads_in(line.encode() + b"\xff\n") == []
