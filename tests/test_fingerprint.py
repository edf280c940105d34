"""A fingerprint as people paste it: in any dress the same, and never a part of one."""

from __future__ import annotations

import pytest

from handrail.fingerprint import canonical, halves, refusal

PRINTED = (
    "sha256 Fingerprint=47:E4:27:E9:74:74:AC:CD:D4:C6:8E:2E:4A:C5:8A:A9:"
    "B9:6E:BB:F1:54:6E:82:28:F0:3D:94:A8:8C:FA:3C:09"
)
"""As OpenSSL 3.0.19 printed it for a certificate made for this test."""
WHOLE = PRINTED.partition("=")[2]


@pytest.mark.parametrize(
    "pasted",
    [
        PRINTED,
        PRINTED.replace("sha256", "SHA256"),
        WHOLE,
        WHOLE.lower(),
        WHOLE.replace(":", ""),
        WHOLE.replace(":", " "),
        f"  {WHOLE[:48]}\n    {WHOLE[48:]}  ",
        f"Peer Authentication Fingerprint: {WHOLE}",
    ],
)
def test_however_it_was_pasted_it_is_the_same(pasted: str) -> None:
    """Would catch two equal fingerprints that differ by their colons, their case or a broken line."""
    assert canonical(pasted) == WHOLE


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        (WHOLE[:48], "32 of 64 hex digits came"),
        (WHOLE[:-1], "63 of 64 hex digits came"),
        ("", "0 of 64 hex digits came"),
        (f"{WHOLE}:00", "66 hex digits came"),
        (WHOLE.replace("E", "G"), "G is no hex digit"),
    ],
)
def test_a_part_is_none(pasted: str, why: str) -> None:
    """Would catch the first line of two taken for the whole, which is equal to the first line of another."""
    assert why in (refusal(pasted) or "")
    with pytest.raises(ValueError, match=why):
        canonical(pasted)


def test_its_two_lines_fit_and_are_one_again() -> None:
    """Would catch a line that a terminal of 80 columns breaks where a mouse cannot follow."""
    one, two = halves(WHOLE)
    assert max(len(one), len(two)) <= 60
    assert canonical(f"{one}\n   {two}") == WHOLE
