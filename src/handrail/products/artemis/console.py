"""A shell on a simulated broker's host, for the steps of a drill that a person does by hand.

It knows the instance's own scripts, its files, and nothing else. `edit` stands in for an editor.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from handrail.products.artemis.state import Broker, Messages, World
from handrail.products.product import CommandResult
from handrail.readings import Value
from handrail.text import amount

SETTINGS = {
    "check-for-active-server": "check_for_live",
    "allow-failback": "allow_failback",
    "failover-on-shutdown": "failover_on_shutdown",
}
"""As broker.xml has them, and as the world does; up to 2.31 the first was check-for-live-server."""
TAIL = 20


class Host(Protocol):
    """What the shell works on: the simulator."""

    @property
    def world(self) -> World:
        """The world as it is."""
        ...

    def command(self, server: str, name: str) -> CommandResult:
        """Start, stop or kill the broker."""
        ...

    def lines(self, server: str, after: int) -> Sequence[str]:
        """The broker's log."""
        ...

    def inject(self, name: str, arguments: Mapping[str, Value]) -> None:
        """Change a setting."""
        ...


class ArtemisConsole:
    """Implements Console over one broker's host."""

    def __init__(self, host: Host, server: str) -> None:
        self._host = host
        self._server = server
        self._copies: dict[str, Messages] = {}
        self._commands: Mapping[str, Callable[[list[str]], list[str]]] = {
            "artemis-service": self._service,
            "artemis": self._artemis,
            "tail": self._tail,
            "cat": self._cat,
            "edit": self._edit,
            "ls": self._ls,
            "cp": self._cp,
            "help": self._help,
        }

    @property
    def prompt(self) -> str:
        """Host and directory, as a shell has it."""
        return f"artemis@{self._server}:~$ "

    @property
    def copies(self) -> Sequence[str]:
        """Where copies of its data directory were made, the latest last."""
        return tuple(self._copies)

    def enter(self, line: str) -> Sequence[str]:
        """Run one line."""
        try:
            words = shlex.split(line)
        except ValueError as problem:
            return [f"sh: {problem}"]
        if not words:
            return []
        known = self._commands.get(words[0])
        return known(words[1:]) if known else [f"{words[0]}: not known here; help lists what is"]

    def complete(self, line: str) -> Sequence[str]:
        """The lines this shell knows that begin so."""
        return [item for item in self._known() if item.startswith(line)]

    def _known(self) -> list[str]:
        edits = [f"edit etc/broker.xml {name} {value}" for name in SETTINGS for value in ("true", "false")]
        return [
            "artemis-service start",
            "artemis-service stop",
            "artemis kill",
            "artemis data exp",
            "tail log/artemis.log",
            "cat etc/broker.xml",
            *edits,
            "ls data",
            "cp -r data ",
            "help",
        ]

    @property
    def _broker(self) -> Broker:
        return self._host.world.brokers[self._server]

    def _help(self, words: list[str]) -> list[str]:
        del words
        return ["known here:", *(f"  {item}" for item in self._known()), "edit stands in for an editor"]

    def _service(self, words: list[str]) -> list[str]:
        if words not in (["start"], ["stop"]):
            return ["usage: artemis-service start|stop"]
        return self._told(self._host.command(self._server, words[0]))

    def _artemis(self, words: list[str]) -> list[str]:
        if words == ["kill"]:
            return self._told(self._host.command(self._server, "kill"))
        if words == ["data", "exp"]:
            if self._broker.runs:
                return ["the journal is locked: stop the broker first"]
            return [
                f"{queue}: {amount(count, 'message')}"
                for queue, count in sorted(self._broker.journal.items())
            ]
        return [f"artemis {' '.join(words)}: not known here; help lists what is"]

    def _told(self, result: CommandResult) -> list[str]:
        return [str(result.output)] if result.output else []

    def _tail(self, words: list[str]) -> list[str]:
        if words[-1:] != ["log/artemis.log"]:
            return ["tail: not known here; the log is log/artemis.log"]
        return list(self._host.lines(self._server, 0))[-TAIL:]

    def _cat(self, words: list[str]) -> list[str]:
        if words != ["etc/broker.xml"]:
            return ["cat: not known here; there is etc/broker.xml"]
        settings = self._broker.settings
        told = {name: getattr(settings, key) for name, key in SETTINGS.items()}
        return ["<!-- the part on high availability -->"] + [
            f"<{name}>{'true' if value else 'false'}</{name}>" for name, value in told.items()
        ]

    def _edit(self, words: list[str]) -> list[str]:
        if len(words) != 3 or words[0] != "etc/broker.xml" or words[1] not in SETTINGS:
            return [f"usage: edit etc/broker.xml {'|'.join(SETTINGS)} true|false"]
        if words[2] not in ("true", "false"):
            return [f"{words[2]}: true or false"]
        change: dict[str, Value] = {"server": self._server, SETTINGS[words[1]]: words[2] == "true"}
        self._host.inject("settings", change)
        return ["read by the broker at its next start"]

    def _ls(self, words: list[str]) -> list[str]:
        if words in (["data"], ["data/"]):
            kinds = ("bindings", "journal", "large-messages", "paging")
            first = self._broker.moved - len(self._broker.saved) + 1
            old = [f"journal/oldreplica.{number}" for number in range(first, self._broker.moved + 1)]
            return sorted([*kinds, *old])
        found = self._copies.get(" ".join(words))
        return (
            [f"ls: {' '.join(words)}: not known here"]
            if found is None
            else ["bindings", "journal", "large-messages", "paging"]
        )

    def _cp(self, words: list[str]) -> list[str]:
        if len(words) != 3 or words[0] not in ("-r", "-a") or words[1] not in ("data", "data/"):
            return ["usage: cp -r data TARGET"]
        self._copies.pop(words[2], None)
        self._copies[words[2]] = dict(self._broker.journal)
        return []
