"""`handrail inventory`: the conversation, what it writes, and that no secret is ever asked for."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
import tomli
import tomli_w

from handrail.commands import inventory
from handrail.commands.simulate import FIRST
from handrail.drill.scenario import load as load_scenario
from handrail.errors import UsageError
from handrail.inventory.loading import load
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.file_names import CATALOGUE_FILE
from handrail.procedure.loading import builtin_root, library
from handrail.products.loopback import Loopback
from handrail.products.names import PRODUCTS
from handrail.products.registry import product
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
    "artemis",
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
    "artemis",
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
    assert "n is none of: replication, shared-store" in capsys.readouterr().out
    assert table["pairs"][0]["mode"] == "shared-store"  # type: ignore[index]


def test_a_server_that_does_not_answer_is_asked_about_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch a typo in an address that ends in the file."""
    dead = {
        "name": Reading(
            "x", "name", None, datetime(2026, 1, 2, tzinfo=UTC), 0, safe("t"), failure=Failure.REFUSED
        )
    }
    first = SERVER_A[:7]
    table, _ = converse(monkeypatch, [dead, PRIMARY], "lab", *first, "n", *SERVER_A[1:], "n")
    said = capsys.readouterr().out
    assert "it does not answer: refused" in said
    assert "mend:" in said
    assert len(table["servers"]) == 1  # type: ignore[arg-type]


@contextmanager
def served(name: str) -> Iterator[list[str]]:
    """The addresses of the simulated servers of a product, on loopback, while the context lasts."""
    scenario = load_scenario(builtin_root() / name / "drills" / f"{FIRST[name]}.toml")
    catalogue = load_catalogue(builtin_root() / name / CATALOGUE_FILE)
    simulator = product(name).simulated(scenario, catalogue, datetime(2026, 1, 2, tzinfo=UTC))
    simulator.advance(120.0)
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    loopback = Loopback(simulator, dict.fromkeys(scenario.servers(), 0))
    try:
        asyncio.run_coroutine_threadsafe(loopback.update(), loop).result(10)
        yield [f"http://127.0.0.1:{port or 9}" for port in loopback.ports.values()]
    finally:
        asyncio.run_coroutine_threadsafe(loopback.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.mark.parametrize("name", PRODUCTS)
def test_servers_of_every_product_are_asked_for_found_and_grouped_as_its_procedures_want(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch a product whose servers one has to enter by hand, and roles that no procedure knows."""
    server, password = product(name).drill_server("x")
    monkeypatch.setenv("BROKER_PASSWORD", password)
    with served(name) as addresses:
        left = list(addresses)

        def ask(question: str, default: str) -> str:
            match question.split(" (")[0].split()[0]:
                case "Product":
                    return name
                case "Management":
                    return left.pop(0) + urlsplit(product(name).usual.url).path
                case "User":
                    return str(server.user)
                case "Another":
                    return "y" if left else "n"
                case "Enter":
                    return "y"
            return "" if default == "-" else default

        table = inventory.converse(ask)
    said = capsys.readouterr().out
    path = tmp_path / "inventory.toml"
    path.write_text(tomli_w.dumps(table), encoding="utf-8")
    site = load(path)
    known = [
        {role.name for role in loaded.procedure.roles}
        for loaded in library()[0]
        if loaded.procedure.product == name
    ]
    assert site.pairs
    assert all(any(set(pair.roles) <= roles for roles in known) for pair in site.pairs)
    assert f"found: {product(name).usual.told[0]} " in said
    assert len(site.servers) == len(addresses)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("http://eve:secret@a:8161", "a user and a password do not stand in it"),
        ("localhost:8161", "is no address such as"),
        ("http://[a", "is no address such as"),
    ],
)
def test_an_address_that_the_file_would_refuse_is_asked_for_again_and_not_repeated(
    wrong: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch ten answers lost at the end for the first of them, and a password on the screen."""
    table, _ = converse(monkeypatch, [PRIMARY], "lab", "artemis", wrong, *SERVER_A[1:], "n")
    out = capsys.readouterr().out
    assert said in out
    assert "secret" not in out
    assert len(table["servers"]) == 1  # type: ignore[arg-type]


def test_a_name_that_is_taken_or_no_name_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch two servers of one name, which the file refuses when everything has been answered."""
    again = (*SERVER_B[:2], "broker a", "broker-a", *SERVER_B[2:])
    table, _ = converse(monkeypatch, [PRIMARY, BACKUP], "my site", "lab", *SERVER_A, "y", *again, "n", "-")
    out = capsys.readouterr().out
    assert "my site is no name" in out
    assert "broker a is no name" in out
    assert "broker-a is taken" in out
    assert [server["name"] for server in table["servers"]] == ["broker-a", "broker-b"]  # type: ignore[attr-defined]


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    """Would catch a carefully made inventory lost to a second run."""
    path = tmp_path / "inventory.toml"
    path.write_text("schema = 1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        inventory.main(Namespace(to=path))
    assert tomli.loads(path.read_text(encoding="utf-8")) == {"schema": 1}
