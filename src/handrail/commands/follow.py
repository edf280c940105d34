"""`handrail follow`: look on while somebody walks; nothing can be done here."""

from __future__ import annotations

import argparse

from handrail.commands.joining import following
from handrail.commands.looking_on import follow_plain
from handrail.commands.walking import terminal_fits


def main(options: argparse.Namespace) -> int:
    """On a terminal the screen as it is there; elsewhere a line for each record."""
    looking = following(options)
    if options.plain or not terminal_fits():
        return follow_plain(looking)
    from handrail.tui.walking import look_on

    return look_on(looking)
