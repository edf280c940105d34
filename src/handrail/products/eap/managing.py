"""One management operation on a simulated instance: to its model, its messaging servers, or itself. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from handrail.products.eap import refusals, telling, world
from handrail.products.eap.dmr import Address, Dmr, Operation, from_json
from handrail.products.eap.refusals import Refused
from handrail.products.eap.state import Broker, Phase, Printed, World
from handrail.products.eap.tree import Tree, old_names
from handrail.products.eap.turn import Turn

STEPS = "WFLYCTL0062: Composite operation failed and was rolled back. Steps that failed:"
"""Under what the failures of a composite stand in its failure description."""


@dataclass(frozen=True, slots=True)
class Managed:
    """What an operation came to: the world afterwards, its lines, and the answer."""

    world: World
    printed: tuple[Printed, ...] = ()
    result: Dmr = None
    failure: Dmr = None
    """The failure description of an operation that was refused; nothing changed then."""
    reloads: bool = False
    answered: bool = True
    """False for one that waits for ever: whoever sent it hears nothing."""


def manage(before: World, instance: str, operation: Operation) -> Managed:
    """The operation's effect and answer; a refused one changes nothing."""
    if before.instances[instance].blocked and _changes(operation):
        return Managed(before, answered=False)
    turn = world.begun(before)
    step = _Step(turn, instance)
    try:
        result = step.perform(operation)
    except Refused as problem:
        return Managed(before, failure=str(problem))
    except _RolledBack as problem:
        return Managed(before, result=problem.results, failure={STEPS: dict(problem.failures)})
    if not all(world.start_added(turn, instance, name) for name in step.added):
        # Nothing of it is ever stored, and a client that gives up frees nobody: the process has to be ended.
        turn.set_instance(instance, stored=before.instances[instance].stored, blocked=True)
        return Managed(turn.world, tuple(turn.printed), answered=False)
    return Managed(turn.world, tuple(turn.printed), result, None, step.reloads)


def _changes(operation: Operation) -> bool:
    """Whether it needs the lock that only one change at a time has; reading needs none."""
    if operation.name != "composite":
        return not operation.name.startswith(("read-", "list-", "whoami"))
    steps = operation.parameters.get("steps")
    if not isinstance(steps, Sequence) or isinstance(steps, str):
        return False
    names = [step.get("operation") for step in steps if isinstance(step, Mapping)]
    return any(_changes(Operation(str(name))) for name in names)


class _RolledBack(Exception):
    def __init__(self, results: Mapping[str, Dmr], failures: Mapping[str, Dmr]) -> None:
        super().__init__()
        self.results = results
        self.failures = failures


