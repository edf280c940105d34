"""The impure holder of the simulated world: its time, its log files' lines, its management addresses."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from handrail.procedure.catalogue import Catalogue
from handrail.products.artemis import injects, mbeans, printing, truth, wire
from handrail.products.artemis import world as rules
from handrail.products.artemis.answers import NO_ATTRIBUTE, Scene, answer
from handrail.products.artemis.console import ArtemisConsole
from handrail.products.artemis.releases import JOLOKIA_2
from handrail.products.artemis.state import Phase, Printed, Trouble, World
from handrail.products.artemis.wire import Answered, Entry, Execute, Fault, Read
from handrail.products.artemis.wire import Value as Told
from handrail.products.holding import Holder
from handrail.products.living import Laws, in_force
from handrail.products.product import Console, Request, Response, Truth

DEFAULT_ORIGIN = "http://localhost"
USER = "admin"
PASSWORD = "admin"  # noqa: S105  a drill's console, no secret
DEFAULT_START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)


_LAWS = Laws(
    rules.advance,
    rules.next_change_s,
    {"start": rules.start, "stop": rules.stop, "kill": rules.kill},
    injects.inject,
)


class ArtemisSimulator(Holder[World, Printed]):
    """Holds a World and answers for it; implements Simulator.

    `user` and `password` are what every console of the drill takes; `start` is the wall time, UTC, of the
    world's second zero.
    """

    def __init__(
        self,
        scene: World,
        catalogue: Catalogue,
        *,
        user: str = USER,
        password: str = PASSWORD,
        origin: str = DEFAULT_ORIGIN,
        start: datetime = DEFAULT_START,
    ) -> None:
        super().__init__(scene, _LAWS, scene.brokers, start)
        self._catalogue = catalogue
        self._login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        self._origin = origin
        self._consoles = {name: ArtemisConsole(self, name) for name in scene.brokers}

    def listens(self, server: str) -> bool:
        """Whether the console's port accepts connections now."""
        broker = self._world.brokers[server]
        return broker.web and broker.phase is not Phase.DOWN and self._trouble(server) is not Trouble.REFUSED

    def answer(self, server: str, request: Request) -> Response:
        """One HTTP request, as the console of this server would answer it now."""
        trouble = self._trouble(server)
        if self._world.brokers[server].hung:
            return replace(self._json(server, []), stall_after=0)
        if trouble is Trouble.UNAVAILABLE:
            return Response(
                503, {"content-type": "text/html"}, b"<html><body>Service Unavailable</body></html>"
            )
        login = request.headers.get("authorization", "")
        if trouble is Trouble.WRONG_CREDENTIALS or login != self._login:
            return Response(403, {"hawtio-forbidden-reason": "NONE"})
        response = self._jolokia(server, request)
        if trouble is Trouble.HALF_ANSWER:
            return replace(response, stall_after=len(response.body) // 2)
        return response

    def console(self, server: str) -> Console:
        """A shell on the broker's host."""
        return self._consoles[server]

    def harm(self) -> Mapping[str, Sequence[str]]:
        """Clients without a broker although their pair has a live one."""
        return {"Clients stranded": self._world.stranded()}

    def printed(self, event: Printed) -> tuple[str, Sequence[str]]:
        """Into its broker's log file, in the words of that broker's release."""
        broker = self._world.brokers[event.server]
        return event.server, printing.lines(event, broker, self._world.mode, self._catalogue, self._start)

    def truth(self, server: str) -> Truth:
        """What stands in its files and on its disk, and whether it reaches its peer."""
        return truth.of(self._world, server, self._consoles[server].copies)

    def _trouble(self, server: str) -> Trouble | None:
        found = in_force(self._world.management, server, self._world.now_s)
        return None if found is None else found.trouble

    def _jolokia(self, server: str, request: Request) -> Response:
        if "/jolokia" not in request.target:
            return Response(404, {"content-type": "text/html"}, b"<html><body>Not Found</body></html>")
        origin = request.headers.get("origin") or request.headers.get("referer")
        problem = self._refused_origin(server, origin)
        if problem:
            error = f"java.lang.Exception : {problem}"
            return self._json(server, {"error_type": "java.lang.Exception", "error": error, "status": 403})
        is_bulk = False
        if request.method == "POST":
            try:
                entries, is_bulk = wire.decode_request(request.body)
            except ValueError as mistake:
                return self._misunderstood(server, str(mistake))
        elif request.method == "GET":
            entries = [wire.decode_path(request.target)]
        else:
            return Response(405, {"allow": "GET, POST"})
        stamp = None if self._is_jolokia_2(server) else self._scene(server).epoch_ms // 1000
        answered = [wire.encode_answer(entry, self._answered(server, entry), stamp) for entry in entries]
        return self._json(server, answered if is_bulk else answered[0])

    def _is_jolokia_2(self, server: str) -> bool:
        return self._scene(server).version >= JOLOKIA_2

    def _misunderstood(self, server: str, mistake: str) -> Response:
        """A request that is none: Jolokia 1.7 says so inside a good answer, Jolokia 2 by the HTTP status."""
        if self._is_jolokia_2(server):
            text = f"400 (Bad Request)\n\n{mistake}\n"
            return Response(400, {"content-type": "text/plain"}, text.encode())
        kind = "java.lang.IllegalArgumentException"
        return self._json(server, {"error_type": kind, "error": f"{kind} : {mistake}", "status": 400})

    def _json(self, server: str, value: object) -> Response:
        """JSON as this release's Jolokia sends it: 1.7 calls it plain text and escapes slashes."""
        body = json.dumps(value, separators=(",", ":"))
        if self._is_jolokia_2(server):
            kind = "application/json"
        else:
            kind, body = "text/plain;charset=utf-8", body.replace("/", "\\/")
        return Response(200, {"content-type": kind, "cache-control": "no-cache"}, body.encode())

    def _refused_origin(self, server: str, origin: str | None) -> str | None:
        """Why this Origin is refused, in Jolokia's words; any port of the right name is allowed."""
        shown = "null" if origin is None else origin
        if shown.startswith("https:") and self._is_jolokia_2(server):
            return f"Secure origin {shown} should not be processed over HTTP"
        if shown.partition("://")[2].startswith(self._origin.partition("://")[2]):
            return None
        return f"Origin {shown} is not allowed to call this agent"

    def _answered(self, server: str, entry: Entry | None) -> Answered:
        seen = self._scene(server)
        if isinstance(entry, Execute) and seen.registered and (done := self._perform(server, entry)):
            return done
        told = answer(seen, entry)
        if (
            self._trouble(server) is Trouble.UNKNOWN_ATTRIBUTE
            and isinstance(entry, Read)
            and isinstance(told, Told)
        ):
            error = f"{NO_ATTRIBUTE} : No such attribute: {entry.attribute}"
            return Fault(404, NO_ATTRIBUTE, error)
        return told

    def _perform(self, server: str, entry: Execute) -> Answered | None:
        """Operations that change the world; None for one that does not."""
        operation = entry.operation.partition("(")[0]
        if entry.mbean == mbeans.broker_mbean(server):
            if operation == "freezeReplication":
                self.take(rules.freeze_replication(self._world, server))
                return Told(True)
            if operation == "forceFailover":
                self.take(rules.force_failover(self._world, server))
                return Told(None)
            if operation == "closeConnectionWithID":
                return Told(False)
        if entry.mbean == mbeans.acceptor_mbean(server, "artemis") and operation in ("start", "stop"):
            if self._world.brokers[server].phase is not Phase.LIVE:
                return Fault(404, "javax.management.InstanceNotFoundException", entry.mbean)
            self.take(rules.set_acceptor(self._world, server, operation == "start"))
            return Told(None)
        return None

    def _scene(self, server: str) -> Scene:
        trouble = in_force(self._world.management, server, self._world.now_s)
        shown = self._world if trouble is None or trouble.then is None else trouble.then
        moment = self._start + timedelta(seconds=shown.now_s)
        return Scene(shown, shown.brokers[server], int(moment.timestamp() * 1000))
