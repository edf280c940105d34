"""Real WildFly servers on loopback: unpacked once, a base directory each, started and ended by process id."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import tomli_w
from tests.live import distributions
from tests.live.distributions import COPY_GOAL, FETCH_LIMIT_S, NotAvailable, cache
from tests.live.processes import wait_until

VERSIONS = ("26.1.3.Final", "38.0.0.Final")
"""The wording of EAP 7, and a current release."""
USER, PASSWORD, VARIABLE = "operator", "lab-only-password1", "HANDRAIL_LAB_PASSWORD"
CLUSTER_PASSWORD = "lab-only-cluster"
PORT, OFFSET = 9990, 1000
HTTP = 8080
PROFILE = "standalone-full-ha.xml"
APPLICATION, QUEUE = "application", "orders"
SENDER = "2.31.2"
"""The Artemis whose producer sends messages: between the brokers inside the two releases."""
START_LIMIT_S = 180.0

CONTROL = """#!/bin/sh
# start, start-admin-only, stop or kill this server; it is known by the process id it was started with.
pid="$(cat '{base}/pid' 2> /dev/null)"
case $1 in
start | start-admin-only)
  mode=--start-mode=normal
  [ "$1" = start-admin-only ] && mode=--start-mode=admin-only
  JAVA_OPTS="-Xms64m -Xmx400m -Djava.net.preferIPv4Stack=true -Djava.awt.headless=true"
  JAVA_OPTS="$JAVA_OPTS -Djboss.modules.system.pkgs=org.jboss.byteman" LAUNCH_JBOSS_IN_BACKGROUND=
  export JAVA_OPTS
  setsid '{home}/bin/standalone.sh' -c standalone-full-ha.xml -Djboss.server.base.dir='{base}' \\
    -Djboss.socket.binding.port-offset={offset} -Djboss.node.name={name} -bprivate 127.0.0.1 \\
    -Djgroups.bind.address=127.0.0.1 -Djgroups.bind_addr=127.0.0.1 -Djboss.default.multicast.address={multicast} \\
    -Djboss.messaging.cluster.password={cluster} "$mode" >> '{base}/output' 2>&1 < /dev/null &
  echo $! > '{base}/pid' ;;
