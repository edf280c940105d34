"""Asking a broker's sources: each once a read, page by page, at most eight requests in flight at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from handrail.products.exchange import Fetched, NotFetched
from handrail.products.product import Request
from handrail.products.solace import rpc, semp
from handrail.products.solace.asking import Found, Queue, Source
from handrail.products.solace.meaning import Unread, broken, of_exchange, of_refusal, of_rpc, of_status
from handrail.products.solace.state import REPLICATION_QUEUE
from handrail.readings import Failure
from handrail.text import safe

IN_FLIGHT = 8
PAGES = 60
"""More than 6000 objects are not read."""
INTERNAL = "#"
"""Names of the broker's own clients and users begin so."""

_SILENT = (Failure.REFUSED, Failure.TIMED_OUT, Failure.UNREACHABLE)
_PROBES = (
    Source.ABOUT,
    Source.BROKER,
    Source.MONITOR,
    Source.VERSION,
    Source.REDUNDANCY,
    Source.SPOOL,
    Source.VPNS,
    Source.QUEUES,
    Source.SYNC,
    Source.CLIENTS,
    Source.TRANSACTIONS,
    Source.RELEASE,
    Source.HEALTH,
)
"""The order in which sources are asked: short answers first, and what needs another after it."""

Send = Callable[[Request], Awaitable[Fetched | NotFetched]]


