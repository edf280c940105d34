"""Who signs: the operator's own SSH key, a key in memory, and where keys and allowed_signers are found."""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import platformdirs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from handrail.errors import KeyRefused
from handrail.ledger import sshkeygen, sshsig
from handrail.text import SafeText, safe

AGENT_LIMIT_S = 5.0
KEY_VARIABLE = "HANDRAIL_KEY"
SIGNERS_VARIABLE = "HANDRAIL_ALLOWED_SIGNERS"
_KEY_FILES = ("id_ed25519_sk", "id_ecdsa_sk", "id_ed25519", "id_ecdsa", "id_rsa")
_PUBLIC_LIMIT = 64 * 1024


class Signer(Protocol):
    """Something that signs for one key, in one namespace at a time."""

    @property
    def blob(self) -> bytes:
        """The public key in its wire form."""
        ...

    def sign(self, data: bytes, namespace: str) -> bytes:
        """An armoured SSHSIG over the data. Raises KeyRefused."""
        ...


class MemoryKey:
    """An Ed25519 key that never leaves this process: the key of a run, or of a drill.

    `destroy` drops it. Python cannot overwrite the bytes; the process ends soon after.
    """

    def __init__(self, private: Ed25519PrivateKey | None = None) -> None:
        key = private or Ed25519PrivateKey.generate()
        self._private: Ed25519PrivateKey | None = key
        self._blob = sshsig.public_blob(key)

    @property
    def blob(self) -> bytes:
        """The public key in its wire form."""
        return self._blob

    @property
    def alive(self) -> bool:
        """False once destroyed."""
        return self._private is not None

    def sign(self, data: bytes, namespace: str) -> bytes:
        """An armoured SSHSIG. Raises KeyRefused once the key is destroyed."""
        if self._private is None:
            raise KeyRefused("this key was destroyed when its watch ended", "open a new watch")
        return sshsig.sign(self._private, data, namespace)

    def destroy(self) -> None:
        """Forget the private half."""
        self._private = None


class SshSigner:
    """The operator's key through `ssh-keygen -Y sign`: a file, an agent's key or a hardware key.

    `key` is the private or the public file; with a public file the agent signs. `ask` lets ssh-keygen
    ask for a passphrase on the terminal, which only a face that has not drawn its screen may allow.
    """

    def __init__(self, key: Path, limit_s: float = sshkeygen.SIGN_LIMIT_S, *, ask: bool = False) -> None:
        self._key = key
        self._limit_s = limit_s
        self._ask = ask
        self._blob = _public_half(key)

    @property
    def blob(self) -> bytes:
        """The public key in its wire form."""
        return self._blob

    def sign(self, data: bytes, namespace: str) -> bytes:
        """An armoured SSHSIG by exactly this key. Raises KeyRefused."""
        armoured = sshkeygen.sign(self._key, data, namespace, self._limit_s, ask=self._ask)
        return _own(armoured, self._blob, namespace)


class AgentSigner:
    """One key of the running agent, named by its public line."""

    def __init__(self, line: str, limit_s: float = sshkeygen.SIGN_LIMIT_S) -> None:
        self._line = line
        self._limit_s = limit_s
        self._blob = read_public(line)

    @property
    def blob(self) -> bytes:
        """The public key in its wire form."""
        return self._blob

    def sign(self, data: bytes, namespace: str) -> bytes:
        """An armoured SSHSIG made by the agent. Raises KeyRefused."""
        # ssh-keygen takes the key to ask the agent for from a file, and no other way.
        with tempfile.TemporaryDirectory(prefix="handrail-") as directory:
            public = Path(directory, "key.pub")
            public.write_text(self._line + "\n", encoding="utf-8")
            armoured = sshkeygen.sign(public, data, namespace, self._limit_s)
        return _own(armoured, self._blob, namespace)


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """A key the operator could sign with: where it was found, and what to call it."""

    source: SafeText
    fingerprint: str
    comment: SafeText
    path: Path | None
    """The file, or None for a key of the agent."""
    line: str

    def signer(self, *, ask: bool = False) -> Signer:
        """The signer for this key."""
        return AgentSigner(self.line) if self.path is None else SshSigner(self.path, ask=ask)


