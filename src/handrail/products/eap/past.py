"""What the logs of a scene already say at second zero: the lines of yesterday, as evidence to be read."""

from __future__ import annotations

from dataclasses import replace

from handrail.products.eap.releases import EAP_7_1, broker_inside
from handrail.products.eap.state import Broker, Mode, Printed, World
from handrail.products.eap.understanding import SHIPPED_PASSWORD
from handrail.products.eap.world import product_words

BEGAN_S = -86400.0
"""When everything was last started."""


class Past:
    """Collects lines of the past; `printed` gives them in order."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        self._lines: list[Printed] = []

    def printed(self) -> tuple[Printed, ...]:
        """All of them, oldest first."""
        return tuple(sorted(self._lines, key=lambda line: line.at_s))

    def booted(self, world: World, instance: str, at_s: float) -> None:
        """The process was started."""
        words = product_words(world, instance)
        self._say(at_s, instance, "server-starting", words)
        self._say(at_s + 5, instance, "server-started", words, "5120", "458", "702", "394", "")

    def live(self, broker: Broker, at_s: float) -> None:
        """The messaging server became live by its own start."""
        self._starting(at_s + 2, broker, "live")
        self._tell(at_s + 4, broker, "server-live")

    def standing_by(self, world: World, broker: Broker, at_s: float) -> None:
        """The messaging server began to stand by."""
        self._starting(at_s, broker, "backup")
        version = broker_inside(world.instances[broker.instance].release)
        self._tell(at_s + 1, broker, "waiting-for-live", version, "null")
        self._tell(
            at_s + 2,
            broker,
            "synchronized",
            f"ActiveMQServerImpl::serverUUID={broker.node_id}",
            broker.node_id,
        )
        self._tell(at_s + 3, broker, "backup-announced")

    def waiting(self, world: World, broker: Broker, at_s: float) -> None:
        """The process of a backup was started, and found no live server."""
        self.booted(world, broker.instance, at_s)
        self._starting(at_s + 2, broker, "backup")
        version = broker_inside(world.instances[broker.instance].release)
        self._tell(at_s + 3, broker, "waiting-for-live", version, "null")

    def promoted(self, broker: Broker, at_s: float) -> None:
        """A backup took over."""
        if broker.policy.shares:
            self._tell(at_s, broker, "backup-live")
            return
        self._tell(at_s, broker, "promotion-begun", f"ActiveMQServerImpl::serverUUID={broker.node_id}")
        self._tell(at_s + 0.3, broker, "server-live")

    def replica_lost(self, broker: Broker, at_s: float) -> None:
        """A live server lost its backup."""
        self._tell(at_s, broker, "replica-connection-lost")

    def too_slow(self, world: World, broker: Broker, at_s: float) -> None:
        """A live server disconnected its backup for being slow; EAP 7.0 has no line of its own for it."""
        old = world.instances[broker.instance].release < EAP_7_1
        self._tell(at_s, broker, "replica-connection-lost" if old else "replica-too-slow")

    def stopped(self, world: World, broker: Broker, at_s: float) -> None:
        """The process was stopped cleanly."""
        version = broker_inside(world.instances[broker.instance].release)
        self._say(at_s - 1, broker.instance, "shutdown-by-signal")
        self._tell(at_s - 0.5, broker, "stopped", version, broker.node_id, "23 hours")
        self._say(at_s, broker.instance, "server-stopped", product_words(world, broker.instance), "812")

    def _starting(self, at_s: float, broker: Broker, word: str) -> None:
        self._tell(at_s, broker, "starting", word, broker.journal.partition(":")[2])
        if broker.cluster.password == SHIPPED_PASSWORD:
            self._tell(at_s, broker, "default-cluster-password")

    def _say(self, at_s: float, instance: str, message: str, *arguments: str) -> None:
        self._lines.append(Printed(at_s, instance, message, arguments, self._mode))

    def _tell(self, at_s: float, broker: Broker, message: str, *arguments: str) -> None:
        line = Printed(at_s, broker.instance, message, arguments, self._mode)
        kind = broker.policy
        mode = Mode.SHARED_STORE if kind.shares else Mode.REPLICATION if kind.replicates else self._mode
        self._lines.append(replace(line, mode=mode))