# `kill -TERM -- -1` is refused by dash, which is /bin/sh in many places; with -s every shell takes it.
stop) [ -n "$pid" ] && kill -s TERM -- "-$pid" ;;
kill) [ -n "$pid" ] && kill -s KILL -- "-$pid" ;;
esac
"""


def fetch(version: str) -> Path:
    """The unpacked distribution, from the cache or from a Maven repository; raises NotAvailable."""
    if shutil.which("java") is None:
        raise NotAvailable("Java is not installed (17 or newer is needed)")
    home = cache() / f"wildfly-{version}"
    if (home / "bin" / "standalone.sh").exists():
        return home
    archive = cache() / f"wildfly-dist-{version}.zip"
    if not archive.exists():
        _download(version, archive.parent)
    if not archive.exists():
        raise NotAvailable(f"Maven answered, but brought no {archive.name}")
    with zipfile.ZipFile(archive) as bundle:
        bundle.extractall(cache())
    for script in (home / "bin").glob("*.sh"):
        script.chmod(0o755)
    return home


def _download(version: str, into: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NotAvailable("Maven is not installed and WildFly is not in the cache")
    into.mkdir(parents=True, exist_ok=True)
    artifact = f"org.wildfly:wildfly-dist:{version}:zip"
    argv = [maven, "-B", "-q", COPY_GOAL, f"-Dartifact={artifact}", f"-DoutputDirectory={into}"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=FETCH_LIMIT_S, check=False)
    except subprocess.TimeoutExpired as late:
        raise NotAvailable(f"Maven did not bring {artifact} within {FETCH_LIMIT_S} s") from late
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:] or ["no message"]
        raise NotAvailable(f"{artifact} cannot be had by Maven: {last[0]}")


@dataclass(frozen=True)
class WildFly:
    """One server: its base directory, and its control script."""

    name: str
    home: Path
    base: Path
    offset: int

    @property
    def port(self) -> int:
        """Of its management."""
        return PORT + self.offset

    @property
    def log(self) -> Path:
        """Its log file."""
        return self.base / "log" / "server.log"

    @property
    def control(self) -> str:
        """The script that starts, stops and kills it."""
        return str(self.base / "control.sh")

    def do(self, what: str) -> None:
        """Run the control script; raises CalledProcessError when it fails, as for a process that is not there."""
        subprocess.run([self.control, what], check=True, timeout=30)

    def cli(self, line: str) -> str:
        """What jboss-cli prints for one line; raises CalledProcessError where it fails."""
        argv = [str(self.home / "bin" / "jboss-cli.sh"), "--connect", f"--controller=127.0.0.1:{self.port}"]
        argv += ["--timeout=60000", f"--user={USER}", f"--password={PASSWORD}", f"--command={line}"]
        return subprocess.run(argv, check=True, timeout=90, capture_output=True, text=True).stdout

    def edit(self, line: str) -> None:
        """Change the configuration file of a server that is down by one line; raises CalledProcessError."""
        commands = f"embed-server --server-config={PROFILE},{line},stop-embedded-server"
        options = {"JAVA_OPTS": f"-Xmx400m -Djboss.server.base.dir={self.base}"}
        argv = [str(self.home / "bin" / "jboss-cli.sh"), f"--commands={commands}"]
        subprocess.run(argv, check=True, timeout=90, capture_output=True, env={**os.environ, **options})

    def send(self, count: int) -> None:
        """Send persistent messages to its queue; raises CalledProcessError, or NotAvailable without Artemis."""
        sender = distributions.fetch(SENDER)
        url = (
            f"tcp://127.0.0.1:{HTTP + self.offset}?httpUpgradeEnabled=true&httpUpgradeEndpoint=http-acceptor"
        )
        argv = [sender.command, "producer", "--url", url, "--user", APPLICATION, "--password", PASSWORD]
        argv += ["--destination", f"queue://jms.queue.{QUEUE}", "--message-count", str(count)]
        java = {"JAVA_ARGS": "-Xms16M -Xmx96M -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
        subprocess.run(argv, check=True, timeout=60, capture_output=True, env={**os.environ, **java})

    def answers(self) -> bool:
        """Whether its management asks for a log-in, which it does once it has booted."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/management", timeout=2)
        except urllib.error.HTTPError as answer:
            return answer.code == 401
        except OSError:
            return False
        return True

    def end(self) -> None:
        """End its process group, if it still runs."""
        try:
            os.killpg(int((self.base / "pid").read_text(encoding="utf-8")), signal.SIGKILL)
        except (OSError, ValueError):
            return


def made(home: Path, name: str, base: Path, number: int) -> WildFly:
    """A server of this distribution with a base directory of its own, not started."""
    shutil.copytree(home / "standalone", base)
    offset = number * OFFSET
    script = CONTROL.format(
        home=home,
        base=base,
        offset=offset,
        name=name,
        cluster=CLUSTER_PASSWORD,
        multicast="230.0.0.44",
    )
    (base / "control.sh").write_text(script, encoding="utf-8")
    (base / "control.sh").chmod(0o755)
    _add_user(home, base, USER)
    _add_user(home, base, APPLICATION, "-a", "-g", "guest")
    return WildFly(name, home, base, offset)


def _add_user(home: Path, base: Path, name: str, *more: str) -> None:
    configuration = str(base / "configuration")
    argv = [str(home / "bin" / "add-user.sh"), "-sc", configuration, "-u", name, "-p", PASSWORD, "-s", *more]
    options = {"JAVA_OPTS": f"-Djboss.server.config.user.dir={configuration}"}
    subprocess.run(argv, check=True, timeout=120, capture_output=True, env={**os.environ, **options})


def start(*servers: WildFly) -> None:
    """Start them and wait until each has booted."""
    for server in servers:
        server.do("start")
    for server in servers:
        wait_until(f"{server.name} to boot", START_LIMIT_S, server.answers, 1.0)


def inventory(path: Path, mode: str, roles: Mapping[str, WildFly]) -> None:
    """An inventory of the two, by the words of the procedure."""
    servers = [
        {
            "name": server.name,
            "product": "eap",
            "url": f"http://127.0.0.1:{server.port}",
            "user": USER,
            "password": {"env": VARIABLE},
            "log": {"file": str(server.log)},
            "commands": {name: [server.control, name] for name in ("start", "stop", "kill")},
        }
        for server in roles.values()
    ]
    names = {role: server.name for role, server in roles.items()}
    pair = {"name": "orders", "product": "eap", "mode": mode, "roles": names}
    table = {"schema": 1, "site": "lab", "servers": servers, "pairs": [pair]}
    path.write_text(tomli_w.dumps(table), encoding="utf-8")