def choices(
    named: Path | None,
    environment: Mapping[str, str],
    home: Path,
    limit_s: float = AGENT_LIMIT_S,
) -> list[KeyChoice]:
    """The keys to sign with, first choice first.

    A key that was named (`named`, else HANDRAIL_KEY) is the only choice; else the agent's keys in its
    order, then the usual files in ~/.ssh. Raises KeyRefused for a named key that cannot be read, and for
    an agent that hangs.
    """
    chosen = named or (Path(environment[KEY_VARIABLE]) if environment.get(KEY_VARIABLE) else None)
    if chosen is not None:
        return [_choice(safe(str(chosen)), _public_line(chosen), chosen)]
    found: list[KeyChoice] = []
    for line in sshkeygen.agent_keys(limit_s):
        try:
            found.append(_choice(SafeText("agent"), line, None))
        except KeyRefused:
            continue  # a certificate or a key type this machine's ssh-keygen has and we do not parse
    known = {choice.fingerprint for choice in found}
    return found + [choice for choice in _files(home / ".ssh") if choice.fingerprint not in known]


def allowed_signers_file(environment: Mapping[str, str]) -> Path | None:
    """The site's allowed_signers: what HANDRAIL_ALLOWED_SIGNERS names, the user's, the machine's, or None."""
    named = environment.get(SIGNERS_VARIABLE)
    if named:
        return Path(named)
    places = (platformdirs.user_config_path("handrail"), platformdirs.site_config_path("handrail"))
    for place in places:
        if (place / "allowed_signers").is_file():
            return place / "allowed_signers"
    return None


def public_line(blob: bytes) -> str:
    """The key as authorized_keys has it, without a comment."""
    return f"{sshsig.key_type(blob)} {base64.b64encode(blob).decode()}"


def read_public(line: str) -> bytes:
    """The wire form of an authorized_keys line. Raises KeyRefused."""
    words = line.split()
    try:
        blob = base64.b64decode(words[1], validate=True)
        if sshsig.key_type(blob) != words[0]:
            raise KeyRefused("a public key whose two names for its type differ", "make the key file anew")
    except (IndexError, binascii.Error, sshsig.BadSignature) as error:
        raise KeyRefused("not a public key in OpenSSH's form", "write it with `ssh-keygen -y`") from error
    return blob


def _own(armoured: bytes, blob: bytes, namespace: str) -> bytes:
    """The signature, once it is seen to be by the key that was asked for."""
    try:
        signature = sshsig.parse(armoured)
    except sshsig.BadSignature as error:
        raise KeyRefused(f"ssh-keygen gave no usable signature: {error}", "try `ssh-add -l`") from error
    if signature.key != blob or signature.namespace != namespace:
        raise KeyRefused("another key signed than the one asked for", "name the key with --key")
    return armoured


def _public_line(key: Path) -> str:
    public = key if key.suffix == ".pub" else key.with_name(key.name + ".pub")
    try:
        with public.open("rb") as file:
            text = file.read(_PUBLIC_LIMIT).decode("utf-8", "replace")
    except OSError as error:
        raise KeyRefused(
            f"{public} cannot be read: {error.strerror}",
            f"write it with `ssh-keygen -y -f {key} > {public}`",
        ) from error
    return text.strip().splitlines()[0] if text.strip() else ""


def _public_half(key: Path) -> bytes:
    return read_public(_public_line(key))


def _choice(source: SafeText, line: str, path: Path | None) -> KeyChoice:
    blob = read_public(line)
    comment = safe(" ".join(line.split()[2:]), 80)
    return KeyChoice(source, sshsig.fingerprint(blob), comment, path, line)


def _files(directory: Path) -> Iterator[KeyChoice]:
    for name in _KEY_FILES:
        path = directory / name
        if os.access(path, os.R_OK) and os.access(f"{path}.pub", os.R_OK):
            try:
                yield _choice(safe(str(path)), _public_line(path), path)
            except KeyRefused:
                continue
