"""Resolving a secret at the moment it is needed. What is resolved here is never stored or shown."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

from handrail.errors import HandrailError
from handrail.inventory.model import SecretReference

LIMIT_S = 20.0
CAP_BYTES = 4096


class SecretMissing(HandrailError):
    """A reference leads to no secret; the message names the reference, never a value."""


def resolve(reference: SecretReference) -> str:
    """The secret behind the reference, without its last line end; raises SecretMissing."""
    if reference.env is not None:
        value = os.environ.get(reference.env)
        if value is None:
            raise SecretMissing(
                f"{reference}: the variable is not set", f"export {reference.env}=... and try again"
            )
        return value
    if reference.file is not None:
        return _from_file(reference, Path(reference.file).expanduser())
    return _from_command(reference)


def _from_file(reference: SecretReference, path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SecretMissing(f"{reference}: others may read it", f"chmod 600 {path}")
        return _one_line(reference, path.read_bytes()[: CAP_BYTES + 1])
    except OSError as problem:
        raise SecretMissing(f"{reference}: {problem.strerror}", "check the path and its owner") from None


def _from_command(reference: SecretReference) -> str:
    command = list(reference.command or ())
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise SecretMissing(
            f"{reference}: no answer in {LIMIT_S:.0f} s", "run it by hand once; it may wait for a passphrase"
        ) from None
    except OSError as problem:
        raise SecretMissing(
            f"{reference}: {problem.strerror}", "check that the program is installed"
        ) from None
    if done.returncode:
        raise SecretMissing(f"{reference}: exit status {done.returncode}", "run it by hand to see why")
    return _one_line(reference, done.stdout)


def _one_line(reference: SecretReference, data: bytes) -> str:
    if len(data) > CAP_BYTES:
        raise SecretMissing(f"{reference}: longer than {CAP_BYTES} bytes", "a secret is one short line")
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise SecretMissing(f"{reference}: is not UTF-8 text", "a secret is one short line") from None
    if not lines or not lines[0]:
        raise SecretMissing(f"{reference}: is empty", "write the secret on its first line")
    return lines[0]
