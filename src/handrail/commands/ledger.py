"""`handrail ledger ACTION`: what is done to the ledger as a whole; each action is a module of its own."""

from __future__ import annotations

import argparse
import importlib


def main(options: argparse.Namespace) -> int:
    """Hand over to the action's module, `ledger_ACTION`; its exit status."""
    status: int = importlib.import_module(f"handrail.commands.ledger_{options.action}").main(options)
    return status
