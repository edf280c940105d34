"""`handrail completion`: a shell's completion script, with the procedures known when it was printed."""

from __future__ import annotations

import argparse

import shtab

from handrail.procedure.loading import library


def script(top: argparse.ArgumentParser, shell: str) -> str:
    """The script for this shell: commands, options, and procedures wherever one is named."""
    found, _ = library()
    ids = [loaded.procedure.id for loaded in found]
    for command in _commands(top):
        for action in command._actions:
            if action.dest == "procedure":
                # Of this parser only, which parses nothing any more: a file would do, too.
                action.choices = ids
    completion: str = shtab.complete(top, shell=shell)
    return completion


def _commands(top: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    return [
        command
        for action in top._actions
        if isinstance(action, argparse._SubParsersAction)
        for command in action.choices.values()
    ]
