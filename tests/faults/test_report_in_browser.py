"""A report in a real headless browser: what is hostile in a run stays text, and nothing is loaded from anywhere."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC
from pathlib import Path

import pytest
from tests.review.conftest import walk

from handrail.review.account import account
from handrail.review.report import report
from handrail.review.report_html import html
from handrail.review.run import read_run

pytestmark = pytest.mark.faults
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=2000",
)


def dom(page: Path, profile: Path) -> str:
    """The page as the browser has it after its scripts, if any, have run."""
    assert BROWSER
    command = [BROWSER, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", page.as_uri()]
    found = subprocess.run(command, capture_output=True, timeout=120, check=False)
    return found.stdout.decode("utf-8", "replace")


@pytest.mark.skipif(BROWSER is None, reason="no headless browser is installed")
def test_nothing_hostile_in_a_run_acts_in_a_browser(tmp_path: Path) -> None:
    """And the control: the same text put in raw does act, so the browser would have shown it."""
    walked = walk(tmp_path / "ledger")
    run = read_run(walked.path, None)
    page = tmp_path / "report.html"
    page.write_text(html(report(run, account(run)), UTC), encoding="utf-8")
    shown = dom(page, tmp_path / "profile")
    assert "<title>Recover a replicated pair" in shown
    assert "owned</title>" not in shown
    assert "<script" not in shown
    assert "<img" not in shown
    control = tmp_path / "control.html"
    control.write_text("<title>x</title><script>document.title='owned'</script>", encoding="utf-8")
    assert "owned</title>" in dom(control, tmp_path / "profile2")
