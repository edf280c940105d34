"""A report as an in-toto Statement v1: what it says, tied to the run by the hashes of its seals. Unsigned.

Format: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
"""

from __future__ import annotations

import hashlib
import json

from handrail.errors import UsageError
from handrail.ledger import names
from handrail.ledger.verify import Whole
from handrail.review.report import Report
from handrail.review.report_json import model

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:handrail:run-report:v1"
"""The predicate is the report of `--format json`, whose schema `handrail report --schema` prints."""


def in_toto(report: Report) -> str:
    """The statement as JSON. Raises UsageError for a run that is not sealed, as it has no subject."""
    run = report.run
    if run.verification.whole is not Whole.SEALED:
        raise UsageError(
            f"a statement is tied to seals, and this run is {run.verification.whole}",
            "--format json reports any run",
        )
    seals = sorted({entry.watch / names.SEAL for entry in run.entries})
    subject = [
        {
            "name": f"{run.name}/{seal.parent.name}/{names.SEAL}",
            "digest": {"sha256": hashlib.sha256(seal.read_bytes()).hexdigest()},
        }
        for seal in seals
        if seal.is_file()
    ]
    statement = {
        "_type": STATEMENT,
        "subject": subject,
        "predicateType": PREDICATE,
        "predicate": model(report).model_dump(mode="json"),
    }
    return json.dumps(statement, indent=2) + "\n"
