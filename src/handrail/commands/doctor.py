"""`handrail doctor`: every server, log, command and key tried once, each failure with its mend."""

from __future__ import annotations

import argparse
import os
import shutil

from handrail.commands.bound import inventory, lines
from handrail.errors import HandrailError
from handrail.inventory.model import Site
from handrail.ledger.anchor import PROBE_HEAD, NotAnchored
from handrail.ledger.keys import allowed_signers_file
from handrail.text import safe
from handrail.walk.live_run import anchor_of, signing_key
from handrail.walk.looking_before import look_at
from handrail.walk.plan import BoundPair
from handrail.walk.preflight import Finding, Looked, Preflight

PROBE = b"handrail doctor"


def main(options: argparse.Namespace) -> int:
    """Print one line for each thing tried; 1 when one is wrong."""
    site = inventory(options)
    pairs = [BoundPair(pair.name, pair.mode, dict(pair.roles)) for pair in site.pairs]
    names = [server.name for server in site.servers]
    looked = list(look_at(site, names, None, pairs, thorough=True).looked)
    looked += _commands(site)
    looked.append(_key())
    looked.append(_signers())
    looked.append(_anchor(site))
    for text in lines(looked):
        print(text)
    return 1 if Preflight(tuple(looked)).wrong else 0


def _commands(site: Site) -> list[Looked]:
    """Whether each command's program is there; none is run, because every one of them changes something."""
    looked = []
    for server in site.servers:
        for name in ("start", "stop", "kill"):
            words = server.commands.of(name)
            subject = safe(f"{name} {server.name}")
            if words is None:
                looked.append(Looked(subject, Finding.NOTE, safe("no command: done by hand")))
            elif shutil.which(words[0]) is None:
                mend = safe("correct it in the inventory, or install the program")
                looked.append(Looked(subject, Finding.WRONG, safe(f"{words[0]} is not found here"), mend))
            else:
                looked.append(Looked(subject, Finding.OK, safe(f"{words[0]} is there (not run)")))
    return looked


def _key() -> Looked:
    try:
        chosen = signing_key(None)
        chosen.signer().sign(PROBE, "doctor@handrail")
    except HandrailError as problem:
        return Looked(safe("key"), Finding.WRONG, safe(problem.problem), safe(problem.mend))
    return Looked(safe("key"), Finding.OK, safe(f"signs: {chosen.fingerprint} from {chosen.source}"))


def _signers() -> Looked:
    path = allowed_signers_file(os.environ)
    if path is None:
        return Looked(
            safe("signers"),
            Finding.NOTE,
            safe("there is no allowed_signers file: runs verify as UNKNOWN SIGNER"),
            safe("handrail keys prints the line for yours"),
        )
    return Looked(safe("signers"), Finding.OK, safe(str(path)))


def _anchor(site: Site) -> Looked:
    try:
        anchor_of(site).send(PROBE_HEAD)
    except NotAnchored as problem:
        return Looked(
            safe("anchor"), Finding.NOTE, safe(f"heads stay pending: {problem.problem}"), safe(problem.mend)
        )
    return Looked(safe("anchor"), Finding.OK, safe("took a probe head"))
