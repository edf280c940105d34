"""The Solace CLI of a simulated broker: its modes and prompts, the lines of the document, `show`.

`network block` and `network open` are no lines of the CLI: they stand for whoever closes ports in the
network, and work while the broker is down. What is not known here says so and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from handrail.products.product import CommandResult, Request, Response
from handrail.products.solace import cli, semp, showing
from handrail.products.solace.cli import ADMIN, CONFIGURE, Mode
from handrail.products.solace.operations import Deed, NotSent
from handrail.products.solace.situation import Situation
from handrail.products.solace.state import Phase, Side, World
from handrail.readings import Value

CONFIRM = "Do you want to continue (y/n)?"
_EXEC = ("enable", "show ", "no paging", "exit")
_NETWORK = {"block": "block-ports", "open": "open-ports"}
_POWER = {"docker start solace": "start", "docker stop solace": "stop", "docker kill solace": "kill"}


class Host(Protocol):
    """What the CLI works on: the simulator."""

    @property
    def world(self) -> World:
        """The world as it is."""
        ...

    def act(self, server: str, request: Request) -> Response:
        """Do what a request asks, as one who is let in."""
        ...

    def seen(self, server: str) -> Situation:
        """What the broker tells of itself."""
        ...

    def command(self, server: str, name: str) -> CommandResult:
        """Start, stop or kill."""
        ...

    def inject(self, name: str, arguments: Mapping[str, Value]) -> None:
        """An outside event."""
        ...


class SolaceConsole:
    """Implements Console for one broker."""

    def __init__(self, host: Host, server: str) -> None:
        self._host = host
        self._server = server
        self._is_privileged = False
        self._modes: list[Mode] = []
        self._asked: Deed | None = None

    @property
    def prompt(self) -> str:
        """Host and mode, as the CLI has it; a shell's while the broker is down."""
        if self._asked is not None:
            return f"{CONFIRM} "
        if not self._is_up:
            return f"{self._server}:~$ "
        if self._modes:
            return f"{self._server}({self._modes[-1].name})# "
        return f"{self._server}{'#' if self._is_privileged else '>'} "

    def enter(self, line: str) -> Sequence[str]:
        """Run one line."""
        if self._asked is not None:
            return self._answered(line.strip().lower())
        text = line.strip()
        if not text:
            return []
        if text in _POWER:
            self._modes, self._is_privileged = [], False
            done = self._host.command(self._server, _POWER[text])
            return [str(done.output)] if done.output else []
        if text.startswith("network "):
            return self._network(text.split()[1:])
        if not self._is_up:
            return [f"{text.split()[0]}: not known here; the broker is down: docker start solace"]
        try:
            return self._cli(cli.words_of(text))
        except NotSent as problem:
            return [f"Error: {problem}"]

    def complete(self, line: str) -> Sequence[str]:
        """The lines known in this mode that begin so."""
        return [item for item in self._known() if item.startswith(line)]

    @property
    def _is_up(self) -> bool:
        return self._host.world.brokers[self._server].phase is Phase.UP

    def _known(self) -> list[str]:
        outside = ["network block", "network open", *_POWER]
        if not self._is_up:
            return outside
        if self._modes:
            return [*cli.known(self._modes[-1]), "exit", "end", *showing.KNOWN, *outside]
        more = ["configure", "admin", "disable"] if self._is_privileged else ["enable"]
        return [*more, *showing.KNOWN, "no paging", "help", *outside]

    def _cli(self, words: list[str]) -> Sequence[str]:
        if words[0] in ("?", "help"):
            return ["known here:", *(f"  {item}" for item in self._known())]
        if words[0] == "show":
            shown = showing.show(self._host.seen(self._server), words[1:])
            return [f"show {' '.join(words[1:])}: not known here"] if shown is None else shown
        if words == ["no", "paging"]:
            return []
        if words in (["exit"], ["end"], ["home"]):
            return self._leave(words[0])
        if self._modes:
            return self._in_mode(words)
        if words == ["enable"]:
            self._is_privileged = True
            return []
        if words == ["disable"]:
            self._is_privileged = False
            return []
        if words in ([CONFIGURE], [ADMIN]) and self._is_privileged:
            self._modes = [Mode(words[0], words[0])]
            return []
        if words in ([CONFIGURE], [ADMIN]):
            return [f"{words[0]}: not in this mode: enable comes first"]
        return [f"{words[0]}: not known here; help lists what is"]

    def _in_mode(self, words: list[str]) -> Sequence[str]:
        step = cli.interpret(self._modes[-1], words)
        if isinstance(step, Mode):
            if vpn := _missing_vpn(step, self._host.world.sites[self._side].vpns):
                return [f"Error: Message VPN {vpn} does not exist"]
            self._modes.append(step)
            return []
        if step is None:
            return [f"{words[0]}: not known here; help lists what is"]
        if step.lines[-1].words == "service msg-backbone shutdown":
            self._asked = step
            return ["All clients will be disconnected."]
        return self._do(step)

    @property
    def _side(self) -> Side:
        return self._host.world.brokers[self._server].side

    def _answered(self, word: str) -> Sequence[str]:
        asked, self._asked = self._asked, None
        return self._do(asked) if asked is not None and word in ("y", "yes") else []

    def _do(self, deed: Deed) -> Sequence[str]:
        response = self._host.act(self._server, replace(deed.request))
        try:
            told = semp.decode(response.body)
        except ValueError:
            return ["Error: no answer"]
        return [f"Error: {told.description}"] if isinstance(told, semp.Refusal) else []

    def _leave(self, word: str) -> Sequence[str]:
        if not self._modes:
            self._is_privileged = False
        elif word == "exit":
            self._modes.pop()
        else:
            self._modes.clear()
        return []

    def _network(self, words: list[str]) -> Sequence[str]:
        if len(words) != 1 or words[0] not in _NETWORK:
            return ["usage: network block|open (stands for whoever closes the client ports of this site)"]
        self._host.inject(_NETWORK[words[0]], {"server": self._server})
        state = "closed; sessions that were there go on" if words[0] == "block" else "open"
        return [f"ports for clients at this site: {state}; the management port stays open"]


def _missing_vpn(mode: Mode, vpns: Mapping[str, object]) -> str:
    """The VPN a mode names, if there is no such VPN."""
    words = mode.words
    for index, word in enumerate(words[:-1]):
        if word == "message-vpn":
            return "" if words[index + 1] in vpns else words[index + 1]
    return ""
