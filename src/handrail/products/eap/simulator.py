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
from handrail.products.holding import Holder
from handrail.products.living import CannotBe, Laws, in_force
from handrail.products.product import CommandResult, Console, Request, Response, Truth
from handrail.text import safe

USER = "admin"
PASSWORD = "drill"  # noqa: S105  a drill's management user, no secret
REALM = "ManagementRealm"
DEFAULT_START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
_NOTHING = Response(200, {"content-type": wire.JSON}, b"{}", stall_after=0)
"""A request that is taken and never answered."""
_READS = {"attribute": "read-attribute", "resource": "read-resource"}


_LAWS = Laws(
    rules.advance,
    rules.next_change_s,
    {"start": rules.start, "stop": rules.stop, "kill": rules.kill},
    injects.inject,
)


class EapSimulator(Holder[World, Printed]):
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
        super().__init__(scene, _LAWS, scene.instances, start)
        self._catalogue = catalogue
        self._login = (user, password)
        self._nonces = 0
        self._printed: dict[str, list[Printed]] = {name: [] for name in scene.instances}
        self.take((scene, tuple(history)))
        self._consoles = {name: EapConsole(self, name) for name in scene.instances}

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

    def start_admin_only(self, server: str) -> CommandResult:
        """Start the process without its services, as --start-mode=admin-only does."""
        try:
            self.take(rules.start(self._world, server, admin_only=True))
        except CannotBe as problem:
            return CommandResult(1, safe(str(problem)))
        return CommandResult(0)

    def manage(self, server: str, operation: Operation) -> Managed:
        """One operation on the instance's model, as jboss-cli on its host would send it."""
        done = managing.manage(self._world, server, operation)
        self.take((done.world, done.printed))
        return done

    def change(self, world: World) -> None:
        """Take over a world in which files were moved by hand."""
        self._world = world

    def console(self, server: str) -> Console:
        """A shell on the instance's host."""
        return self._consoles[server]

    def harm(self) -> Mapping[str, Sequence[str]]:
        """Clients without a server although theirs is live, and messages nobody can get back."""
        return {"Clients stranded": self._world.stranded(), "Messages lost": self._world.lost}

    def printed(self, event: Printed) -> tuple[str, Sequence[str]]:
        """Into its instance's log file, unless that is silent; it is kept, for the truth."""
        name = event.instance
        if name in self._world.silent:
            return name, ()
        self._printed[name].append(event)
        return name, printing.lines(event, self._world.instances[name], self._catalogue, self._start)

    def truth(self, server: str) -> Truth:
        """Its process, its links, the journals on its disks, and when it served from which."""
        past = self._printed[server]
        return {**truth.of(self._world, server), **serving.of(self._world, server, self._start, past)}

    def _trouble(self, server: str) -> Trouble | None:
        found = in_force(self._world.management, server, self._world.now_s)
        return None if found is None else found.trouble

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
        trouble = in_force(self._world.management, server, self._world.now_s)
        if trouble is not None and trouble.then is not None:
            return managing.manage(trouble.then, server, operation)
        kind = self._trouble(server)
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
