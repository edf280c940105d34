"""`handrail run`: a procedure on live servers, after a look at everything it needs."""

from __future__ import annotations

import argparse
import sys

from handrail.commands.bound import inventory, lines
from handrail.commands.walking import look_on_after, terminal_fits, walk_plain
from handrail.places import ledger_root
from handrail.plain import standard
from handrail.procedure.loading import find
from handrail.walk.live import bind, bindings
from handrail.walk.live_run import open_live
from handrail.walk.looking_before import look_at


def main(options: argparse.Namespace) -> int:
    """Walk it; on a terminal with the screen, elsewhere line by line."""
    loaded = find(options.procedure)
    site = inventory(options)
    root = options.ledger or ledger_root()
    if options.plain or not terminal_fits():
        pairs = bind(site, loaded.procedure, options.pair)
        face = standard()
        servers = list(dict.fromkeys(server for pair in pairs for server in pair.roles.values()))
        found = look_at(site, servers, loaded, pairs, options.key)
        face.line(f"LIVE {site.site}  {loaded.procedure.id}: {loaded.procedure.title}")
        for text in lines(found.looked):
            face.line(text)
        if not found.stops:  # else beginning says at once what is missing, with its exit status
            face.line("Nothing has been recorded or sent. Type begin to begin; anything else leaves.")
            if sys.stdin.readline().strip() != "begin":
                return 2
        live = open_live(
            loaded,
            site,
            pairs,
            root,
            face.tell,
            key=options.key,
            incident=options.incident,
            swapped=bool(found.swapped),
        )
        status = walk_plain(live.session, face, None)
        return look_on_after(status, face, live.run_path)
    from handrail.tui.walking import show_live

    choices = bindings(site, loaded.procedure, options.pair)
    return show_live(loaded, site, choices, root, key=options.key, incident=options.incident)