class _Step:
    """Performs operations within one turn."""

    def __init__(self, turn: Turn, instance: str) -> None:
        self._turn = turn
        self._instance = instance
        self.reloads = False
        self.added: list[str] = []
        """Messaging servers to be started once the whole operation is in the model."""

    def perform(self, operation: Operation) -> Dmr:
        if operation.name == "composite" and not operation.address:
            return self._composite(operation)
        if not operation.address and operation.name in _PROCESS:
            return _PROCESS[operation.name](self, operation)
        if len(operation.address) == 2 and operation.name in _MESSAGING:
            return _MESSAGING[operation.name](self, operation)
        return self._on_model(operation)

    def _on_model(self, operation: Operation) -> Dmr:
        process = self._turn.instance(self._instance)
        now = self._turn.world

        def told(address: Address, name: str) -> Dmr:
            return telling.attribute(now, self._instance, address, name)

        done = Tree(process.stored, process.release, told).perform(operation)
        if done.model is not process.stored:
            self._turn.set_instance(self._instance, stored=done.model)
        if process.admin_only or not done.reloads or self._is_of_added(operation):
            return done.result
        self.reloads = True
        self._turn.set_instance(self._instance, stale=True)
        return done.result

    def _is_of_added(self, operation: Operation) -> bool:
        """Whether it adds a messaging server, or is for one this operation adds: neither needs a reload."""
        address = old_names(operation.address)
        if tuple(kind for kind, _ in address[:2]) != ("subsystem", "server"):
            return False
        name = address[1][1]
        if len(address) == 2 and operation.name == "add" and not self._runs(name):
            self.added.append(name)
        return name in self.added

    def _runs(self, name: str) -> bool:
        """Whether a server of that name is in the process still: removed, and not reloaded since."""
        broker = self._turn.world.brokers.get(f"{self._instance}/{name}")
        return broker is not None and broker.runs

    def _composite(self, operation: Operation) -> Dmr:
        steps = operation.parameters.get("steps")
        if not isinstance(steps, Sequence) or isinstance(steps, str):
            raise refusals.missing("steps")
        results: dict[str, Dmr] = {}
        failures: dict[str, Dmr] = {}
        for number, step in enumerate(steps, 1):
            name = f"step-{number}"
            try:
                result = self.perform(from_json(step))
            except ValueError as problem:
                raise Refused(f"WFLYCTL0158: Operation handler failed: {problem}") from None
            except Refused as problem:
                results[name] = {
                    "outcome": "failed",
                    "failure-description": str(problem),
                    "rolled-back": True,
                }
                failures[f"Operation {name}"] = str(problem)
                break
            results[name] = {"outcome": "success", **({} if result is None else {"result": result})}
        if failures:
            raise _RolledBack(results, failures)
        return results

    def _reload(self, operation: Operation) -> Dmr:
        given = operation.parameters
        admin_only = given.get("admin-only") is True or given.get("start-mode") == "admin-only"
        world.reload(self._turn, self._instance, admin_only=admin_only)
        return None

    def _shutdown(self, operation: Operation) -> Dmr:
        restart = operation.parameters.get("restart") is True
        self._turn.later(self._instance, 0.05, "shut-down-to-restart" if restart else "shut-down")
        return None

    def _suspend(self, operation: Operation) -> Dmr:
        self._turn.set_instance(self._instance, suspended=operation.name == "suspend")
        if operation.name == "suspend":
            self._turn.say(self._instance, "suspending", "0")
        else:
            self._turn.say(self._instance, "resuming")
        return None

    def _whoami(self, operation: Operation) -> Dmr:
        del operation
        return {"identity": {"username": "admin", "realm": "ManagementRealm"}}

    def _live_broker(self, operation: Operation) -> Broker:
        """The messaging server an operation is for; raises Refused for a passive one."""
        address = old_names(operation.address)
        process = self._turn.instance(self._instance)
        Tree(process.stored, process.release, lambda *_: None).require(address)
        broker = self._turn.world.brokers.get(f"{self._instance}/{address[1][1]}")
        if broker is None or process.admin_only:
            raise refusals.not_installed(address[1][1])
        if broker.phase is not Phase.LIVE:
            raise refusals.in_backup_mode(address)
        return broker

    def _connection_ids(self, operation: Operation) -> Dmr:
        broker = self._live_broker(operation)
        return [number for number, _ in telling.connections(self._turn.world, broker)]

    def _connections_as_json(self, operation: Operation) -> Dmr:
        return telling.connections_as_json(self._turn.world, self._live_broker(operation))

    def _force_failover(self, operation: Operation) -> Dmr:
        broker = self._live_broker(operation)
        world.leave(self._turn, broker, cleanly=True, left_live=True)
        return None


_PROCESS: Mapping[str, Callable[[_Step, Operation], Dmr]] = {
    "reload": _Step._reload,
    "shutdown": _Step._shutdown,
    "suspend": _Step._suspend,
    "resume": _Step._suspend,
    "whoami": _Step._whoami,
}
_MESSAGING: Mapping[str, Callable[[_Step, Operation], Dmr]] = {
    "list-connection-ids": _Step._connection_ids,
    "list-connections-as-json": _Step._connections_as_json,
    "force-failover": _Step._force_failover,
}
