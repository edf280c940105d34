"""A second person at a drill: what they are shown, what they sign for, and how review tells them apart."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handrail import cli
from handrail.clock import SystemClock
from handrail.drill.autopilot import Autopilot
from handrail.drill.playing import prepare
from handrail.drill.scenario import scenarios
from handrail.ledger import outbox, sshsig
from handrail.ledger.disk import PRIVATE, RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.statement import Kind, sign
from handrail.ledger.store import Ledger
from handrail.ledger.verify import verify
from handrail.procedure.loading import find
from handrail.review.account import account
from handrail.review.following import Following, is_over
from handrail.review.joining import Wanted, hold_point, passed_alone, stated, words
from handrail.review.listing import listing
from handrail.review.people import people
from handrail.review.replay import Replay
from handrail.review.report import report
from handrail.review.run import RunRead, read_run
from handrail.tui.review_rows import run_row
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.state import Phase
from handrail.walk.view import View

PROCEDURE = "artemis/split-brain-recovery"
BOB = MemoryKey()


def walked(ledger: Path, meet: Callable[[Path], None] | None = None) -> Path:
    """A drill of two-person steps; `meet` is called at the first hold point, all others are passed alone."""
    scenario = scenarios(PROCEDURE)[0]
    pilot = Autopilot(scenario.finds)
    meeting: list[threading.Thread] = []

    def told(view: View) -> None:
        current = view.current
        if (
            meet is not None
            and current is not None
            and current.planned.step.id == "accept-loss"
            and current.state.phase is Phase.NOW
            and not current.state.confirmed
        ):
            if not meeting:
                meeting.append(threading.Thread(target=meet, args=(drill.run_path,)))
                meeting[0].start()
            return
        if (command := pilot.decide(view)) is not None:
            drill.session.submit(command)

    drill = prepare(
        find(PROCEDURE), scenario, ledger, told, speed=None, tick_s=1.0, automatic=True, two_person=True,
        operator="ana",
    )  # fmt: skip
    drill.session.start()
    if not drill.session.join(90):
        drill.session.submit(c.Stop("too slow"))
    assert drill.session.error is None
    return drill.run_path


def witness(ledger: Path, seen: list[tuple[Wanted, list[str]]]) -> Callable[[Path], None]:
    """Bob reads the records, keeps what he was shown, and signs."""

    def meet(path: Path) -> None:
        run = Following(path, None).newer()
        assert run is not None
        wanted = hold_point(run)
        assert wanted is not None
        seen.append((wanted, [str(line) for line in words(run, wanted)]))
        statement = stated(run, wanted, wanted.type_this, "bob", datetime.now(UTC))
        outbox.put(RealDisk(), ledger, PRIVATE, sign(statement, BOB))

    return meet


@pytest.fixture(scope="module")
def witnessed(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunRead, list[tuple[Wanted, list[str]]]]:
    """A run whose first hold point Bob witnessed; the others were passed alone."""
    ledger = tmp_path_factory.mktemp("two") / "ledger"
    seen: list[tuple[Wanted, list[str]]] = []
    path = walked(ledger, witness(ledger, seen))
    return read_run(path, None), seen


class TestWitness:
    """At the moment itself."""

    def test_the_second_person_is_shown_who_walks_where_and_what_it_means(
        self, witnessed: tuple[RunRead, list[tuple[Wanted, list[str]]]]
    ) -> None:
        """Would catch a witness who signs for a title."""
        [(wanted, shown)] = witnessed[1]
        text = "\n".join(shown)
        assert (wanted.kind, wanted.type_this) == (Kind.WITNESS, "broker-b")
        for piece in (
            "DRILL",
            PROCEDURE,
            "walked by ana",
            "Accept what is not recovered on broker-b",
            "WARNING: Messages only the slave holds leave the pair",
            "Messages taken by the slave since the split are set aside",
        ):
            assert piece in text

    def test_the_record_names_the_witness_and_verification_proves_the_statement(
        self, witnessed: tuple[RunRead, list[tuple[Wanted, list[str]]]]
    ) -> None:
        """And says which hold points nobody watched."""
        run = witnessed[0]
        notes = "\n".join(run.verification.notes)
        assert "accept-loss witnessed by drill:bob SHA256:" in notes
        assert "UNWITNESSED: stop-slave was passed alone" in notes
        said = "\n".join(people(run))
        assert "accept-loss witnessed by drill:bob, record " in said
        assert f"; key {sshsig.fingerprint(BOB.blob)}" in said
        assert run.verification.verdict.endswith(", UNWITNESSED")
        assert run.verification.findings == []

    def test_a_statement_swapped_in_the_sealed_run_breaks_it(
        self, witnessed: tuple[RunRead, list[tuple[Wanted, list[str]]]], tmp_path: Path
    ) -> None:
        """The control: the same files, one of them another's."""
        import shutil

        copy = tmp_path / witnessed[0].name
        shutil.copytree(witnessed[0].path, copy)
        [statement] = (copy / "watch-001").glob("witness-*.toml")
        again = sign(
            stated(witnessed[0], witnessed[1][0][0], "broker-b", "eve", datetime.now(UTC)), MemoryKey()
        )
        statement.write_bytes(again.data)
        found = read_run(copy, None).verification
        assert found.whole == "BROKEN"


