"""The EAP procedures on real WildFly servers: walked by the answers of their drills, sealed, verified."""

from __future__ import annotations

import queue
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.live import wildfly
from tests.live.distributions import NotAvailable
from tests.live.wildfly import WildFly
from tests.stock_programs import stock_verdict

from handrail.drill.autopilot import Autopilot, Route
from handrail.drill.scenario import scenarios
from handrail.inventory.loading import load
from handrail.ledger.verify import Whole, verify
from handrail.procedure.loading import find
from handrail.walk import commands as c
from handrail.walk.live import bind
from handrail.walk.live_run import open_live
from handrail.walk.view import View

pytestmark = pytest.mark.live
LIMIT_S = 420.0


@pytest.fixture(scope="module", params=wildfly.VERSIONS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two fresh servers of one release, started."""
    try:
        home = wildfly.fetch(request.param)
    except NotAvailable as reason:
        pytest.skip(f"WildFly {request.param}: {reason}")
    folder = tmp_path_factory.mktemp("wildfly")
    servers = [wildfly.made(home, f"node-{name}", folder / name, number) for number, name in enumerate("ab")]
    try:
        wildfly.start(*servers)
        yield Pair(folder, servers[0], servers[1])
    finally:
        for server in servers:
            server.end()


class Pair:
    """Two servers, an inventory, a key and a ledger."""

    def __init__(self, folder: Path, live: WildFly, backup: WildFly) -> None:
        self.folder, self.live, self.backup = folder, live, backup
        self.inventory, self.key, self.ledger = folder / "inventory.toml", folder / "key", folder / "ledger"
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)]
        subprocess.run(command, check=True, timeout=30)
        public = (folder / "key.pub").read_text(encoding="utf-8")
        self.allowed = folder / "allowed_signers"
        self.allowed.write_text(f'ana namespaces="delegate@handrail" {public}', encoding="utf-8")

    def walk(self, procedure: str, mode: str, choices: Mapping[str, str], finds: Mapping[str, str]) -> str:
        """Walk it to its end; returns how it ended, after its record was verified twice."""
        wildfly.inventory(self.inventory, mode, self.live, self.backup)
        loaded, site = find(procedure), load(self.inventory)
        scenario = next(item for item in scenarios(procedure) if item.mode == mode)
        pilot = Autopilot({**scenario.finds, **finds}, Route(choices=choices), patience=1)
        views: queue.SimpleQueue[View] = queue.SimpleQueue()
        run = open_live(loaded, site, bind(site, loaded.procedure, []), self.ledger, views.put, key=self.key)
        run.session.start()
        began = time.monotonic()
        while not run.session.join(0) and time.monotonic() - began < LIMIT_S:
            view = _newest(views)
            if view is not None and (command := pilot.decide(view)) is not None:
                run.session.submit(command)
        run.session.submit(c.Stop("out of time"))
        assert run.session.join(60)
        assert run.session.error is None
        state = run.session.state
        assert state is not None
        assert state.ended is not None, state.pointer
        found = verify(run.run_path, self.allowed)
        assert found.whole is Whole.SEALED, found.findings
        assert found.exit_status == 0
        stock = stock_verdict(run.run_path, self.allowed)
        assert stock.returncode == 0, stock.stderr
        return state.ended.how


def _newest(views: queue.SimpleQueue[View]) -> View | None:
    try:
        view = views.get(timeout=0.5)
    except queue.Empty:
        return None
    while True:
        try:
            view = views.get_nowait()
        except queue.Empty:
            return view


REPLICATION: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("eap/configure-replication", {}),
    ("eap/client-reconnection", {"when-reload": "now"}),
    ("eap/dead-connections", {}),
    ("eap/client-failover", {}),
    ("eap/update-live-backup", {}),
)
"""In this order on one pair: the first makes it."""


def test_a_replicated_pair_is_made_tuned_and_updated(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each procedure on the pair the one before has left; each record sealed and verified by stock programs."""
    monkeypatch.setenv(wildfly.VARIABLE, wildfly.PASSWORD)
    ends = {name: pair.walk(name, "replication", choices, {}) for name, choices in REPLICATION}
    assert ends == {name: "complete" for name, _ in REPLICATION}


def test_a_pair_that_failed_over_is_failed_back(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """The live server is killed, the backup takes over, the walk brings it back; runs after the test above."""
    monkeypatch.setenv(wildfly.VARIABLE, wildfly.PASSWORD)
    pair.live.do("kill")
    time.sleep(15)
    assert pair.walk("eap/failback-replication", "replication", {}, {}) == "complete"
