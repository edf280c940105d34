"""How long things take in the simulated world, in seconds; the broker's as measured on Artemis pairs."""

from __future__ import annotations

from typing import Final

MANAGEMENT_OPENS: Final = 1.5
"""From the start script to the management port, which answers 503 until the server has booted."""
BOOT: Final = 3.5
"""From the start script to WFLYSRV0025."""
MESSAGING: Final = 2.0
"""From the start script to the first line of a messaging server."""
RELOAD_ANSWERED: Final = 0.1
"""A reload is answered before it begins."""
RELOAD: Final = 2.5
STOP: Final = 0.8
LOOK_FOR_LIVE: Final = 1.8
"""A live server that checks for another listens to the cluster before it becomes live."""
FOUND_LIVE: Final = 0.2
LOAD_JOURNAL: Final = 0.6
FIND_LIVE: Final = 0.4
SYNCHRONISE: Final = 0.9
ANNOUNCE: Final = 0.4
FAILBACK: Final = 0.2
REFUSAL: Final = 0.2
PROMOTE: Final = 0.3
SEE_LOSS: Final = 0.2
SEE_SILENCE: Final = 60.0
"""A process that hangs keeps its connections: only connection-ttl tells."""
SEE_SLOWNESS: Final = 30.0
"""call-timeout: a replica that does not answer is disconnected."""
RESTART_INSIDE: Final = 0.5
RESTART_STORE: Final = 2.0
FIND_AFTER_HEAL: Final = 2.0
COLLIDE: Final = 2.0
"""From a healed link to the first warning of two live servers, and from one to the next."""
TAKE_LOCK: Final = 1.0
STEP_DOWN: Final = 1.5
RECONNECT: Final = 1.0
APART: Final = 0.15
"""Clients do not come all at once."""
