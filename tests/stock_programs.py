"""The commands of docs/ledger.md, taken from it and run by stock programs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs" / "ledger.md"


def _script() -> str:
    """The commands as they stand in the document."""
    text = DOCUMENT.read_text()
    part = text[text.index("<!-- stock: begin -->") : text.index("<!-- stock: end -->")]
    blocks = re.findall(r"```sh\n(.*?)```", part, re.DOTALL)
    assert len(blocks) == 4
    return "".join(blocks)


def stock_verdict(run: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """What ssh-keygen, sha256sum and a shell say of a run, given the site's allowed_signers."""
    return subprocess.run(
        ["sh", "-c", _script()],
        env={"RUN": str(run), "SITE": str(site), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
