"""Running one command of the ledger's (ssh-keygen, ssh-add, an anchor) under a time limit."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handrail.errors import HandrailError
from handrail.text import SafeText, safe_bytes

_PASSED_ON = (
    "PATH", "HOME", "USER", "LOGNAME", "TZ", "TERM", "SSH_AUTH_SOCK", "SSH_SK_PROVIDER",
    "SSH_ASKPASS", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR",
)  # fmt: skip
_SHOWN = 200


class NotRun(HandrailError):
    """The command could not be started."""


class TooSlow(HandrailError):
    """The command did not end in time and was killed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command said; `said` is its error output made safe and short."""

    status: int
    output: bytes
    said: SafeText


def run(
    argv: Sequence[str],
    data: bytes,
    limit_s: float,
    *,
    ask: bool = False,
    more: Mapping[str, str] | None = None,
) -> Answer:
    """Run one command with `data` on its input, for at most `limit_s` seconds.

    `ask` leaves it the terminal, so that it may ask for a passphrase; without it the command is in a
    session of its own and cannot. It gets the few environment variables it needs, those of `more`, and no
    others. Raises NotRun or TooSlow.
    """
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= {"LC_ALL": "C.UTF-8", **(more or {})}
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=not ask,
        )
    except OSError as error:
        raise NotRun(f"{argv[0]} cannot be run: {error.strerror}") from error
    with process:
        try:
            output, errors = process.communicate(data, timeout=limit_s)
        except subprocess.TimeoutExpired as error:
            _kill(process, group=not ask)
            raise TooSlow(f"{argv[0]} did not answer within {limit_s:g} s") from error
        except BaseException:
            _kill(process, group=not ask)
            raise
    return Answer(process.returncode, output, safe_bytes(errors.strip(), _SHOWN))


def _kill(process: subprocess.Popen[bytes], *, group: bool) -> None:
    with contextlib.suppress(ProcessLookupError):
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
