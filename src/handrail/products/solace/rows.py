"""Names of rows that have two parts: a Message VPN and a thing in it, written `VPN thing`.

A VPN's name may hold spaces, so the thing's are written %20 (and its percent signs %25).
"""

from __future__ import annotations

from urllib.parse import unquote


def join(vpn: str, thing: str) -> str:
    """The row's name."""
    return f"{vpn} {thing.replace('%', '%25').replace(' ', '%20')}"


def split(row: str) -> tuple[str, str]:
    """VPN and thing; raises ValueError for a name that has not both."""
    vpn, _, thing = row.rpartition(" ")
    if not vpn or not thing:
        raise ValueError("a row of this kind is written as the VPN's name, a space, and the thing's name")
    return vpn, unquote(thing)
