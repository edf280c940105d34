"""The web pages of a simulated AMM as lines to type, for the steps of a drill that a person does by hand.

A real AMM has pages and buttons and no such command line: every word typed here is invented. The variables,
their ranges, four messages and the status `stable` are the document's; so are the names of the pages.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from handrail.fingerprint import halves
from handrail.products.amm import panel
from handrail.products.amm import world as rules
from handrail.products.amm.panel import Refused
from handrail.products.amm.state import Config, Server, World
from handrail.products.amm.turn import Turn
from handrail.products.amm.world import Change
from handrail.products.living import CannotBe

INVENTED = "Invented: these lines (a real AMM has pages and buttons), all durations, statuses but `stable`."
_BEFORE = "this release has no HA Configuration panel (it came with 2.17.5; inferred)"
_ALONE = ("show", "generate", "save", "apply", "status", "messages", "repository", "upgrade-list")
"""What takes no words after it; a mistyped line does nothing."""


class Host(Protocol):
    """What the console works on: the simulator."""

    @property
    def world(self) -> World:
        """The world as it is."""
        ...

    def take(self, change: Change) -> None:
        """Take over a change of the world."""
        ...


class AmmConsole:
    """Implements Console over one server's pages."""

    def __init__(self, host: Host, server: str) -> None:
        self._host = host
        self._name = server
        self._commands: Mapping[str, Callable[[list[str]], list[str]]] = {
            "show": self._show,
            "set": self._set,
            "generate": self._generate,
            "save": self._save,
            "apply": self._apply,
            "status": self._status,
            "messages": self._messages,
            "repository": self._repository,
            "upgrade-list": self._upgrade_list,
            "upload": self._upload,
            "upgrade": self._upgrade,
            "upgrade-script": self._upgrade,
            "support-teardown": self._support_teardown,
            "install": self._install,
            "help": self._help,
        }

    @property
    def prompt(self) -> str:
        """The server, and whether something is typed or saved that is not applied."""
        server = self._server
        mark = "*" if server.form is not None else " (draft)" if server.draft is not None else ""
        return f"{self._name}{mark} AMM> "

    def enter(self, line: str) -> Sequence[str]:
        """Do one line."""
        try:
            words = shlex.split(line)
        except ValueError as problem:
            return [f"line: {problem}"]
        if not words:
            return []
        known = self._commands.get(words[0])
        if known is None:
            return [f"{words[0]}: not known here; help lists what is"]
        if len(words) > 1 and words[0] in _ALONE:
            return [f"{' '.join(words)}: not known here; {words[0]} stands alone"]
        if words[0] not in ("install", "help") and not self._server.up:
            return ["no answer: nothing runs here"]
        if self._server.upgrading and words[0] != "help":
            return ["no answer: it is upgrading"]
        return known(words[1:])

    def complete(self, line: str) -> Sequence[str]:
        """The lines this console knows that begin so."""
        return [item for item in self._known() if item.startswith(line)]

    def _known(self) -> list[str]:
        roles = [f"set HAServerRole {role}" for role in panel.ROLES]
        others = [f"set {name} " for name in panel.VARIABLES if name != "HAServerRole"]
        return [
            "show",
            *roles,
            *others,
            "generate",
            "save",
            "apply",
            "messages",
            "status",
            "repository",
            "upgrade-list",
            "upload ",
            "upgrade ",
            "upgrade-script ",
            "support-teardown",
            "install ",
            "help",
        ]

    @property
    def _server(self) -> Server:
        return self._host.world.servers[self._name]

    def _help(self, words: list[str]) -> list[str]:
        del words
        return [
            "known here:",
            *(f"  {item}" for item in self._known()),
            "show, set, generate, save, apply: Admin > System > HA Configuration",
            "status: Admin > System > Status; upgrade: Admin > System > Upgrade",
            "upgrade-script: the upgrade script on the command line",
            "support-teardown: stands for Technical Support's own procedure",
            INVENTED,
        ]

    def _show(self, words: list[str]) -> list[str]:
        del words
        if not panel.has_panel(self._server):
            return [_BEFORE]
        server = self._server
        state = "typed, not saved" if server.form else "draft, not applied" if server.draft else "applied"
        return [f"HA Configuration ({state})", *_rows(panel.shown(server))]

    def _set(self, words: list[str]) -> list[str]:
        if not panel.has_panel(self._server):
            return [_BEFORE]
        if words[:1] == [panel.FINGERPRINT]:
            # Pasted from two lines it comes with a blank where the line broke.
            words = [words[0], "".join(words[1:])]
        if len(words) not in (1, 2):
            return ["usage: set VARIABLE VALUE; without a value the field is emptied"]
        turn = Turn(self._host.world)
        try:
            panel.put(turn, self._name, words[0], words[1] if len(words) == 2 else "")
        except Refused as problem:
            return [str(problem)]
        self._taken(turn)
        return []

    def _generate(self, words: list[str]) -> list[str]:
        del words
        if not panel.has_panel(self._server):
            return [_BEFORE]
        turn = Turn(self._host.world)
        made = panel.generate(turn, self._name)
        self._taken(turn)
        return ["Peer Authentication Fingerprint:", *_in_two(made)]

    def _save(self, words: list[str]) -> list[str]:
        del words
        turn = Turn(self._host.world)
        saved = panel.save(turn, self._name)
        self._taken(turn)
        return ["saved as a draft"] if saved else ["nothing was typed"]

    def _apply(self, words: list[str]) -> list[str]:
        del words
        turn = Turn(self._host.world)
        panel.apply(turn, self._name)
        self._taken(turn)
        return [*self._server.messages, *(["messages shows what comes"] if self._server.applying else [])]

    def _messages(self, words: list[str]) -> list[str]:
        del words
        return list(self._server.messages) or ["none"]

    def _status(self, words: list[str]) -> list[str]:
        del words
        server = self._server
        return [
            f"HA Status: {self._host.world.status(self._name)}",
            f"HAServerRole: {server.role}   Version: {server.version}   Size: {server.size}",
        ]

    def _repository(self, words: list[str]) -> list[str]:
        del words
        return ["Repository list:", *(f"  {version}" for version in self._server.packages)]

    def _upgrade_list(self, words: list[str]) -> list[str]:
        del words
        server = self._server
        rows = [f"  {item}{'' if item in server.files else '  error'}" for item in server.packages]
        return ["System Upgrade list:", *rows]

    def _upload(self, words: list[str]) -> list[str]:
        if len(words) != 1:
            return ["usage: upload VERSION"]
        self._host.take(rules.upload(self._host.world, self._name, words[0]))
        return [f"{words[0]} is in the Repository list"]

    def _upgrade(self, words: list[str]) -> list[str]:
        if len(words) != 1:
            return ["usage: upgrade VERSION"]
        return self._tried(lambda world: rules.upgrade(world, self._name, words[0]), "upgrading; it restarts")

    def _support_teardown(self, words: list[str]) -> list[str]:
        del words
        return self._tried(lambda world: rules.old_teardown(world, self._name), "torn down on both servers")

    def _install(self, words: list[str]) -> list[str]:
        if len(words) != 2:
            return ["usage: install VERSION SIZE"]
        return self._tried(lambda world: rules.install(world, self._name, words[0], words[1]), "installing")

    def _tried(self, change: Callable[[World], Change], done: str) -> list[str]:
        try:
            self._host.take(change(self._host.world))
        except CannotBe as problem:
            return [str(problem)]
        return [done]

    def _taken(self, turn: Turn) -> None:
        self._host.take((turn.world, tuple(turn.printed)))


def _rows(config: Config) -> list[str]:
    told = {
        "HAServerRole": config.role,
        "HAServerAddress": config.address,
        "HAPeerAddress": config.peer,
        panel.FINGERPRINT: config.fingerprint,
        "HAAlertEmail": config.email,
        "HAFileSyncInterval": str(config.file_sync),
        "HAAdminAlertScript": config.script,
        "HAPingIterations": str(config.pings),
        **dict(zip(panel.MONITORS, config.monitors, strict=True)),
    }
    return [
        row
        for name, value in told.items()
        for row in (
            [f"  {name} =", *_in_two(value)]
            if name == panel.FINGERPRINT and value
            else [f"  {name} = {value}"]
        )
    ]


def _in_two(fingerprint: str) -> list[str]:
    """Two lines that a mouse can take on 80 columns, and `set` and handrail put together again (invented)."""
    return [f"    {half}" for half in halves(fingerprint)]
