"""The impure holder of the simulated world: its time, its event logs, its brokers' management addresses."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from handrail.procedure.catalogue import Catalogue
from handrail.products.holding import Holder
from handrail.products.living import Laws, in_force
from handrail.products.product import Console, Request, Response, Truth
from handrail.products.solace import answers_v1, answers_v2, changing, injects, printing, rpc, semp, truth
from handrail.products.solace import world as rules
from handrail.products.solace.console import SolaceConsole
from handrail.products.solace.semp import Code
from handrail.products.solace.situation import Situation
from handrail.products.solace.state import Phase, Printed, Trouble, World

USER = "admin"
PASSWORD = "admin"  # noqa: S105  a drill's broker, no secret
DEFAULT_START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
HEALTH = "/health-check/guaranteed-active"


_LAWS = Laws(
    rules.advance,
    rules.next_change_s,
    {"start": rules.start, "stop": rules.stop, "kill": rules.stop},
    injects.inject,
)


class SolaceSimulator(Holder[World, Printed]):
    """Holds a World and answers for it; implements Simulator.

    `start` is the wall time, UTC, of the world's second zero. A drill has one address for each broker, so the
    health check of port 5550 is answered there as well.
    """

    def __init__(
        self,
        scene: World,
        catalogue: Catalogue,
        *,
        user: str = USER,
        password: str = PASSWORD,
        start: datetime = DEFAULT_START,
    ) -> None:
        super().__init__(scene, _LAWS, scene.brokers, start)
        self._catalogue = catalogue
        self._login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        self._consoles = {name: SolaceConsole(self, name) for name in scene.brokers}

    def listens(self, server: str) -> bool:
        """Whether the management port accepts connections; of a site cut off not even a refusal comes."""
        broker = self._world.brokers[server]
        if self._world.sites[broker.side].cut_off:
            return True
        return broker.phase in (Phase.STARTING, Phase.UP) and self._trouble(server) is not Trouble.REFUSED

    def answer(self, server: str, request: Request) -> Response:
        """One HTTP request, as this broker would answer it now."""
        broker = self._world.brokers[server]
        trouble = self._trouble(server)
        if self._world.sites[broker.side].cut_off or trouble is Trouble.STALL:
            return Response(200, stall_after=0, body=b"x")
        if broker.phase is Phase.STARTING or trouble is Trouble.UNAVAILABLE:
            return Response(503, {"content-type": "text/html"}, b"<html>Service Unavailable</html>")
        if request.target == HEALTH:
            return Response(200 if self.seen(server).spool == "AD-Active" else 503)
        if trouble is Trouble.WRONG_CREDENTIALS or request.headers.get("authorization") != self._login:
            return Response(401, {"www-authenticate": 'Basic realm="Solace SEMP"'})
        response = self.act(server, request)
        if trouble is Trouble.HALF_ANSWER:
            return replace(response, stall_after=len(response.body) // 2)
        if trouble is Trouble.MALFORMED:
            return replace(response, body=response.body[: len(response.body) // 2])
        return response

    def act(self, server: str, request: Request) -> Response:
        """One request of somebody who is let in, over the wire or at the console."""
        trouble = self._trouble(server)
        if request.target == rpc.PATH and request.method == "POST":
            if trouble is Trouble.NO_PERMISSION:
                body = rpc.refusal(self._world.version, "permission-error", "not authorized")
            else:
                body = answers_v1.answer(self.seen(server), request.body)
            return Response(200, {"content-type": "text/xml"}, body)
        asked = semp.decode_request(request.target)
        if asked is None:
            return Response(404, {"content-type": "text/html"}, b"<html>Not Found</html>")
        if trouble is Trouble.NO_PERMISSION:
            return answers_v2.refuse(request, Code.UNAUTHORIZED, "Not authorized to access this object")
        if request.method == "GET":
            unknown = "replicationSyncEligible" if trouble is Trouble.UNKNOWN_ATTRIBUTE else ""
            return answers_v2.read(self.seen(server), request, asked, unknown)
        response, change = changing.change(self._world, server, request, asked)
        if change is not None:
            self.take(change)
        return response

    def console(self, server: str) -> Console:
        """The broker's own command line."""
        return self._consoles[server]

    def harm(self) -> Mapping[str, Sequence[str]]:
        """Message VPNs that were harmed for good, and how."""
        return {"Message VPNs harmed": rules.harmed(self._world)}

    def printed(self, event: Printed) -> tuple[str, Sequence[str]]:
        """Into its broker's event log, where the release writes it at all."""
        line = printing.line(event, self._world.version, self._catalogue, self._start)
        return event.server, (line,) if line else ()

    def truth(self, server: str) -> Truth:
        """The broker's process, and its site as somebody standing there finds it."""
        return truth.of(self._world, server)

    def _trouble(self, server: str) -> Trouble | None:
        found = in_force(self._world.management, server, self._world.now_s)
        return None if found is None else found.trouble

    def seen(self, server: str) -> Situation:
        """What the broker tells of itself: now, or of a moment past while its answers are stale."""
        trouble = in_force(self._world.management, server, self._world.now_s)
        shown = self._world if trouble is None or trouble.then is None else trouble.then
        return Situation(shown, shown.brokers[server])
