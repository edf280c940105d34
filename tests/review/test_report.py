"""Reports: what is hostile in a run stays harmless, JSON fits its schema, the verdict stands on top."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.review.conftest import Walked

from handrail import cli
from handrail.clock import ManualClock
from handrail.drill.rehearsal import QuickDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.procedure.loading import find
from handrail.review.account import account
from handrail.review.report import LEGEND, Report, report
from handrail.review.report_html import html
from handrail.review.report_json import RunReport, json_text
from handrail.review.report_markdown import markdown
from handrail.review.run import read_run
from handrail.walk import events as e
from handrail.walk.state import MARKS

ALLOWED = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "tr", "th", "td"}
ALLOWED |= {"code", "strong", "span", "br", "div", "svg", "path"}


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note."""
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture(scope="module")
def told(walked: Walked) -> Report:
    """The report of the walked drill."""
    run = read_run(walked.path, None)
    return report(run, account(run))


def test_nothing_of_a_run_becomes_markup(told: Report) -> None:
    """Would catch a note that runs as a script in the reviewer's browser."""
    page = html(told, UTC)
    tags = Tags(page)
    assert tags.found <= ALLOWED
    assert not {name for name in tags.attributes if name.startswith("on")}
    assert "&lt;script&gt;" in page
    assert "by the drill&#x27;s clock and ended" in page
    assert "no hold point was witnessed, handed over, or passed alone" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert not re.search(r"(src|href)\s*=", page.split("</style>", 1)[1].replace("src=x onerror", ""))


def test_a_control_that_must_fail_markup_left_in_is_found() -> None:
    """The check itself can fail."""
    assert not Tags("<p><script>x</script>").found <= ALLOWED


def test_the_verdict_and_the_keys_stand_before_everything_else(told: Report) -> None:
    """Would catch a report that looks fine until its last page."""
    page = html(told, UTC)
    assert page.index("SEALED, DRILL KEY") < page.index("Departures from the page")
    assert page.index("SHA256:") < page.index("Departures from the page")
    text = markdown(told)
    assert text.splitlines()[2] == "**SEALED, DRILL KEY, ANCHOR NOT CHECKED**"


def test_markdown_keeps_cells_in_their_cells(told: Report) -> None:
    """Would catch a reason with a bar that moves every column."""
    rows = [line for line in markdown(told).splitlines() if line.startswith("|")]
    assert rows
    for row in rows:
        unescaped = len(re.findall(r"(?<!\\)\|", row))
        assert unescaped in (5, 6, 7), row
    assert "javascript:" in markdown(told)
    assert "](javascript:" not in markdown(told)


def test_json_fits_its_schema_and_has_every_record(told: Report) -> None:
    """Would catch a field that a reader of the schema does not know."""
    table = json.loads(json_text(told))
    model = RunReport.model_validate(table)
    assert len(model.records) == len(told.run.entries)
    assert model.verdict.exit_status == 0
    assert [item.step for item in model.deviations] == ["network-mended"]
    assert model.people == list(told.people)
    assert model.people[0].startswith("walked by ")


def test_every_mark_is_explained_where_people_read_it(told: Report) -> None:
    """Would catch a dot in front of a step that means nothing to the reader."""
    assert set(MARKS.values()) <= set(re.findall(r"\S+(?= [a-z])", LEGEND))
    assert escape(LEGEND) in html(told, UTC)
    assert "Marks of steps: v done" in markdown(told)


def test_all_who_walked_and_what_was_left_behind_stand_in_the_summary(told: Report) -> None:
    """Would catch a second operator of the same account who vanishes, and an abort that left a broker down."""
    took = e.TookOver(operator="root", principal="SHA256:bbbbbbbb", how="handover", away_s=1.0)
    ended = e.Ended(how="aborted", reason="no power", left="broker-b is stopped.")
    opening = next(entry for entry in told.run.entries if isinstance(entry.event, e.Opened))
    assert isinstance(opening.event, e.Opened)
    first = opening.event.model_copy(update={"operator": "root", "principal": "SHA256:aaaaaaaa"})
    events = (first, took, ended)
    entries = tuple(replace(opening, event=event) for event in events)
    run = replace(told.run, entries=entries, opened=first)
    found = report(run, None)
    assert found.summary()[0].startswith(
        "root (aaaaaa) and then root (bbbbbb) followed the written procedure"
    )
    assert "Left behind: broker-b is stopped." in found.summary()
    assert json.loads(json_text(found))["left_behind"] == "broker-b is stopped."


