"""An operator's surroundings for a walk on real brokers: home, key, inventory, and hands for start and stop.

The inventory's commands write a word into a pipe; the test's own process, whose children the brokers
are, obeys it. So the brokers end with the test whatever happens to the program under test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import tomli_w
from tests.live.brokers import CLUSTER_USER, PASSWORD, USER, Broker
from tests.live.scenarios import Lab

ROLES: Mapping[str, str] = {"broker-a": "primary", "broker-b": "backup"}
OPERATOR = "ana"


@dataclass
class Surroundings:
    """A home directory with a key and an inventory of the lab's pair; use it as a context."""

    bench: Lab
    home: Path
    mode: str = "replication"
    obeyed: list[str] = field(default_factory=list)

    def __enter__(self) -> Surroundings:
        self.home.mkdir(parents=True)
        ssh = self.home / ".ssh"
        ssh.mkdir(mode=0o700)
        key = ssh / "id_ed25519"
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", OPERATOR, "-f", str(key)],
            check=True,
            timeout=30,
        )
        settings = self.home / ".config" / "handrail"
        settings.mkdir(parents=True)
        public = key.with_suffix(".pub").read_text(encoding="ascii")
        signers = f'{OPERATOR} namespaces="*@handrail" {public}'
        (settings / "allowed_signers").write_text(signers, encoding="ascii")
        self._pipe = self.home / "words"
        os.mkfifo(self._pipe)
        inventory = {
            "schema": 1,
            "site": "lab",
            "anchor": [sys.executable, "-c", _KEEP, str(self.home / "heads.txt")],
            "servers": [self._server(name, self._broker(name)) for name in ROLES],
            "pairs": [
                {
                    "name": "orders",
                    "product": "artemis",
                    "mode": self.mode,
                    "master": "broker-a",
                    "slave": "broker-b",
                }
            ],
        }
        (settings / "inventory.toml").write_text(tomli_w.dumps(inventory), encoding="utf-8")
        self._hands = threading.Thread(target=self._obey, daemon=True)
        self._hands.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._pipe.open("w", encoding="ascii") as words:
            words.write("end end\n")
        self._hands.join(60)

    @property
    def environment(self) -> dict[str, str]:
        """What the program is given: this home, the password's variable, and little else."""
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "TERM": "screen-256color",
            "LANG": "C.UTF-8",
            "BROKER_PASSWORD": PASSWORD,
            "HANDRAIL_OPERATOR": OPERATOR,
        }

    @property
    def signers(self) -> Path:
        """The site's allowed_signers."""
        return self.home / ".config" / "handrail" / "allowed_signers"

    @property
    def heads(self) -> Path:
        """The heads that were carried outside."""
        return self.home / "heads.txt"

    def runs(self) -> list[Path]:
        """The runs in this home's ledger."""
        ledger = self.home / ".local" / "state" / "handrail" / "ledger"
        return sorted(path for path in ledger.glob("2*-*") if path.is_dir())

    def _broker(self, name: str) -> Broker:
        return self.bench.primary if ROLES[name] == "primary" else self.bench.backup

    def _server(self, name: str, broker: Broker) -> dict[str, object]:
        def word(verb: str) -> list[str]:
            return ["sh", "-c", 'echo "$1 $2" > "$3"', "sh", verb, name, str(self._pipe)]

        return {
            "name": name,
            "product": "artemis",
            "url": f"http://127.0.0.1:{broker.web_port}/console/jolokia",
            "origin": "http://localhost",
            "cluster_user": CLUSTER_USER,
            "user": USER,
            "password": {"env": "BROKER_PASSWORD"},
            "log": {"file": str(broker.log)},
            "commands": {"start": word("start"), "stop": word("stop"), "kill": word("kill")},
        }

    def _obey(self) -> None:
        """Do what the pipe says until it says end."""
        while True:
            with self._pipe.open(encoding="ascii") as words:
                for line in words:
                    verb, name = line.split()
                    if verb == "end":
                        return
                    self.obeyed.append(f"{verb} {name}")
                    broker = self._broker(name)
                    {"start": self.bench.start, "stop": self.bench.stop, "kill": self.bench.kill}[verb](
                        broker
                    )


_KEEP = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"
