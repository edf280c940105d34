"""A SHA-256 fingerprint as people paste it: colons, blanks, line breaks, case and heading do not count.

It is whole or it is refused, so that two that are equal are equal in all their digits.
"""

from __future__ import annotations

import re

DIGITS = 64
_HEADING = re.compile(r".*fingerprint\s*[=:]", re.IGNORECASE | re.DOTALL)
"""`sha256 Fingerprint=` (OpenSSL 3.0), `SHA256 Fingerprint=` (1.1), or a field's own name."""
_NOT_HEX = re.compile(r"[^0-9A-F]")


def refusal(text: str) -> str | None:
    """Why this is no whole fingerprint, or None."""
    digits = _digits(text)
    if strange := _NOT_HEX.search(digits):
        return f"{strange.group()} is no hex digit; a SHA-256 fingerprint has {DIGITS} of them"
    if len(digits) < DIGITS:
        return f"not whole: {len(digits)} of {DIGITS} hex digits came; paste all of it"
    if len(digits) > DIGITS:
        return f"too long: {len(digits)} hex digits came, a SHA-256 fingerprint has {DIGITS}"
    return None


def canonical(text: str) -> str:
    """As `openssl x509 -fingerprint -sha256` writes it: capital pairs with colons. Raises ValueError."""
    if (why := refusal(text)) is not None:
        raise ValueError(why)
    digits = _digits(text)
    return ":".join(digits[at : at + 2] for at in range(0, DIGITS, 2))


def halves(fingerprint: str) -> tuple[str, str]:
    """A canonical one as two lines of 16 pairs, which fit 80 columns and are pasted back as one."""
    middle = len(fingerprint) // 2 + 1
    return fingerprint[:middle], fingerprint[middle:]


def _digits(text: str) -> str:
    return re.sub(r"[\s:]", "", _HEADING.sub("", text)).upper()
