"""Secrets never reach a record, a screen or a message: a canary as the password, and everything searched for it."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from handrail.drill.scenario import scenarios
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.loading import builtin_root
from handrail.products.artemis.product import PRODUCT
from handrail.products.loopback import Loopback

CANARY = "canary/5f1d+pass&word"
FORMS = [CANARY.encode(), quote(CANARY, safe="").encode(), base64.b64encode(f"admin:{CANARY}".encode())]
HANDRAIL = [sys.executable, "-m", "handrail.cli"]
SERVERS = ("broker-a", "broker-b")


@pytest.fixture
def brokers() -> Iterator[dict[str, int]]:
    """The split pair on loopback, whose consoles take the canary as their password; server to port."""
    ports: dict[str, int] = {}
    ready, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        catalogue = load_catalogue(builtin_root() / "artemis" / "messages.toml")
        simulator = PRODUCT.simulated(
            scenarios("artemis/split-brain-recovery")[0], catalogue, datetime.now(UTC)
        )
        simulator._login = "Basic " + FORMS[2].decode()
        loopback = Loopback(simulator, dict.fromkeys(SERVERS, 0))
        await loopback.update()
        ports.update(loopback.ports)
        ready.set()
        while not stop.is_set():
            await asyncio.sleep(0.05)
        await loopback.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    yield ports
    stop.set()
    thread.join(10)


@pytest.fixture
def home(tmp_path: Path, brokers: dict[str, int]) -> Path:
    """A home with a key and an inventory that refers to the canary."""
    (tmp_path / ".ssh").mkdir(mode=0o700)
    key = tmp_path / ".ssh" / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, timeout=30)
    folder = tmp_path / ".config" / "handrail"
    folder.mkdir(parents=True)
    text = 'schema = 1\nsite = "lab"\nanchor = ["true"]\n'
    for name in SERVERS:
        log = tmp_path / f"{name}.log"
        log.write_text("", encoding="ascii")
        text += (
            f'[[servers]]\nname = "{name}"\nproduct = "artemis"\nuser = "admin"\npassword = {{ env = "SECRET" }}\n'
            f'url = "http://127.0.0.1:{brokers[name]}/console/jolokia"\nlog = {{ file = "{log}" }}\n'
        )
    text += '[[pairs]]\nname = "p"\nproduct = "artemis"\nmode = "replication"\nmaster = "broker-a"\nslave = "broker-b"\n'
    (folder / "inventory.toml").write_text(text, encoding="utf-8")
    return tmp_path


def said(home: Path, *arguments: str, password: str = CANARY, words: str = "") -> tuple[int, bytes]:
    """What one command prints, on both streams."""
    done = subprocess.run(
        [*HANDRAIL, *arguments],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "SECRET": password, "LANG": "C.UTF-8"},
        input=words.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def found_in(data: bytes) -> bool:
    """Whether the canary is in there, in any form."""
    return any(form in data for form in FORMS)


@pytest.mark.parametrize("password", [CANARY, "wrong-" + CANARY])
def test_a_walk_leaves_the_password_nowhere(home: Path, password: str) -> None:
    """Would catch a secret in a record, an observation, an error, a shown request, or on the screen."""
    outputs = [
        said(home, "doctor", password=password)[1],
        said(home, "check", "artemis/split-brain-recovery", password=password)[1],
    ]
    words = "begin\nnote looked\nabort abort\nenough for a test\n"
    status, output = said(
        home, "run", "artemis/split-brain-recovery", "--plain", password=password, words=words
    )
    outputs.append(output)
    assert status in (10, 12), output.decode()
    files = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert not any(found_in(data) for data in [*outputs, *files])


def test_the_password_does_reach_the_brokers(home: Path) -> None:
    """The control: with the right secret the consoles answer, with the wrong one they do not."""
    assert b"live" in said(home, "doctor")[1]
    assert b"wrong-credentials" in said(home, "doctor", password="other")[1]


def test_the_search_above_can_find() -> None:
    """The control: each form is found."""
    for form in FORMS:
        assert found_in(b"x" + form + b"y")
    assert not found_in(b"nothing")