class Sources:
    """One read's questions to one broker; each source is asked when first wanted, and then kept."""

    def __init__(self, send: Send, send_health: Send, select: Mapping[Source, Collection[str]]) -> None:
        self._send_any = send
        self._send_health = send_health
        self._select = select
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._asked: dict[Source, asyncio.Task[Any]] = {}
        self._named = ""
        self.unknown: dict[str, Unread] = {}
        """Attributes that this release does not know, and its words."""

    async def ask(self, wanted: Collection[Source], limit_s: float) -> Mapping[Source, Any]:
        """What each of these tells, or an Unread; what has not come by the limit is timed out.

        One source is asked first: a broker that does not answer it is asked nothing more, so that a site
        which is cut off does not take the connections of those that are not.
        """
        began = asyncio.get_running_loop().time()
        order = sorted(wanted, key=_PROBES.index)
        for number, source in enumerate(order):
            self._task(source)
            if number == 0 and source is not Source.HEALTH:
                await asyncio.wait([self._asked[source]], timeout=limit_s)
                told = self._asked[source].result() if self._done(source) else None
                if isinstance(told, Unread) and told.failure in _SILENT:
                    return dict.fromkeys(wanted, told)
        left_s = max(0.0, limit_s - (asyncio.get_running_loop().time() - began))
        if order:
            await asyncio.wait([self._asked[source] for source in order], timeout=left_s)
        late = Unread(Failure.TIMED_OUT, safe(f"no whole answer within {limit_s:g} s: the broker is slow"))
        found = {source: self._asked[source].result() if self._done(source) else late for source in order}
        unfinished = [task for task in self._asked.values() if not task.done()]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        return found

    def _done(self, source: Source) -> bool:
        return self._asked[source].done() and not self._asked[source].cancelled()

    def _task(self, source: Source) -> asyncio.Task[Any]:
        if source not in self._asked:
            self._asked[source] = asyncio.ensure_future(self._safely(source))
        return self._asked[source]

    async def _safely(self, source: Source) -> Any:
        try:
            return await self._of(source)
        except Exception as problem:  # a hostile answer may reach any corner; the screen gets a reading
            return Unread(Failure.MALFORMED, safe(f"no such answer is known here ({type(problem).__name__})"))

    async def _of(self, source: Source) -> Any:
        shows = {
            Source.VERSION: rpc.SHOW_VERSION,
            Source.REDUNDANCY: rpc.SHOW_REDUNDANCY,
            Source.SPOOL: rpc.SHOW_SPOOL,
        }
        if source in shows:
            reply = await self._rpc(shows[source])
            return reply if isinstance(reply, Unread) else reply.shown
        if source is Source.RELEASE:
            return await self._release()
        if source is Source.HEALTH:
            return await self._health()
        if source is Source.QUEUES:
            return await self._queues()
        if source is Source.CLIENTS:
            return await self._clients()
        if source is Source.TRANSACTIONS:
            return await self._transactions()
        paths = {
            Source.ABOUT: ("monitor", "about", "api"),
            Source.MONITOR: ("monitor",),
            Source.BROKER: ("config",),
            Source.VPNS: ("monitor", "msgVpns"),
            Source.SYNC: ("monitor", "configSyncLocalDatabaseRows"),
        }
        many = source in (Source.VPNS, Source.SYNC)
        return await self._objects(paths[source], sorted(self._select.get(source, ())), many)

    async def _objects(self, path: tuple[str, ...], select: list[str], many: bool, where: str = "") -> Any:
        """The objects at this path; attributes that this release does not know are not asked again."""
        api, *parts = path
        count = semp.PAGE if many else 0
        found = await self._pages(semp.target(api, *parts, select=select, where=where, count=count))
        if not isinstance(found, semp.Refusal):
            return found
        named = [name for name in select if name in found.description]
        if found.code == semp.Code.INVALID_PARAMETER and named:
            self.unknown |= dict.fromkeys(named, of_refusal(found))
            rest = [name for name in select if name not in named]
            return await self._objects(path, rest, many, where)
        return of_refusal(found)

    async def _pages(self, target: str | None) -> Any:
        objects: list[Mapping[str, Any]] = []
        for _ in range(PAGES):
            if target is None:
                return objects
            told = await self._v2(target)
            if not isinstance(told, semp.Told):
                return told
            for index, item in enumerate(told.objects):
                sizes = told.counts[index] if index < len(told.counts) else {}
                objects.append({**item, **{f"{name}.count": number for name, number in sizes.items()}})
            target = told.next_target
        return Unread(Failure.MALFORMED, safe(f"more than {PAGES} pages: the broker pages without end"))

    async def _v2(self, target: str) -> semp.Told | semp.Refusal | Unread:
        answer = await self._send(Request("GET", target, {"accept": "application/json"}))
        if isinstance(answer, Unread):
            return answer
        try:
            return semp.decode(answer.body)
        except ValueError as problem:
            return broken(str(problem))

    async def _rpc(self, command: bytes) -> rpc.Reply | Unread:
        headers = {"content-type": "application/xml", "accept": "application/xml"}
        answer = await self._send(Request("POST", rpc.PATH, headers, command))
        if isinstance(answer, Unread):
            return answer
        try:
            reply = rpc.decode(answer.body)
        except ValueError as problem:
            return broken(str(problem))
        if isinstance(reply, rpc.RpcRefusal):
            return of_rpc(reply)
        self._named = reply.release
        return reply

    async def _send(self, request: Request) -> Fetched | Unread:
        async with self._slots:
            answer = await self._send_any(request)
        if isinstance(answer, NotFetched):
            return of_exchange(answer)
        return of_status(answer) or answer

    async def _release(self) -> str | Unread:
        """As the head of any reply tells it; a reply is asked for only where none is on its way."""
        for source in (Source.SPOOL, Source.VERSION, Source.REDUNDANCY, Source.CLIENTS, Source.QUEUES):
            if source in self._asked:
                told = await self._asked[source]
                return told if isinstance(told, Unread) else self._named
        reply = await self._rpc(rpc.SHOW_VERSION)
        return reply if isinstance(reply, Unread) else reply.release

    async def _health(self) -> bool | Unread:
        """200: guaranteed messaging is active on this node; 503: it is not. Nothing else is an answer."""
        answer = await self._send_health(Request("GET", "/health-check/guaranteed-active"))
        if isinstance(answer, NotFetched):
            return of_exchange(answer)
        if answer.status in (200, 503):
            return answer.status == 200
        return Unread(Failure.MALFORMED, safe(f"HTTP {answer.status}: not the health check, port 5550"))

    async def _queues(self) -> list[Queue] | Unread:
        queues: dict[str, Queue] = {}
        command: bytes | None = rpc.show_queues(REPLICATION_QUEUE)
        for _ in range(PAGES):
            if command is None:
                return list(queues.values())
            reply = await self._rpc(command)
            if isinstance(reply, Unread):
                return reply
            for item in reply.shown.iterfind("queue/queues/queue"):
                name, vpn = rpc.text(item, "name"), rpc.text(item, "info/message-vpn")
                if name == REPLICATION_QUEUE and vpn:
                    try:
                        queues[vpn] = Queue(
                            safe(vpn, 80),
                            int(rpc.text(item, "info/num-messages-spooled") or ""),
                            float(rpc.text(item, "info/current-spool-usage-in-mb") or ""),
                            float(rpc.text(item, "info/quota") or ""),
                        )
                    except (ValueError, OverflowError):
                        return Unread(Failure.MALFORMED, safe(f"the queue of {vpn} has no numbers", 160))
            command = reply.more
        return Unread(Failure.MALFORMED, safe(f"more than {PAGES} pages: the broker pages without end"))

    async def _clients(self) -> list[Found] | Unread:
        """Every application client, of any VPN; the broker's own are left out."""
        found: list[Found] = []
        command: bytes | None = rpc.SHOW_CLIENTS
        for _ in range(PAGES):
            if command is None:
                return found
            reply = await self._rpc(command)
            if isinstance(reply, Unread):
                return reply
            for item in reply.shown.iterfind("client/*/client"):
                name, vpn = rpc.text(item, "name"), rpc.text(item, "message-vpn")
                if name and vpn and not name.startswith(INTERNAL):
                    address = rpc.text(item, "client-address")
                    found.append(Found(safe(vpn, 80), {"name": name, "client-address": address}))
            command = reply.more
        return Unread(Failure.MALFORMED, safe(f"more than {PAGES} pages: the broker pages without end"))

    async def _transactions(self) -> list[Found] | Unread:
        """XA transactions of VPNs that have any; local ones are their session's own business."""
        select = sorted({"xid", "type", *self._select.get(Source.TRANSACTIONS, ())})
        vpns = await self._task(Source.VPNS)
        if isinstance(vpns, Unread):
            return vpns
        names = [
            str(item.get("msgVpnName"))
            for item in vpns
            if item.get("replicationEnabled") is True and item.get("transactions.count", 1) != 0
        ]
        answers = await asyncio.gather(
            *(
                self._objects(("monitor", "msgVpns", name, "transactions"), select, many=True)
                for name in names
            )
        )
        failed = next((answer for answer in answers if isinstance(answer, Unread)), None)
        if failed is not None:
            return failed
        return [
            Found(safe(name, 80), item)
            for name, objects in zip(names, answers, strict=True)
            for item in objects
            if item.get("type") == "xa"
        ]