class TestCountersign:
    """Afterwards."""

    def test_what_was_passed_alone_is_signed_for_one_by_one_and_the_run_is_unwitnessed_no_more(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Each target is typed; the report says by whom."""
        ledger = tmp_path / "ledger"
        path = walked(ledger)
        run = read_run(path, None)
        alone = passed_alone(run)
        assert (len(alone) > 1, run.witness_word) == (True, "UNWITNESSED")
        assert "UNWITNESSED" in report(run, account(run)).end
        monkeypatch.setenv("HANDRAIL_OPERATOR", "bob")
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{alone[0].type_this}\nno\n"))
        assert cli.main(["countersign", str(path), "--ledger", str(ledger)]) == 1
        assert read_run(path, None).witness_word == "UNWITNESSED"
        monkeypatch.setattr(sys, "stdin", io.StringIO("never read"))
        capsys.readouterr()
        assert cli.main(["countersign", str(path), "--ledger", str(ledger), "--name", "Ana"]) == 1
        assert capsys.readouterr().out.startswith("It would not count: it would be signed by who walked")
        assert sys.stdin.read() == "never read"
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{one.type_this}\n" for one in alone[1:])))
        assert cli.main(["countersign", str(path), "--ledger", str(ledger)]) == 0
        assert "It was passed alone: " in capsys.readouterr().out
        assert read_run(path, None).witness_word == "countersigned by bob"
        assert "UNWITNESSED" not in read_run(path, None).verification.verdict
        assert read_run(path, None, quick=True).witness_word == "countersigned by bob"
        said = people(read_run(path, None, quick=True))
        assert len([line for line in said if "countersigned by bob; key SHA256:" in line]) == len(alone)
        again = read_run(path, None)
        assert "countersigned by bob" in report(again, account(again)).end
        [first, *_] = sorted(path.glob("countersign-*.toml"))
        first.unlink()
        assert read_run(path, None).witness_word == "UNWITNESSED"


def said_everywhere(ledger: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, bool]:
    """Where runs are listed and compared: whether each place calls this one UNWITNESSED."""
    found = listing(Ledger(ledger, RealDisk(), SystemClock()), None, RealDisk(), "here")
    list(found.fill())
    said = {"list": "UNWITNESSED" in run_row(found.rows[0], found.judged[run.name], False, 80).text}
    for command in (["runs"], ["ledger", "check"], ["compare", str(run)]):
        capsys.readouterr()
        cli.main([*command, "--ledger", str(ledger)])
        said[command[0]] = "UNWITNESSED" in capsys.readouterr().out
    return said


def test_unwitnessed_is_said_wherever_runs_are_listed_until_all_is_countersigned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch a list on which a run that one person walked alone looks like any other."""
    ledger = tmp_path / "ledger"
    path = walked(ledger)
    assert set(said_everywhere(ledger, path, capsys).values()) == {True}
    typed = "".join(f"{one.type_this}\n" for one in passed_alone(read_run(path, None)))
    monkeypatch.setenv("HANDRAIL_OPERATOR", "bob")
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert cli.main(["countersign", str(path), "--ledger", str(ledger)]) == 0
    assert set(said_everywhere(ledger, path, capsys).values()) == {False}


def test_a_run_is_found_by_everybody_who_had_a_hand_in_it(
    witnessed: tuple[RunRead, list[tuple[Wanted, list[str]]]],
) -> None:
    """The witness of one step as well, although by the seal alone hardly a record is read."""
    run, _ = witnessed
    found = verify(run.path, None, seal_only=True)
    assert {"ana", "drill:bob"} <= set(found.known_by)
    assert found.unwitnessed


class TestFollowing:
    """Looking on."""

    def test_a_run_is_read_again_only_when_it_has_changed(
        self, witnessed: tuple[RunRead, list[tuple[Wanted, list[str]]]]
    ) -> None:
        """A still run costs a listing."""
        looking = Following(witnessed[0].path, None)
        run = looking.newer()
        assert run is not None
        assert is_over(run)
        assert looking.newer() is None
        os.utime(witnessed[0].path)
        assert looking.newer() is None


def test_who_looks_on_sees_the_request_of_a_hold_point_before_it_is_sent(
    witnessed: tuple[RunRead, list[tuple[Wanted, list[str]]]],
) -> None:
    """Would catch an observer who is asked to judge a step whose command stands only in later records."""
    run = witnessed[0]
    begun = next(
        place
        for place, entry in enumerate(run.entries)
        if isinstance(entry.event, e.Begun) and entry.event.step == "stop-slave"
    )
    until_now = replace(run, entries=run.entries[: begun + 1])
    current = Replay(until_now).view_at(begun).current
    assert current is not None
    assert [str(line) for line in current.shown] == ["broker-b$ artemis-service stop"]
