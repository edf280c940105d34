"""`handrail keys`: the keys handrail would sign with, and the allowed_signers line for each."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from handrail.ledger.keys import choices
from handrail.walk.live_run import signing_key
from handrail.walk.session import operator_name


def main(options: argparse.Namespace) -> int:
    """Print each key, the first choice first; raises KeyRefused when there is none."""
    signing_key(options.key)
    for number, choice in enumerate(choices(options.key, os.environ, Path.home()), 1):
        used = "  (signs unless another is named)" if number == 1 else ""
        print(f"{choice.fingerprint}  {choice.comment or '-'}  from {choice.source}{used}")
        print(f'  {operator_name()} namespaces="*@handrail" {choice.line}')
    return 0
