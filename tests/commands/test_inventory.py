"""`handrail inventory`: the conversation, what it writes, and that no secret is ever asked for."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tomli
import tomli_w

from handrail.commands import inventory
from handrail.errors import UsageError
from handrail.inventory.loading import load
from handrail.readings import Failure, Reading, Value
from handrail.text import safe


def readings(**values: Value) -> dict[str, Reading]:
    """What a probe found."""
    return {
        name.replace("_", "-"): Reading(
            "x", name.replace("_", "-"), value, datetime(2026, 1, 2, tzinfo=UTC), 0, safe("t")
        )
        for name, value in values.items()
    }


def answers(*given: str) -> Iterator[str]:
    """Answers in order; an empty one takes the default."""
    yield from given


def converse(
    monkeypatch: pytest.MonkeyPatch, probes: list[dict[str, Reading]], *given: str
) -> tuple[dict[str, object], list[str]]:
    """The inventory these answers make, and the questions that were asked."""
    asked: list[str] = []
    waiting = answers(*given)
    found = iter(probes)
    monkeypatch.setattr(inventory, "probe", lambda _table: next(found))

    def ask(question: str, default: str) -> str:
        asked.append(question)
        answer = next(waiting)
        return "" if answer == "-" and question.startswith("  ") else answer or default

    return inventory.converse(ask), asked


BACKUP = readings(
    started=True,
    active=False,
    version="2.44.0",
    name="b",
    node_id="n1",
    ha_mode="replication",
    ha_policy="Replication Backup w/quorum voting",
)
PRIMARY = readings(
    started=True,
    active=True,
    version="2.44.0",
    name="a",
    node_id="n1",
    ha_mode="replication",
    ha_policy="Replication Primary w/quorum voting",
)
SERVER_A = (
    "http://a:8161/console/jolokia",
    "broker-a",
    "",
    "",
    "env",
    "SECRET_A",
    "file",
    "/var/log/a.log",
    "",
    "",
    "-",
)
SERVER_B = (
    "http://b:8161/console/jolokia",
    "broker-b",
    "",
    "",
    "command",
    "pass show b",
    "command",
    "",
    "",
    "",
    "-",
    "-",
    "-",
)


def test_what_is_written_loads_and_roles_follow_the_configured_policy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Would catch a pair with its roles the wrong way round because the backup was named first."""
    table, asked = converse(
        monkeypatch, [BACKUP, PRIMARY], "lab", *SERVER_B, "y", *SERVER_A, "n", "orders", "", "", ""
    )
    path = tmp_path / "inventory.toml"
    path.write_text(tomli_w.dumps(table), encoding="utf-8")
    site = load(path)
    pair = site.pair("orders")
    assert (pair.roles["master"], pair.roles["slave"], pair.mode) == ("broker-a", "broker-b", "replication")
    assert site.server("broker-b").commands.of("start") is None
    assert site.server("broker-a").commands.of("stop") == ("systemctl", "stop", "artemis-broker-a")
    log = site.server("broker-b").log
    assert log is not None
    assert log.follow is not None
    assert log.follow[0] == "ssh"
    assert not any("password" in question.lower() and "Which" not in question for question in asked)


def test_a_mode_that_there_is_not_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch `n` written as a mode, and a pair that no procedure fits."""
    table, _ = converse(
        monkeypatch,
        [BACKUP, PRIMARY],
        "lab",
        *SERVER_B,
        "y",
        *SERVER_A,
        "n",
        "orders",
        "n",
        "shared-store",
        "",
        "",
    )
    assert "there is no mode n: replication or shared-store" in capsys.readouterr().out
    assert table["pairs"][0]["mode"] == "shared-store"  # type: ignore[index]


def test_a_server_that_does_not_answer_is_asked_about_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch a typo in an address that ends in the file."""
    dead = {
        "started": Reading(
            "x", "started", None, datetime(2026, 1, 2, tzinfo=UTC), 0, safe("t"), failure=Failure.REFUSED
        )
    }
    first = SERVER_A[:6]
    table, _ = converse(monkeypatch, [dead, PRIMARY], "lab", *first, "n", *SERVER_A, "n")
    said = capsys.readouterr().out
    assert "it does not answer: refused" in said
    assert "mend:" in said
    assert len(table["servers"]) == 1  # type: ignore[arg-type]


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    """Would catch a carefully made inventory lost to a second run."""
    path = tmp_path / "inventory.toml"
    path.write_text("schema = 1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        inventory.main(Namespace(to=path))
    assert tomli.loads(path.read_text(encoding="utf-8")) == {"schema": 1}