def test_the_command_writes_the_file_and_ends_with_the_verdicts_status(
    walked: Walked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script must notice a broken run by the status alone."""
    target = tmp_path / "report.html"
    assert cli.main(["report", str(walked.path), "--to", str(target)]) == 0
    assert "SEALED" in target.read_text(encoding="utf-8")
    assert cli.main(["report", str(walked.path), "--format", "json"]) == 0
    assert cli.main(["report", "--schema"]) == 0
    assert cli.main(["report", str(walked.path), "--to", "/nowhere/x"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_compare_prints_the_run_against_its_page_and_two_runs(
    walked: Walked, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch departures that are not computed."""
    root = ["--ledger", str(walked.ledger)]
    assert cli.main(["compare", walked.path.name, *root]) == 0
    said = capsys.readouterr().out
    assert "network-mended: skipped" in said
    assert cli.main(["compare", str(walked.path), str(walked.path), *root]) == 0
    assert "  none" in capsys.readouterr().out
    assert cli.main(["compare", *root]) == 0
    said = capsys.readouterr().out
    assert "artemis/split-brain-recovery, 1 run; " in said
    assert "          0              1        1        1  network-mended" in said


def test_runs_of_different_procedures_are_not_compared(
    walked: Walked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every step would be only in one of them; both are named, and what to ask instead."""
    loaded = find("artemis/full-restart")
    with Ledger(tmp_path / "ledger", QuickDisk(), ManualClock()).open_run(
        "drill", loaded.procedure.id, MemoryKey(), "alice", "jump1", {"procedure.toml": loaded.data}
    ) as watch:
        opened = read_run(walked.path, None, quick=True).opened
        assert opened is not None
        watch.append(e.to_table(opened.model_copy(update={"procedure": loaded.procedure.id})))
        watch.seal()
    assert cli.main(["compare", str(walked.path), str(watch.path.parent)]) == 2
    said = capsys.readouterr().err
    assert "artemis/split-brain-recovery" in said
    assert "artemis/full-restart" in said


def test_a_broken_run_is_in_no_statistic(
    walked: Walked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was tampered with would tell how steps go wrong; it is left out, and counted."""
    root = tmp_path / "ledger"
    shutil.copytree(walked.path, root / walked.path.name)
    later = f"{walked.path.name[:-6]}ffffff"
    shutil.copytree(walked.path, root / later)
    assert cli.main(["compare", "--ledger", str(root)]) == 0
    assert "1 run looked at; 1 BROKEN left out" in capsys.readouterr().out
    assert cli.main(["compare", later, "--ledger", str(root)]) == 0
    assert "and 1 earlier drill run of" in capsys.readouterr().out
    assert cli.main(["compare", "--procedure", "artemis/full-restart", "--ledger", str(root)]) == 0
    assert capsys.readouterr().out.startswith("0 runs looked at")


def test_an_in_toto_statement_is_tied_to_the_seal(
    walked: Walked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its subject is what sha256sum says of SEAL, its predicate the JSON report; an open run has none."""
    assert cli.main(["report", str(walked.path), "--format", "in-toto"]) == 0
    told = json.loads(capsys.readouterr().out)
    seal = walked.path / "watch-001" / "SEAL"
    digest = subprocess.run(["sha256sum", seal], capture_output=True, text=True, check=True).stdout.split()[0]
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert told["subject"] == [{"name": f"{walked.path.name}/watch-001/SEAL", "digest": {"sha256": digest}}]
    RunReport.model_validate(told["predicate"])
    run = tmp_path / walked.path.name
    shutil.copytree(walked.path, run)
    for path in (run / "watch-001").glob("SEAL*"):
        path.unlink()
    assert cli.main(["report", str(run), "--format", "in-toto"]) == 2
    assert "UNSEALED" in capsys.readouterr().err
