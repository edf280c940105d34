"""`handrail inventory`: an inventory made by asking and by probing what was answered.

Secrets are asked for by reference only; nothing typed here is ever a password.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tomli_w

from handrail.clock import SystemClock
from handrail.errors import HandrailError, UsageError
from handrail.inventory.loading import default_path, load
from handrail.inventory.model import SecretReference, Server
from handrail.procedure.fields import load_fields
from handrail.procedure.file_names import FIELDS_FILE
from handrail.procedure.loading import builtin_root
from handrail.products.http import Http
from handrail.products.registry import client_for
from handrail.readings import Reading
from handrail.text import safe
from handrail.walk.preflight import MENDS

MODES = ("replication", "shared-store")
"""Modes an Artemis pair may have; its procedures know these two."""
PROBED = ("started", "active", "version", "name", "node-id", "ha-mode", "ha-policy", "backup")


@dataclass
class Probed:
    """A server as answered and as found."""

    table: dict[str, Any]
    found: Mapping[str, Reading] = field(default_factory=dict)

    def value(self, name: str) -> object:
        """The value read, or None."""
        reading = self.found.get(name)
        return None if reading is None else reading.value

    @property
    def is_backup(self) -> bool:
        """Whether it is configured as the backup, as far as its policy tells."""
        policy = str(self.value("ha-policy") or "").lower()
        if policy:
            return "backup" in policy or policy == "replica" or "slave" in policy
        return self.value("backup") is True


def main(options: argparse.Namespace) -> int:
    """Ask, probe, pair, write; refuses to overwrite."""
    path: Path = options.to or default_path()
    if path.exists():
        raise UsageError(f"{path} exists already", "name another file with --to, or edit that one")
    try:
        table = converse(_ask)
    except EOFError:
        raise UsageError("the answers ended before the inventory was whole", "nothing was written") from None
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Checked before it takes its name: a refused file must not stand in the way of the next try.
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, suffix=".toml") as draft:
        tomli_w.dump(table, draft)
        draft.flush()
        load(Path(draft.name))
        os.link(draft.name, path)
    print(f"written: {path}")
    print("next: handrail doctor")
    return 0


def converse(ask: Callable[[str, str], str]) -> dict[str, Any]:
    """The whole conversation; `ask` takes a question and its default."""
    print("This asks for Artemis brokers. For other products docs/inventory.md has an example to write from.")
    site = ask("The site's word for the first line of every screen", "production")
    servers: list[Probed] = []
    while True:
        print(f"\nServer {len(servers) + 1}")
        servers.append(_server(ask))
        if not _yes(ask, "Another server? (y/n)", "y" if len(servers) % 2 else "n"):
            break
    table: dict[str, Any] = {"schema": 1, "site": site, "servers": [item.table for item in servers]}
    pairs = list(_pairs(servers, ask))
    if pairs:
        table["pairs"] = pairs
    return table


def _yes(ask: Callable[[str, str], str], question: str, default: str) -> bool:
    """Yes or no; any other word is asked about again."""
    while (answer := ask(question, default).lower()) not in ("y", "yes", "n", "no"):
        print(f"  {safe(answer, 40)} is neither y nor n")
    return answer.startswith("y")


def _server(ask: Callable[[str, str], str]) -> Probed:
    while True:
        url = ask("Management address", "http://localhost:8161/console/jolokia")
        name = ask("Its name here", urlsplit(url).hostname or "broker")
        origin = ask("Origin its console was made with", "http://localhost")
        user = ask("User", "admin")
        table: dict[str, Any] = {"name": name, "product": "artemis", "url": url, "origin": origin}
        if user:
            table["user"] = user
            table["password"] = _secret(ask)
        probed = Probed(table, probe(table))
        started = probed.found.get("started")
        if started is not None and started.failure is None:
            role = "live" if probed.value("active") else "passive"
            print(f"  found: {safe(str(probed.value('name')))}, release {probed.value('version')}, {role}")
            break
        if started is not None and started.failure is not None:
            print(f"  it does not answer: {started.failure.value} {started.meaning}")
            print(f"  mend: {MENDS[started.failure]}")
        if ask("Enter it all the same? (y = yes, n = answer again)", "n").lower() == "y":
            break
    _log(table, ask)
    _commands(table, ask)
    return probed


def _secret(ask: Callable[[str, str], str]) -> dict[str, Any]:
    print("  The password stays outside: an environment variable, a file of mode 0600, or a command.")
    while True:
        kind = ask("  Which (env, file, command)", "env")
        if kind == "env":
            return {"env": ask("  Name of the variable", "BROKER_PASSWORD")}
        if kind == "file":
            return {"file": ask("  Path of the file", "~/.config/handrail/password")}
        if kind == "command":
            return {"command": shlex.split(ask("  Command", "pass show broker"))}


def _log(table: dict[str, Any], ask: Callable[[str, str], str]) -> None:
    kind = ask("Its log: file here, or commands? (file, command, none)", "file")
    if kind == "file":
        table["log"] = {"file": ask("  Path", "/var/lib/artemis/log/artemis.log")}
    elif kind == "command":
        host = urlsplit(str(table["url"])).hostname or "host"
        remote = f"ssh -o BatchMode=yes -o ServerAliveInterval=5 {host}"
        table["log"] = {
            "follow": shlex.split(ask("  Follow", f"{remote} tail -n 0 -F /var/lib/artemis/log/artemis.log")),
            "since": shlex.split(
                ask("  Since a cursor", f"{remote} tail -n 2000 /var/lib/artemis/log/artemis.log")
            ),
            "check": shlex.split(ask("  Check", f"{remote} test -r /var/lib/artemis/log/artemis.log")),
        }


def _commands(table: dict[str, Any], ask: Callable[[str, str], str]) -> None:
    print("Commands run on this machine; answer - where there is none: the step is then done by hand.")
    given = {}
    for name, verb in (("start", "start"), ("stop", "stop"), ("kill", "kill -s KILL")):
        words = shlex.split(ask(f"  {name}", f"systemctl {verb} artemis-{table['name']}"))
        if words:
            given[name] = words
    if given:
        table["commands"] = given


def _pairs(servers: list[Probed], ask: Callable[[str, str], str]) -> list[dict[str, Any]]:
    """Pairs proposed from equal node ids, else by the order of entry."""
    pairs: list[dict[str, Any]] = []
    left = list(servers)
    while len(left) >= 2:
        first = left.pop(0)
        node = first.value("node-id")
        mate = next((item for item in left if node is not None and item.value("node-id") == node), left[0])
        left.remove(mate)
        master, slave = (mate, first) if first.is_backup and not mate.is_backup else (first, mate)
        print(f"\nPair: {master.table['name']} (master) and {slave.table['name']} (slave)")
        name = ask("Name of this pair (- if it is none)", f"pair-{len(pairs) + 1}")
        if name == "-":
            continue
        told = str(master.value("ha-mode") or MODES[0])
        while (mode := ask(f"Mode ({', '.join(MODES)})", told)) not in MODES:
            print(f"  there is no mode {safe(mode, 40)}: {' or '.join(MODES)}")
        pairs.append(
            {
                "name": name,
                "product": "artemis",
                "mode": mode,
                "master": _one_of(ask, "  Configured master", servers, str(master.table["name"])),
                "slave": _one_of(ask, "  Configured slave", servers, str(slave.table["name"])),
            }
        )
    return pairs


def _one_of(ask: Callable[[str, str], str], question: str, servers: list[Probed], default: str) -> str:
    names = [str(item.table["name"]) for item in servers]
    while (answer := ask(question, default)) not in names:
        print(f"  there is no server {safe(answer, 40)} here: {', '.join(names)}")
    return answer


def probe(table: Mapping[str, Any]) -> dict[str, Reading]:
    """Read the server once; a secret that is missing shows as a message and no readings."""
    clock = SystemClock()
    fields = load_fields(builtin_root() / "artemis" / FIELDS_FILE)
    try:
        secret = table.get("password")
        reference = (
            SecretReference.model_validate(
                {key: tuple(value) if isinstance(value, list) else value for key, value in secret.items()}
            )
            if secret
            else None
        )
        server = Server(
            name=table["name"],
            product="artemis",
            url=table["url"],
            origin=table.get("origin"),
            user=table.get("user"),
            password=reference,
        )
        client = client_for(server, fields, Http(), clock)
    except (HandrailError, ValueError) as problem:
        print(f"  {problem}")
        return {}

    async def once() -> dict[str, Reading]:
        try:
            return {reading.field: reading for reading in await client.read(PROBED) if not reading.row}
        finally:
            await client.close()

    return asyncio.run(once())


def _ask(question: str, default: str) -> str:
    answer = input(f"{question} [{default}]: ").strip()
    return "" if answer == "-" and question.startswith("  ") else answer or default
