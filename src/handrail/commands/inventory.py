"""`handrail inventory`: an inventory made by asking and by probing what was answered.

Secrets are asked for by reference only; nothing typed here is ever a password.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tomli_w

from handrail.clock import SystemClock
from handrail.commands.grouping import Ask, Probed, grouped, named, one_of
from handrail.errors import HandrailError, InventoryError, UsageError
from handrail.inventory.loading import default_path, load
from handrail.inventory.model import SITE_LIMIT, Server
from handrail.procedure.fields import load_fields
from handrail.procedure.file_names import FIELDS_FILE
from handrail.procedure.loading import builtin_root
from handrail.products.http import Http
from handrail.products.names import PRODUCTS
from handrail.products.registry import client_for, product
from handrail.readings import Reading
from handrail.text import safe
from handrail.toml_file import check
from handrail.walk.preflight import MENDS


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
        try:
            load(Path(draft.name))
        except InventoryError:
            kept = path.with_name(f"{path.name}.refused")
            shutil.copyfile(draft.name, kept)
            print(f"kept, to be mended by hand: {kept}")
            raise
        os.link(draft.name, path)
    print(f"written: {path}")
    print("next: handrail doctor")
    return 0


def converse(ask: Ask) -> dict[str, Any]:
    """The whole conversation; `ask` takes a question and its default."""
    site = named(ask, "The site's word for the first line of every screen", "production", SITE_LIMIT)
    servers: list[Probed] = []
    product_name = PRODUCTS[0]
    while True:
        print(f"\nServer {len(servers) + 1}")
        product_name = one_of(ask, f"Product ({', '.join(PRODUCTS)})", PRODUCTS, product_name)
        servers.append(_server(ask, product_name, [server.name for server in servers]))
        if not _yes(ask, "Another server? (y/n)", "y" if len(servers) % 2 else "n"):
            break
    table: dict[str, Any] = {"schema": 1, "site": site, "servers": [item.table for item in servers]}
    pairs = list(grouped(ask, servers))
    if pairs:
        table["pairs"] = pairs
    return table


def _yes(ask: Ask, question: str, default: str) -> bool:
    """Yes or no; any other word is asked about again."""
    while (answer := ask(question, default).lower()) not in ("y", "yes", "n", "no"):
        print(f"  {safe(answer, 40)} is neither y nor n")
    return answer.startswith("y")


def _server(ask: Ask, product_name: str, taken: Sequence[str]) -> Probed:
    usual = product(product_name).usual
    while True:
        url = _address(ask, usual.url)
        host = urlsplit(url).hostname or product_name
        proposed = f"{host}-{len(taken) + 1}" if host in taken else host
        name = named(ask, "Its name here", proposed, taken=taken)
        table: dict[str, Any] = {"name": name, "product": product_name, "url": url}
        if usual.origin:
            table["origin"] = ask("Origin its console was made with", usual.origin)
        user = ask("User", usual.user) if usual.user else ""
        if user:
            table["user"] = user
            table["password"] = _secret(ask)
        try:
            # As it will be read from the file: what cannot stand there is said now.
            server = check(Path("answers"), tomli_w.dumps(table).encode(), Server, InventoryError)
        except InventoryError as problem:
            print("\n".join(f"  {finding.problem}; {finding.mend}" for finding in problem.findings))
            continue
        probed = Probed(table, probe(server))
        answered = probed.found.get(usual.told[0])
        if answered is not None and answered.failure is None:
            print(f"  found: {', '.join(_told(probed.found, usual.told))}")
            break
        if answered is not None and answered.failure is not None:
            print(f"  it does not answer: {answered.failure.value} {answered.meaning}")
            print(f"  mend: {MENDS[answered.failure]}")
        if ask("Enter it all the same? (y = yes, n = answer again)", "n").lower() == "y":
            break
    _log(table, usual.log, ask)
    if usual.service:
        _commands(table, usual.service.format(name=table["name"]), ask)
    return probed


def _address(ask: Ask, usual: str) -> str:
    """An address as the file takes it; any other is asked about again."""
    while True:
        url = ask("Management address", usual)
        try:
            if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname and "@" not in url:
                return url
        except ValueError:
            pass
        # Not repeated: a password may stand in it.
        print(f"  that is no address such as {usual}; a user and a password do not stand in it")


def _told(found: Mapping[str, Reading], names: tuple[str, ...]) -> Iterator[str]:
    """What a probe found, in the words of the fields."""
    for name in names:
        reading = found.get(name)
        if reading is not None and reading.value is not None:
            value = reading.value
            yield f"{name} {('no', 'yes')[value] if isinstance(value, bool) else safe(str(value), 60)}"


def _secret(ask: Ask) -> dict[str, Any]:
    print("  The password stays outside: an environment variable, a file of mode 0600, or a command.")
    kind = one_of(ask, "  Which (env, file, command)", ("env", "file", "command"), "env")
    if kind == "env":
        return {"env": ask("  Name of the variable", "BROKER_PASSWORD")}
    if kind == "file":
        return {"file": ask("  Path of the file", "~/.config/handrail/password")}
    return {"command": _words(ask, "  Command", "pass show broker")}


def _log(table: dict[str, Any], usual: str, ask: Ask) -> None:
    """Where its log is; a product that writes none of its own may have one that syslog collects."""
    question = "Its log: file here, or commands? (file, command, none)"
    kind = one_of(ask, question, ("file", "command", "none"), "file" if usual else "none")
    path = usual or f"/var/log/{table['name']}.log"
    if kind == "file":
        table["log"] = {"file": ask("  Path", path)}
    elif kind == "command":
        host = urlsplit(str(table["url"])).hostname or "host"
        remote = f"ssh -o BatchMode=yes -o ServerAliveInterval=5 {host}"
        table["log"] = {
            "follow": _words(ask, "  Follow", f"{remote} tail -n 0 -F {path}"),
            "since": _words(ask, "  Since a cursor", f"{remote} tail -n 2000 {path}"),
            "check": _words(ask, "  Check", f"{remote} test -r {path}"),
        }


def _commands(table: dict[str, Any], service: str, ask: Ask) -> None:
    print("Commands run on this machine; answer - where there is none: the step is then done by hand.")
    given = {}
    for name, verb in (("start", "start"), ("stop", "stop"), ("kill", "kill -s KILL")):
        words = _words(ask, f"  {name}", f"systemctl {verb} {service}")
        if words:
            given[name] = words
    if given:
        table["commands"] = given


def _words(ask: Ask, question: str, default: str) -> list[str]:
    """A command as its words; one whose quotation does not close is asked for again."""
    while True:
        try:
            return shlex.split(ask(question, default))
        except ValueError as problem:
            print(f"  {problem}")


def probe(server: Server) -> dict[str, Reading]:
    """Read the server once; a secret that is missing shows as a message and no readings."""
    fields = load_fields(builtin_root() / server.product / FIELDS_FILE)
    try:
        client = client_for(server, fields, Http(), SystemClock())
    except HandrailError as problem:
        print(f"  {problem}")
        return {}

    async def once() -> dict[str, Reading]:
        try:
            readings = await client.read(product(server.product).usual.asked)
            # Of several rows, such as several messaging servers of one EAP, the first stands for it.
            return {reading.field: reading for reading in reversed(readings)}
        finally:
            await client.close()

    return asyncio.run(once())


def _ask(question: str, default: str) -> str:
    answer = input(f"{question} [{default}]: ").strip()
    return "" if answer == "-" and question.startswith("  ") else answer or default
