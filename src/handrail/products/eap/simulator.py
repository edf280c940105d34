"""The impure holder of the simulated world: its time, its log files' lines, its management addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

from handrail.procedure.catalogue import Catalogue
from handrail.products.digest import Challenge, parameters, proves
from handrail.products.eap import injects, managing, printing, serving, truth, wire
from handrail.products.eap import world as rules
from handrail.products.eap.console import EapConsole
from handrail.products.eap.dmr import Operation, address_from_json
from handrail.products.eap.managing import Managed
from handrail.products.eap.state import Printed, Run, Trouble, World
from handrail.products.product import CommandResult, Console, Request, Response, Truth
from handrail.readings import Value
from handrail.text import safe

USER = "admin"
PASSWORD = "drill"  # noqa: S105  a drill's management user, no secret
REALM = "ManagementRealm"
DEFAULT_START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
_NOTHING = Response(200, {"content-type": wire.JSON}, b"{}", stall_after=0)
"""A request that is taken and never answered."""
_READS = {"attribute": "read-attribute", "resource": "read-resource"}


class EapSimulator:
    """Holds a World and answers for it; implements Simulator.

    `user` and `password` are what every instance's management takes; `start` is the wall time, UTC, of the
    world's second zero; `history` is printed into the logs before it.
    """

    def __init__(
        self,
        scene: World,
        catalogue: Catalogue,
        *,
        user: str = USER,
        password: str = PASSWORD,
        start: datetime = DEFAULT_START,
        history: Sequence[Printed] = (),
    ) -> None:
        self._world = scene
        self._catalogue = catalogue
        self._login = (user, password)
        self._start = start
        self._nonces = 0
        self._lines: dict[str, list[str]] = {name: [] for name in scene.instances}
        self._printed: dict[str, list[Printed]] = {name: [] for name in scene.instances}
        self._take((scene, tuple(history)))
        self._consoles = {name: EapConsole(self, name) for name in scene.instances}

    @property
    def world(self) -> World:
        """The world as it is, for consoles and tests."""
        return self._world

    @property
    def start(self) -> datetime:
        """The wall time of second zero."""
        return self._start

    def advance(self, to_s: float) -> None:
        """Let the world live until this moment."""
        self._take(rules.advance(self._world, to_s))

    def next_change_s(self) -> float | None:
        """When the world will next change by itself."""
        return rules.next_change_s(self._world)

    def listens(self, server: str) -> bool:
        """Whether the management port accepts connections now."""
        process = self._world.instances[server]
        up = process.run is not Run.DOWN and process.opens_s <= self._world.now_s
        return up and self._trouble(server) is not Trouble.REFUSED

    def answer(self, server: str, request: Request) -> Response:
        """One HTTP request, as the management interface of this instance would answer it now."""
        process, trouble = self._world.instances[server], self._trouble(server)
        if process.hung:
            return _NOTHING
        if trouble is Trouble.UNAVAILABLE or process.run is not Run.RUNNING:
            return Response(503, {"retry-after": str(wire.RETRY_AFTER_S)})
        refused = self._refused(server, request, trouble)
        if refused is not None:
            return refused
        response = self._managed(server, request)
        if trouble is Trouble.HALF_ANSWER:
            return replace(response, stall_after=len(response.body) // 2)
        if trouble is Trouble.MALFORMED:
            return replace(response, body=b"<html><body>Management</body></html>")
        return response

    def command(self, server: str, name: str) -> CommandResult:
        """start, stop or kill, as scripts on the host would; any other name fails as in a shell."""
        commands = {"start": rules.start, "stop": rules.stop, "kill": rules.kill}
        if name not in commands or server not in self._world.instances:
            return CommandResult(127, safe(f"{name}: no such command for {server}"))
        try:
            self._take(commands[name](self._world, server))
        except rules.CannotBe as problem:
            return CommandResult(1, safe(str(problem)))
        return CommandResult(0)

    def start_admin_only(self, server: str) -> CommandResult:
        """Start the process without its services, as --start-mode=admin-only does."""
        try:
            self._take(rules.start(self._world, server, admin_only=True))
        except rules.CannotBe as problem:
            return CommandResult(1, safe(str(problem)))
        return CommandResult(0)

    def manage(self, server: str, operation: Operation) -> Managed:
        """One operation on the instance's model, as jboss-cli on its host would send it."""
        done = managing.manage(self._world, server, operation)
        self._take((done.world, done.printed))
        return done

    def change(self, world: World) -> None:
        """Take over a world in which files were moved by hand."""
        self._world = world

    def lines(self, server: str, after: int) -> Sequence[str]:
        """The physical lines of the instance's log file from index `after` on."""
        return self._lines[server][after:]

    def inject(self, name: str, arguments: Mapping[str, Value]) -> None:
        """Cause a fault by name; raises KeyError for an unknown one."""
        self._take(injects.inject(self._world, name, arguments))

    def console(self, server: str) -> Console:
        """A shell on the instance's host."""
        return self._consoles[server]

    def harmed(self) -> Sequence[str]:
        """Clients without a server although theirs is live, and messages nobody can get back."""
        return (*self._world.stranded(), *self._world.lost)

    def harm(self) -> Mapping[str, Sequence[str]]:
        """The same, by what it is."""
        return {"Clients stranded": self._world.stranded(), "Messages lost": self._world.lost}

    def truth(self, server: str) -> Truth:
        """Its process, its links, the journals on its disks, and when it served from which."""
        past = self._printed[server]
        return {**truth.of(self._world, server), **serving.of(self._world, server, self._start, past)}

    def _take(self, change: rules.Change) -> None:
        self._world, printed = change
        for event in printed:
            if event.instance not in self._world.silent:
                process = self._world.instances[event.instance]
                self._printed[event.instance].append(event)
                self._lines[event.instance].extend(
                    printing.lines(event, process, self._catalogue, self._start)
                )

    def _trouble(self, server: str) -> Trouble | None:
        trouble = self._world.management.get(server)
        return None if trouble is None or trouble.until_s <= self._world.now_s else trouble.trouble

    def _refused(self, server: str, request: Request, trouble: Trouble | None) -> Response | None:
        """The answer to who may not, or does not, ask as the interface wants it; None for who does."""
        origin = request.headers.get("origin")
        host = request.headers.get("host", "")
        if origin is not None and origin.partition("://")[2] != host:
            return Response(403)
        login = self._login if trouble is not Trouble.WRONG_CREDENTIALS else (self._login[0], "changed")
        if not self._proves(request, login):
            self._nonces += 1
            return Response(
                401,
                {
                    "www-authenticate": f'Digest realm="{REALM}",domain="{wire.PATH}",'
                    f'nonce="{self._nonces:016x}",opaque="{"0" * 32}",algorithm=MD5,qop="auth"',
                    "content-type": "text/html",
                },
                b"<html><head><title>Error</title></head><body>Unauthorized</body></html>",
            )
        if urlsplit(request.target).path.rstrip("/").split("/")[:2] != ["", "management"]:
            return Response(404)
        return None

    def _proves(self, request: Request, login: tuple[str, str]) -> bool:
        """Whether the request carries a proof over a nonce that was given out."""
        header = request.headers.get("authorization", "")
        nonce = parameters(header.partition(" ")[2]).get("nonce", "")
        given = re.fullmatch("[0-9a-f]{16}", nonce) is not None and int(nonce, 16) <= self._nonces
        return given and proves(header, Challenge(REALM, nonce), request.method, request.target, login)

    def _managed(self, server: str, request: Request) -> Response:
        if request.method == "GET":
            return self._read(server, request)
        if request.method != "POST":
            return Response(405)
        if request.headers.get("content-type", "").partition(";")[0].strip() != wire.JSON:
            return Response(415)
        try:
            operation = wire.decode_request(request.body)
        except ValueError as problem:
            return wire.encode_answer(None, f"the request holds no operation: {problem}")
        done = self._done(server, operation)
        if not done.answered:
            return _NOTHING
        state = "reload-required" if self._world.instances[server].stale else ""
        return wire.encode_answer(done.result, done.failure, reloads=done.reloads, process_state=state)

    def _done(self, server: str, operation: Operation) -> Managed:
        trouble = self._world.management.get(server)
        kind = self._trouble(server)
        if kind is Trouble.STALE and trouble is not None and trouble.then is not None:
            return managing.manage(trouble.then, server, operation)
        if kind is Trouble.UNKNOWN_ATTRIBUTE and operation.name != "composite":
            asked = operation.parameters.get("name")
            named = f" '{asked}'" if asked else ""
            return Managed(self._world, failure=f"WFLYCTL0201: Unknown attribute{named}")
        if kind is Trouble.UNKNOWN_ATTRIBUTE:
            failure = {"Operation step-1": "WFLYCTL0201: Unknown attribute"}
            return Managed(self._world, failure={managing.STEPS: failure})
        return self.manage(server, operation)

    def _read(self, server: str, request: Request) -> Response:
        """GET reads only, and gives the bare result."""
        parts = urlsplit(request.target)
        query = {key: items[-1] for key, items in parse_qs(parts.query).items()}
        name = _READS.get(query.pop("operation", "resource"))
        if name is None:
            return Response(405)
        flat = [unquote(item) for item in parts.path.split("/")[2:] if item]
        try:
            address = address_from_json(flat)
        except ValueError as problem:
            return wire.encode_answer(None, f"the request holds no operation: {problem}")
        given = {key: item == "true" if item in ("true", "false") else item for key, item in query.items()}
        done = self._done(server, Operation(name, address, given))
        if done.failure is not None:
            return wire.encode_answer(None, done.failure)
        return wire.json_response(200, done.result)
