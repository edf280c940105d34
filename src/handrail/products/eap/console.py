"""A shell on a simulated host, and jboss-cli within it, for the steps of a drill that a person does by hand.

It knows the scripts of the product, its log and configuration file, and the directories of journals; `edit`
stands in for an editor. Everything else it says it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from handrail.products.eap import cli_lines, dmr_text, shell
from handrail.products.eap.dmr import Operation, composite
from handrail.products.eap.managing import Managed
from handrail.products.eap.shell import CONFIGURATION, NotKnown
from handrail.products.eap.state import Run, World
from handrail.products.product import CommandResult
from handrail.readings import Value

_SCRIPTS = ("bin/standalone.sh", "./bin/standalone.sh", "standalone.sh")
_CLIENTS = ("bin/jboss-cli.sh", "./bin/jboss-cli.sh", "jboss-cli.sh")
_FILE = "standalone/configuration/standalone-full-ha.xml"
_PGREP = "$(pgrep -f standalone)"
_NO_ANSWER = "(no answer; given up with Ctrl+C)"
_MESSAGING = "/subsystem=messaging-activemq/server=default"


class Host(Protocol):
    """What the shell works on: the simulator."""

    @property
    def world(self) -> World:
        """The world as it is."""
        ...

    @property
    def start(self) -> datetime:
        """The wall time of second zero."""
        ...

    def command(self, server: str, name: str) -> CommandResult:
        """Start, stop or kill the process."""
        ...

    def start_admin_only(self, server: str) -> CommandResult:
        """Start the process without its services."""
        ...

    def manage(self, server: str, operation: Operation) -> Managed:
        """One management operation."""
        ...

    def change(self, world: World) -> None:
        """Take over a world in which files were moved."""
        ...

    def lines(self, server: str, after: int) -> Sequence[str]:
        """The server's log."""
        ...

    def inject(self, name: str, arguments: Mapping[str, Value]) -> None:
        """Change the configuration file."""
        ...


