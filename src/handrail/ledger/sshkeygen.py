"""Running the stock `ssh-keygen` and `ssh-add` under a time limit, and nothing else of OpenSSH."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from handrail.errors import KeyRefused
from handrail.ledger import command
from handrail.ledger.command import Answer

SIGN_LIMIT_S = 30.0
"""Long enough to walk to a hardware key and touch it."""
CHECK_LIMIT_S = 10.0


def run(argv: Sequence[str], data: bytes, limit_s: float, *, ask: bool = False) -> Answer:
    """Run one of OpenSSH's commands. Raises KeyRefused when it is missing or does not end in time."""
    try:
        return command.run(argv, data, limit_s, ask=ask)
    except command.NotRun as error:
        raise KeyRefused(error.problem, "install openssh-client") from error
    except command.TooSlow as error:
        raise KeyRefused(
            error.problem,
            "the agent may hang: try `ssh-add -l`; touch the hardware key; or name another key with --key",
        ) from error


def sign(
    key: Path, data: bytes, namespace: str, limit_s: float = SIGN_LIMIT_S, *, ask: bool = False
) -> bytes:
    """An armoured signature by the private key, agent key or hardware key that `key` names.

    Raises KeyRefused with the mend.
    """
    answer = run(["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", namespace], data, limit_s, ask=ask)
    if answer.status != 0:
        raise KeyRefused(
            f"ssh-keygen would not sign with {key}: {answer.said}",
            "load the key with `ssh-add`, or name another with --key",
        )
    return answer.output


def is_signed(data: bytes, armoured: bytes, namespace: str, limit_s: float = CHECK_LIMIT_S) -> bool:
    """Whether the signature fits the bytes and namespace, whoever made it; any key type."""
    with _file(armoured) as signature:
        argv = ["ssh-keygen", "-Y", "check-novalidate", "-n", namespace, "-s", signature]
        return run(argv, data, limit_s).status == 0


def allowed_principal(
    allowed_signers: Path,
    data: bytes,
    armoured: bytes,
    namespace: str,
    at: datetime | None = None,
    limit_s: float = CHECK_LIMIT_S,
) -> str | None:
    """The principal that `allowed_signers` gives this signature, as of `at` (default: now), or None.

    Raises KeyRefused when ssh-keygen cannot be run.
    """
    # Local time without a zone, since ssh-keygen reads its own file's times that way and older
    # releases know no other form.
    when = [] if at is None else [f"-Overify-time={at.astimezone():%Y%m%d%H%M%S}"]
    with _file(armoured) as signature:
        found = run(
            ["ssh-keygen", "-Y", "find-principals", "-f", str(allowed_signers), "-s", signature, *when],
            b"",
            limit_s,
        )
        if found.status != 0:
            return None
        for line in found.output.decode("utf-8", "replace").splitlines():
            for name in line.split(","):
                argv = ["ssh-keygen", "-Y", "verify", "-f", str(allowed_signers), "-I", name]
                argv += ["-n", namespace, "-s", signature, *when]
                if name and run(argv, data, limit_s).status == 0:
                    return name
    return None


def agent_keys(limit_s: float) -> list[str]:
    """The public keys the agent offers, as authorized_keys lines; none without an agent.

    Raises KeyRefused when the agent does not answer in time.
    """
    if "SSH_AUTH_SOCK" not in os.environ:
        return []
    answer = run(["ssh-add", "-L"], b"", limit_s)
    if answer.status != 0:
        return []
    return answer.output.decode("utf-8", "replace").splitlines()


@contextlib.contextmanager
def _file(data: bytes) -> Iterator[str]:
    with tempfile.NamedTemporaryFile(prefix="handrail-") as file:
        file.write(data)
        file.flush()
        yield file.name
