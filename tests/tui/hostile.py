"""Texts that would move a cursor, set a title or turn what is read around, wherever a screen shows any."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.screens import showing
from tests.screens.scenes import Scene

from handrail.observe.situation import Source, SourceState
from handrail.readings import Line
from handrail.text import SafeText
from handrail.tui.app import HandrailApp
from handrail.walk import events as e
from handrail.walk.plan import BoundPair
from handrail.walk.preflight import Finding, Looked, Preflight
from handrail.walk.view import Anchoring, Notice

CONTROLS = "".join(
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")
)
"""Every character of Unicode that acts instead of being read."""
ATTACKS = (
    "\x1b]0;pwned\x07",
    "\x1b]52;c;cHduZWQ=\x07",
    "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
    "\x1bP+q544e\x1b\\",
    "\x1b_Gpayload\x1b\\",
    "\x1b^privacy\x1b\\",
    "\x1b[2J\x1b[1;1HDRILL",
    "\x1b[?1049l",
    "\x1b[6n\x1b[c\x1b[21t",
    "\x1bc\x1b#8\x1b(0",
    "\x9b2J\x9d0;pwned\x9c\x90q\x9c",
    "\u202emaster\u202c \u2066slave\u2069 \u200f\u061c",
    "[bold red]markup[/] [/etc/passwd] [@click=app.quit]x[/]",
    "line one\r\nline two\ttab\x0b\x0c\x85\u2028\u2029",
    "\x08\x08\x08\x7f\x00",
    "\U000e0041\U000e0042\ufeff\ufff9\ufffb",
)
EVIL = SafeText(" ".join(ATTACKS) + " " + CONTROLS)
"""Typed as safe although it is not: the last gate must hold even when one before it was forgotten."""
SHORT = SafeText("\x1b]0;pwned\x07\u202e\x9b2J")


def run_app() -> HandrailApp:
    """The run screen, every text of it hostile."""
    scene = Scene()
    procedure = scene.loaded.procedure
    sections = tuple(
        section.model_copy(
            update={
                "title": SHORT,
                "abort": EVIL,
                "steps": tuple(
                    step.model_copy(
                        update={
                            "title": SHORT,
                            "text": EVIL[:300],
                            "why": EVIL,
                            "passage": EVIL,
                            "documented": SHORT,
                            "if_not": tuple(
                                way.model_copy(update={"text": EVIL[:200]}) for way in step.if_not
                            ),
                            "hazards": tuple(
                                hazard.model_copy(update={"text": EVIL[:120]}) for hazard in step.hazards
                            ),
                        }
                    )
                    for step in section.steps
                ),
            }
        )
        for section in procedure.sections
    )
    pair = BoundPair(SHORT, "replication", {"master": f"a{SHORT}", "slave": f"b{SHORT}"})
    loaded = replace(scene.loaded, procedure=procedure.model_copy(update={"sections": sections}))
    scene = Scene(loaded, (pair,), site=SHORT, incident=SHORT)
    scene.reach("start-slave").confirm().send()
    scene.add(e.Acted(**scene.this, result="accepted", detail=EVIL))
    for server in scene.plan.servers():
        scene.values[server, "replica-sync"] = (EVIL, 0.5)
        scene.sources[server] = SourceState(Source.CANNOT_READ, 1, EVIL, EVIL)
    scene.around |= {"near_miss": EVIL, "waited_s": 4.0, "limit_s": 60.0, "run_path": EVIL}
    scene.around |= {"anchoring": Anchoring(1, EVIL), "notice": Notice(9, EVIL, "refused"), "unsaved": SHORT}
    view = scene.view()
    lines = tuple(
        Line(server, SafeText(text), scene.situation().at, 1, str(number), number)
        for server in scene.plan.servers()
        for number, text in enumerate((*ATTACKS, CONTROLS), 1)
    )
    return showing.Showing(replace(view, log=lines))


def library_app() -> HandrailApp:
    """The library over a ledger and procedures that are hostile."""
    run = replace(
        showing.run_summary("live"), procedure=SHORT, operator=SHORT, last_kind=EVIL, path=Path(f"/x/{SHORT}")
    )
    return showing.library([run], remark=EVIL)


def binding_app() -> HandrailApp:
    """The binding over servers that answer hostile things."""
    found = Preflight(
        tuple(Looked(SHORT, finding, EVIL, EVIL) for finding in (Finding.OK, Finding.NOTE, Finding.WRONG))
    )
    return showing.binding(found)


APPS: dict[str, Callable[[], Any]] = {"run": run_app, "library": library_app, "binding": binding_app}
