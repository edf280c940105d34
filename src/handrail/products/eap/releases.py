"""Which EAP a server counts as: one scale of releases for EAP and the WildFly each EAP is built from.

EAP 7.0 to 7.4 are WildFly 10, 11, 14, 18 and 23; the WildFlys between behave as the one before them. The
renamed policies came with WildFly 27 (counted as 8.0), the new log texts with WildFly 32 (8.1), the name
`Apache Artemis` with WildFly 40 (8.2, though no EAP of that number was out).
"""

from __future__ import annotations

from typing import Final

from handrail.procedure.versions import Version, parse_version

EAP_7_0: Final = Version(7, 0)
EAP_7_1: Final = Version(7, 1)
EAP_7_2: Final = Version(7, 2)
EAP_7_3: Final = Version(7, 3)
EAP_7_4: Final = Version(7, 4)
EAP_8_0: Final = Version(8, 0)
EAP_8_1: Final = Version(8, 1)

_WILDFLY = (
    (40, "8.2.0"),
    (32, "8.1.0"),
    (27, "8.0.0"),
    (23, "7.4.0"),
    (18, "7.3.0"),
    (14, "7.2.0"),
    (11, "7.1.0"),
    (0, "7.0.0"),
)
_INSIDE = (
    (EAP_8_1, "2.33.0.redhat-00015", "24.0.0.Final-redhat"),
    (EAP_8_0, "2.21.0.redhat-00041", "21.0.5.Final-redhat"),
    (EAP_7_4, "2.16.0.redhat-00022", "15.0.2.Final-redhat-00001"),
    (EAP_7_3, "2.9.0.redhat-00005", "10.1.2.Final-redhat-00001"),
    (EAP_7_2, "2.6.3.redhat-00014", "6.0.11.Final-redhat-00001"),
    (EAP_7_1, "1.5.5.008-redhat-1", "3.0.10.Final-redhat-1"),
    (EAP_7_0, "1.1.0.SP16-redhat-1", "2.1.2.Final-redhat-1"),
)


def counted_as(product: str, version: str) -> str | None:
    """The EAP release, in three numbers, of a server of this product name and version; None if unreadable."""
    release = parse_version(version)
    if release is None:
        return None
    if "wildfly" not in product.lower():
        return str(release)
    return next(eap for first, eap in _WILDFLY if release.major >= first)


def release_of(text: str) -> Version:
    """A release as a number; one that cannot be read counts as the newest EAP 7."""
    return parse_version(text) or EAP_7_4


def broker_inside(release: Version) -> str:
    """The release of the messaging broker inside; that 7.x patch levels differ does not matter here."""
    return next((broker for first, broker, _ in _INSIDE if release >= first), _INSIDE[-1][1])


def core_inside(release: Version) -> str:
    """What the server tells as release-version."""
    return next((core for first, _, core in _INSIDE if release >= first), _INSIDE[-1][2])
