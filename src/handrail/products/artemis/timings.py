"""How long things take in the simulated world, in seconds, after measurements of real pairs on loopback."""

from __future__ import annotations

from typing import Final

PROCESS_START: Final = 2.0
"""From the command to the first line of the log."""
LOOK_FOR_LIVE: Final = 1.8
"""A master with check-for-live-server listens to the cluster before it becomes live."""
FOUND_LIVE: Final = 0.2
"""And does not wait when one answers at once."""
LOAD_JOURNAL: Final = 0.8
WEB_START: Final = 0.6
"""From the broker's own start to the console's first answer."""
FIND_LIVE: Final = 0.4
ANNOUNCE: Final = 0.4
"""From in sync to announced: 0.04 s to 4.3 s were seen."""
FAILBACK: Final = 0.2
REFUSAL: Final = 0.2
PROMOTE: Final = 0.3
"""From the vote to live."""
SEE_LOSS: Final = 0.2
"""A process that ends closes its connections: its peer knows at once."""
SEE_SILENCE: Final = 60.0
"""A process that hangs keeps them: only connection-ttl tells."""
SEE_SLOWNESS: Final = 30.0
"""call-timeout: a replica that does not answer is disconnected."""
STOP: Final = 0.6
STOP_SPLIT: Final = 9.0
"""A slave stopped in a split waits for its thread pool: 7 to 11 s on 2.44.0 and 2.56.0, not on 2.31.2."""
RESTART_INSIDE: Final = 0.5
RESTART_STORE: Final = 2.0
FIND_AFTER_HEAL: Final = 47.0
"""A slave that waited while the link was cut first lets the attempt begun meanwhile run out (60 s)."""
FIND_AFTER_HEAL_OLD: Final = 0.5
"""2.31.2 tries at once."""
COLLIDE: Final = 2.0
"""From a healed link to the first warning of two live servers."""
TAKE_LOCK: Final = 1.0
STEP_DOWN: Final = 1.5
"""A shared-store slave looks for its returning master now and then."""
RECONNECT: Final = 1.0
"""A client that has just lost its server finds the next one at its next try."""
APART: Final = 0.15
"""Clients do not come all at once."""
SOON: Final = 10.0
RECONNECT_LATE: Final = 30.0
"""A client that has been without a server for long sits in a call of 30 s before it tries anew."""
REATTACH: Final = 4.5
"""How long a client that changed servers takes to be at home there: lost again sooner, ..."""
CALL_LIMIT: Final = 30.0
"""... it first waits for the answers the lost server owes it."""
