"""Two real WildFly servers with an operator's inventory, key and ledger: EAP procedures are walked on them."""

from __future__ import annotations

import queue
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.live import wildfly
from tests.live.distributions import NotAvailable
from tests.live.processes import wait_until
from tests.live.wildfly import QUEUE, WildFly
from tests.live.wildfly_hands import Hands
from tests.stock_programs import stock_verdict

from handrail.drill.autopilot import Autopilot, Route
from handrail.drill.scenario import Scenario, scenarios
from handrail.inventory.loading import load
from handrail.ledger.verify import Whole, verify
from handrail.procedure.filling import resolved
from handrail.procedure.loading import find
from handrail.walk import commands as c
from handrail.walk.live import bind
from handrail.walk.live_run import open_live
from handrail.walk.state import State, seen_from
from handrail.walk.view import View

LIMIT_S = 420.0
_QUEUE = f"/subsystem=messaging-activemq/server=default/jms-queue={QUEUE}"
_NOTHING: Mapping[str, str] = {}


@contextmanager
def fresh(version: str, folder: Path) -> Iterator[Pair]:
    """Two servers of the profile as shipped, with a queue each, started; skips where there is no such release.

    Meanwhile the inventory finds its password in the environment.
    """
    try:
        home = wildfly.fetch(version)
    except NotAvailable as reason:
        pytest.skip(f"WildFly {version}: {reason}")
    servers = [wildfly.made(home, f"node-{name}", folder / name, number) for number, name in enumerate("ab")]
    try:
        wildfly.start(*servers)
        for server in servers:
            server.cli(f'{_QUEUE}:add(entries=["java:/jms/queue/{QUEUE}"])')
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv(wildfly.VARIABLE, wildfly.PASSWORD)
            yield Pair(folder, servers[0], servers[1])
    finally:
        for server in servers:
            server.end()


SAVED_LIVE, SAVED_BACKUP = "/srv/saved-live", "/srv/saved-backup"
ON_HOSTS: Mapping[str, Mapping[str, str]] = {
    "eap/select-journal": {
        "log-live": "20m ago",
        "log-backup": "10m ago",
        "files-live": "20m ago",
        "files-backup": "10m ago",
        "save-live": SAVED_LIVE,
        "save-backup": SAVED_BACKUP,
        "backup-host": "node-b",
        "put-aside": "/srv/before-live",
    },
    "eap/activate-backup-manually": {"save": SAVED_BACKUP, "how-old": "10m ago"},
}
"""What a look tells in a drill and nobody looks at here: places on the hosts, and times that are not compared."""


class Pair:
    """Two servers, an inventory, a key and a ledger."""

    def __init__(self, folder: Path, first: WildFly, second: WildFly) -> None:
        self.folder, self.first, self.second = folder, first, second
        self.inventory, self.key, self.ledger = folder / "inventory.toml", folder / "key", folder / "ledger"
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)]
        subprocess.run(command, check=True, timeout=30)
        public = (folder / "key.pub").read_text(encoding="utf-8")
        self.allowed = folder / "allowed_signers"
        self.allowed.write_text(f'ana namespaces="delegate@handrail" {public}', encoding="utf-8")
        self._walks = 0

    def walk(
        self, procedure: str, scenario: str = "", choices: Mapping[str, str] = _NOTHING, **finds: str
    ) -> State:
        """Walk it to its end by the answers of a drill; the record is verified twice.

        `finds` are other answers, underscores for hyphens. What is done by hand is done on the real hosts.
        """
        found = scenarios(procedure)
        drill = next(item for item in found if item.id == scenario) if scenario else found[0]
        answers = {
            **ON_HOSTS.get(procedure, {}),
            **drill.finds,
            **{step.replace("_", "-"): value for step, value in finds.items()},
        }
        return self._walked(procedure, drill, Autopilot(answers, Route(choices=choices), patience=1))

    def _walked(self, procedure: str, drill: Scenario, pilot: Autopilot) -> State:
        roles = dict(zip(drill.pairs[0].roles, (self.first, self.second), strict=True))
        wildfly.inventory(self.inventory, drill.mode, roles)
        loaded, site = find(procedure), load(self.inventory)
        self._walks += 1
        hands = Hands((self.first, self.second), self.folder / "elsewhere" / str(self._walks))
        views: queue.SimpleQueue[View] = queue.SimpleQueue()
        run = open_live(loaded, site, bind(site, loaded.procedure, []), self.ledger, views.put, key=self.key)
        run.session.start()
        began = time.monotonic()
        while not run.session.join(0) and time.monotonic() - began < LIMIT_S:
            view = _newest(views)
            if view is not None and (command := pilot.decide(view)) is not None:
                if isinstance(command, c.DoneByHand):
                    _by_hand(hands, view)
                run.session.submit(command)
        run.session.submit(c.Stop("out of time"))
        assert run.session.join(60)
        assert run.session.error is None
        state = run.session.state
        assert state is not None
        assert state.ended is not None, state.pointer
        verdict = verify(run.run_path, self.allowed)
        assert verdict.whole is Whole.SEALED, verdict.findings
        assert verdict.exit_status == 0
        stock = stock_verdict(run.run_path, self.allowed)
        assert stock.returncode == 0, stock.stderr
        assert state.ended.how == "complete", state.ended.reason
        return state

    def fail_over(self) -> None:
        """Kill the first server; returns once the second serves."""
        kill(self.first)
        wait_until("the backup to take over", 60, lambda: is_live(self.second), 1.0)

    def messages(self, server: WildFly) -> int:
        """How many messages its queue holds, as its own command line tells it."""
        told = server.cli(f"{_QUEUE}:read-attribute(name=message-count)")
        return int(told.partition('"result" => ')[2].split("L")[0])


def kill(server: WildFly) -> None:
    """End its process as a power cut does."""
    server.do("kill")
    wait_until(f"{server.name} to be gone", 30, lambda: not server.answers())


def is_live(server: WildFly, name: str = "default") -> bool:
    """Whether one of its messaging servers serves."""
    told = server.cli(f"/subsystem=messaging-activemq/server={name}:read-attribute(name=active)")
    return '"result" => true' in told


def _by_hand(hands: Hands, view: View) -> None:
    """Type the lines of the step that is done by hand."""
    current = view.current
    assert current is not None
    act = current.planned.step.do
    assert act is not None
    lines = resolved(act, seen_from(view.state.captured, current.planned))[0].console
    for line in lines:
        hands.type(str(current.server), line)


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