class EapConsole:
    """Implements Console over one instance's host."""

    def __init__(self, host: Host, server: str) -> None:
        self._host = host
        self._server = server
        self._in_cli = False
        self._batch: list[Operation] | None = None
        self._files = shell.Files(server, host.start)
        self._commands: Mapping[str, Callable[[list[str]], list[str]]] = {
            **dict.fromkeys(_SCRIPTS, self._standalone),
            **dict.fromkeys(_CLIENTS, self._jboss_cli),
            "kill": self._kill,
            "pgrep": lambda words: shell.process_line(self._host.world.instances[self._server]),
            "cat": lambda words: self._show("cat", words),
            "tail": lambda words: self._show("tail", words),
            "grep": lambda words: self._show("grep", words),
            "edit": self._edit,
            "help": lambda words: ["known here:", *(f"  {item}" for item in self._known())],
        }

    @property
    def prompt(self) -> str:
        """The shell's, or jboss-cli's with the host it is connected to."""
        if not self._in_cli:
            return f"[jboss@{self._server} eap]$ "
        if not self._connected:
            return "[disconnected /] "
        return f"[standalone@{self._server}:9990 /{' #' if self._batch is not None else ''}] "

    def enter(self, line: str) -> Sequence[str]:
        """Run one line."""
        text = line.strip()
        if not text:
            return []
        try:
            return self._enter_cli(text) if self._in_cli else self._enter_shell(text)
        except NotKnown as problem:
            return [str(problem)]

    def complete(self, line: str) -> Sequence[str]:
        """The lines known here that begin so."""
        return [item for item in self._known() if item.startswith(line)]

    @property
    def _connected(self) -> bool:
        return self._host.world.instances[self._server].run is Run.RUNNING

    def _known(self) -> list[str]:
        if self._in_cli:
            policy = f"{_MESSAGING}/ha-policy=replication-master"
            return [
                ":read-attribute(name=server-state)",
                ":reload",
                ":shutdown",
                f"{_MESSAGING}:read-resource(include-runtime=true)",
                f"{_MESSAGING}:read-attribute(name=active)",
                f"{policy}:add",
                f"{policy}:read-resource",
                f"{policy}:write-attribute(name=,value=)",
                "batch",
                "run-batch",
                "discard-batch",
                "quit",
            ]
        return [
            "bin/standalone.sh -c standalone-full-ha.xml",
            "bin/standalone.sh -c standalone-full-ha.xml --start-mode=admin-only",
            "bin/jboss-cli.sh --connect",
            "bin/jboss-cli.sh --connect command=",
            "pgrep -f standalone",
            f"kill -9 {_PGREP}",
            "ls -l standalone/data/activemq",
            "cp -r standalone/data/activemq ",
            "mkdir -p ",
            "mv ",
            "rm -r ",
            "scp -r HOST:/opt/eap/standalone/data/activemq ",
            "tail standalone/log/server.log",
            "grep AMQ221 standalone/log/server.log",
            f"cat {_FILE}",
            f"edit {_FILE} LINE-OF-JBOSS-CLI",
            "help",
        ]

    def _enter_shell(self, text: str) -> list[str]:
        if text.startswith(("/subsystem", ":")):
            return [f"bash: {text.split('(')[0]}: not known here; bin/jboss-cli.sh --connect takes it"]
        pid = " ".join(shell.process_line(self._host.world.instances[self._server]))
        words = shell.split(text.replace(_PGREP, pid).removesuffix("&").strip())
        if words[0] in self._files.commands:
            told, world = self._files.commands[words[0]](self._host.world, words[1:])
            self._host.change(world)
            return told
        known = self._commands.get(words[0])
        return known(words[1:]) if known else [f"{words[0]}: not known here; help lists what is"]

    def _standalone(self, words: list[str]) -> list[str]:
        if "admin-only" in " ".join(words):
            return _said(self._host.start_admin_only(self._server))
        return _said(self._host.command(self._server, "start"))

    def _jboss_cli(self, words: list[str]) -> list[str]:
        given = [word.removeprefix("--") for word in words]
        commands = [word.partition("=")[2] for word in given if word.startswith(("command=", "commands="))]
        if "connect" not in given and "c" not in [word.lstrip("-") for word in words]:
            return ["You are disconnected at the moment; give --connect"]
        if not self._connected:
            there = f"remote+http://{self._server}:9990"
            return [f"Failed to connect to the controller: WFLYPRT0053: Could not connect to {there}"]
        if not commands:
            self._in_cli = True
            return []
        told = [self._cli_line(line) for line in commands]
        return [line for lines in told for line in lines]

    def _kill(self, words: list[str]) -> list[str]:
        process = self._host.world.instances[self._server]
        if not words or not words[-1].isdigit():
            return ["usage: kill [-9] PID; pgrep -f standalone tells it"]
        if int(words[-1]) != process.pid or process.run is Run.DOWN:
            return [f"bash: kill: ({words[-1]}) - No such process"]
        return _said(self._host.command(self._server, "kill" if words[0] in ("-9", "-KILL") else "stop"))

    def _show(self, command: str, words: list[str]) -> list[str]:
        if words and CONFIGURATION.endswith(words[-1].lstrip("./")):
            told = shell.configuration(self._host.world.instances[self._server].stored)
            if command == "grep" and len(words) >= 2:
                return shell.searched(words[-2], told, extended="-E" in words)
            return told
        return shell.log_lines(words, self._host.lines(self._server, 0), command)

    def _edit(self, words: list[str]) -> list[str]:
        """A line of jboss-cli says what is edited; only while nothing runs that would write the file."""
        if len(words) != 2 or not CONFIGURATION.endswith(words[0].lstrip("./")):
            return [f"usage: edit {_FILE} 'LINE OF JBOSS-CLI'"]
        if self._host.world.instances[self._server].run is not Run.DOWN:
            return ["the running server writes this file itself: use bin/jboss-cli.sh"]
        try:
            self._host.inject("edit", {"server": self._server, "line": words[1]})
        except cli_lines.NotALine as problem:
            return [str(problem)]
        return ["read at the next start"]

    def _enter_cli(self, text: str) -> list[str]:
        if text in ("quit", "exit"):
            self._in_cli, self._batch = False, None
            return []
        if not self._connected:
            return [
                "The connection to the controller has been closed."
                if text != "connect"
                else "Failed to connect"
            ]
        return self._cli_line(text)

    def _cli_line(self, text: str) -> list[str]:
        word = text.split(" ")[0]
        if word in ("reload", "shutdown"):
            restart = {"restart": True} if "--restart" in text else {}
            return self._answer(Operation(word, parameters=restart))
        if word == "connect":
            return []
        if word in ("batch", "discard-batch"):
            self._batch = [] if word == "batch" else None
            return []
        if word == "run-batch":
            steps, self._batch = self._batch, None
            if not steps:
                return ["The batch is empty."]
            done = self._host.manage(self._server, composite(steps))
            if not done.answered:
                return [_NO_ANSWER]
            return ["The batch executed successfully"] if done.failure is None else dmr_text.answer(done)
        try:
            operation = cli_lines.parse(text)
        except cli_lines.NotALine as problem:
            known = text.startswith(("/", ":"))
            return [str(problem) if known else f"{word}: not known here; help is Tab"]
        if self._batch is not None:
            self._batch.append(operation)
            return []
        return self._answer(operation)

    def _answer(self, operation: Operation) -> list[str]:
        done = self._host.manage(self._server, operation)
        if not done.answered:
            return [_NO_ANSWER]
        stale = self._host.world.instances[self._server].stale
        return dmr_text.answer(done, "reload-required" if stale else "")


def _said(result: CommandResult) -> list[str]:
    return [str(result.output)] if result.output else []
