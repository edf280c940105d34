"""How long an Amlen server takes, in seconds, as recorded of a real pair with almost empty stores."""

from __future__ import annotations

LEAVE = 3.0
"""From an accepted restart to the beginning of the stop; until then the old status is told."""
EXIT_IN_PAIR = 0.3
"""From there to the end of the process, for a primary or a standby."""
EXIT_ALONE = 0.02
"""The same in maintenance: too short for anybody who asks four times a second."""
EXIT_CLEANING = 0.5
"""The same when the store is cleaned on the way out."""
BOOT = 7.62
"""From the end of the process to its first answer; 5 s of it is the start script's own wait."""
SERVICE_START = 2.6
"""From a start by the service manager to the first answer."""
SERVICE_STOP = 0.1
STORE_STARTS = 0.15
"""From the first answer of a server in production until it tells that nothing is copied (percent -1)."""
LOOK_AROUND = 0.35
"""From the first answer of a server in production to its first look for the peer."""
STATE_SENT = 6.2
"""From the meeting to the first two messages of the primary's administration."""
COPIED = 11.2
"""From the meeting to the end of the copy of an empty store; a larger one takes longer."""
ENGINE = 0.19
"""A new primary reads its store."""
STANDBY_READY = 0.25
NOTICE_LEAVING = 0.05
"""A primary notices an orderly leave of its standby."""
TAKE_OVER = 0.2
"""A standby notices an orderly leave of its primary and serves."""
COLLIDE = 7.0
"""Two primaries whose link is whole again find each other."""
