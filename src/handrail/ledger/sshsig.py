"""The SSHSIG format (OpenSSH's PROTOCOL.sshsig): made and checked for Ed25519, read for any key type.

Stricter than ssh-keygen, which accepts some changed bytes in the armour: a signature is read only
if writing it again gives the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
END = b"-----END SSH SIGNATURE-----\n"
COLUMNS = 70
SIZE_LIMIT = 16 * 1024
ED25519 = "ssh-ed25519"
_MAGIC = b"SSHSIG"
_VERSION = 1
_HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}


class BadSignature(Exception):
    """A signature that is malformed, made for something else, or does not fit the message."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One parsed signature: `key` is the signer's public key blob, `blob` the key type's own signature."""

    key: bytes
    namespace: str
    hash_algorithm: str
    blob: bytes

    @property
    def key_type(self) -> str:
        """The signer's key type, such as ssh-ed25519."""
        return key_type(self.key)


def sign(private: Ed25519PrivateKey, message: bytes, namespace: str) -> bytes:
    """An armoured signature, the same bytes as `ssh-keygen -Y sign` writes for this key."""
    if not namespace:
        raise ValueError("a signature needs a namespace")
    key = public_blob(private)
    raw = private.sign(_signed_data(message, namespace, "sha512"))
    blob = _string(ED25519.encode()) + _string(raw)
    return _armour(_body(Signature(key, namespace, "sha512", blob)))


def parse(armoured: bytes) -> Signature:
    """Read an armoured signature of any key type; raises BadSignature unless it re-armours to itself."""
    if len(armoured) > SIZE_LIMIT:
        raise BadSignature(f"longer than {SIZE_LIMIT} bytes")
    if not (armoured.startswith(BEGIN) and armoured.endswith(END)):
        raise BadSignature("not an SSH signature")
    try:
        body = base64.b64decode(armoured[len(BEGIN) : -len(END)], validate=False)
    except binascii.Error as error:
        raise BadSignature("not base64") from error
    signature = _parse_body(body)
    if _armour(_body(signature)) != armoured:
        raise BadSignature("not written as ssh-keygen writes it")
    return signature


def check_ed25519(armoured: bytes, message: bytes, namespace: str, key: bytes | None = None) -> Signature:
    """Verify an Ed25519 signature over `message` for `namespace`, made by `key` if one is given.

    Raises BadSignature saying what does not fit.
    """
    signature = parse(armoured)
    if signature.namespace != namespace:
        raise BadSignature(f"made for namespace {signature.namespace!r}, not {namespace!r}")
    if key is not None and signature.key != key:
        raise BadSignature(f"made by {fingerprint(signature.key)}, not {fingerprint(key)}")
    raw_type, rest = _take(signature.blob)
    raw, rest = _take(rest)
    if raw_type != ED25519.encode() or rest:
        raise BadSignature("not an Ed25519 signature")
    try:
        _public_key(signature.key).verify(raw, _signed_data(message, namespace, signature.hash_algorithm))
    except InvalidSignature as error:
        raise BadSignature("the bytes are not those that were signed") from error
    return signature


def public_blob(private: Ed25519PrivateKey) -> bytes:
    """The wire form of the public half, as authorized_keys holds it in base64."""
    return _string(ED25519.encode()) + _string(private.public_key().public_bytes_raw())


def key_type(blob: bytes) -> str:
    """The type a public key blob names; raises BadSignature if it is not one."""
    name, _ = _take(blob)
    try:
        return name.decode("ascii")
    except UnicodeDecodeError as error:
        raise BadSignature("a key type that is not ASCII") from error


def fingerprint(blob: bytes) -> str:
    """SHA256:... as ssh-keygen -l prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


@lru_cache(maxsize=64)
def _public_key(blob: bytes) -> Ed25519PublicKey:
    name, rest = _take(blob)
    raw, rest = _take(rest)
    if name != ED25519.encode() or rest or len(raw) != 32:
        raise BadSignature("not an Ed25519 key")
    return Ed25519PublicKey.from_public_bytes(raw)


def _signed_data(message: bytes, namespace: str, hash_algorithm: str) -> bytes:
    digest = _HASHES[hash_algorithm](message).digest()
    return (
        _MAGIC
        + _string(namespace.encode())
        + _string(b"")
        + _string(hash_algorithm.encode())
        + _string(digest)
    )


def _body(signature: Signature) -> bytes:
    return (
        _MAGIC
        + struct.pack(">I", _VERSION)
        + _string(signature.key)
        + _string(signature.namespace.encode())
        + _string(b"")
        + _string(signature.hash_algorithm.encode())
        + _string(signature.blob)
    )


def _parse_body(body: bytes) -> Signature:
    head = len(_MAGIC) + 4
    if body[:head] != _MAGIC + struct.pack(">I", _VERSION):
        raise BadSignature("not SSHSIG version 1")
    key, rest = _take(body[head:])
    namespace, rest = _take(rest)
    reserved, rest = _take(rest)
    hash_algorithm, rest = _take(rest)
    blob, rest = _take(rest)
    if rest or reserved:
        raise BadSignature("bytes where the format has none")
    try:
        signature = Signature(key, namespace.decode(), hash_algorithm.decode(), blob)
    except UnicodeDecodeError as error:
        raise BadSignature("a name that is not UTF-8") from error
    if not signature.namespace:
        raise BadSignature("made for no namespace")
    if signature.hash_algorithm not in _HASHES:
        raise BadSignature("a hash that SSHSIG does not have")
    key_type(key)
    return signature


def _armour(body: bytes) -> bytes:
    text = base64.b64encode(body)
    lines = [text[at : at + COLUMNS] for at in range(0, len(text), COLUMNS)]
    return BEGIN + b"".join(line + b"\n" for line in lines) + END


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _take(data: bytes) -> tuple[bytes, bytes]:
    if len(data) < 4:
        raise BadSignature("cut short")
    (size,) = struct.unpack(">I", data[:4])
    if len(data) - 4 < size:
        raise BadSignature("cut short")
    return data[4 : 4 + size], data[4 + size :]
