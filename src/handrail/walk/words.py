"""The catalogue's words for the bound servers: which line is awaited where, and what a line is.

A wording counts only if the server's release prints it; while the release is unknown every one counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from handrail.observe.situation import LogMatch
from handrail.procedure.catalogue import Catalogue, Variant
from handrail.procedure.versions import covers, parse_version
from handrail.readings import Line
from handrail.text import SafeText, safe
from handrail.walk.plan import BoundPair


class CatalogueWords:
    """Words over one product's catalogue for the servers of some pairs."""

    def __init__(self, catalogue: Catalogue, pairs: Sequence[BoundPair]) -> None:
        self._catalogue = catalogue
        self._roles = {server: role for pair in pairs for role, server in pair.roles.items()}
        self._modes: Mapping[str, str] = {
            server: pair.mode for pair in pairs for server in pair.roles.values()
        }
        self._versions: dict[str, str] = {}
        self._near = lru_cache(maxsize=4096)(self._near_uncached)

    def learn(self, server: str, version: str) -> None:
        """Take note of the release a server says it is."""
        self._versions[server] = version

    def matches(self, line: Line) -> Sequence[LogMatch]:
        """The messages this line is, in any release's wording, for the server's mode and role."""
        matcher = self._catalogue.matcher(None, self._modes.get(line.server))
        found = []
        for hit in matcher.match(line.text):
            name, variant = hit.key
            if self._prints(line.server, variant):
                full = f"{self._catalogue.product}.{name}"
                found.append(LogMatch(full, line, variant.since, variant.until))
        return found

    def counts(self, match: LogMatch) -> bool:
        """Whether the server's release prints that wording."""
        version = parse_version(self._versions.get(match.line.server))
        return covers(match.since, match.until, version)

    def awaited(self, name: str, server: str) -> SafeText:
        """The real line awaited of this server, code first; the message's own name where none is printed."""
        plain = self._plain(name)
        if plain not in self._catalogue:
            return safe(name)
        expected = [
            variant
            for variant in self._catalogue.expected(
                plain, self._versions.get(server), self._modes.get(server)
            )
            if self._prints(server, variant)
        ]
        return expected[-1].shown if expected else safe(f"{name} (never printed by this release)")

    def near_miss(self, name: str, line: Line) -> SafeText | None:
        """Why this line is almost the one awaited, or None."""
        return self._near(name, line.server, line.text, self._versions.get(line.server))

    def _near_uncached(self, name: str, server: str, text: SafeText, version: str | None) -> SafeText | None:
        plain = self._plain(name)
        if plain not in self._catalogue:
            return None
        return self._catalogue.near_miss(plain, text, version, self._modes.get(server))

    def _plain(self, name: str) -> str:
        return name.removeprefix(f"{self._catalogue.product}.")

    def _prints(self, server: str, variant: Variant) -> bool:
        return variant.printed_by in ("either", self._roles.get(server, "either"))
