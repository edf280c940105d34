"""What can be a host: an IP address, or a host name by RFC 1123."""

from __future__ import annotations

import re
from ipaddress import ip_address

_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9-]{1,63})*")
_DOTTED = re.compile(r"[0-9.]+")
"""What can only be meant as an IPv4 address."""


def is_address(text: str) -> bool:
    """Whether it is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_host(text: str) -> bool:
    """Whether it is an IP address or a host name; digits and dots alone are an address or nothing."""
    return is_address(text) if _DOTTED.fullmatch(text) else bool(_NAME.fullmatch(text))
