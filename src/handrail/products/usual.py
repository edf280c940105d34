"""What an inventory usually says of a product's servers: proposed to who makes one, never taken unasked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from handrail.readings import Reading


@dataclass(frozen=True, slots=True)
class Usual:
    """One product's proposals. `{name}` in `service` is the server's name."""

    url: str
    """The management address, port and path included."""
    told: tuple[str, ...]
    """The readings that tell a person which server answered; the first says whether it answered at all."""
    user: str = ""
    """The management user; empty where none is needed, and then no password is asked for either."""
    origin: str = ""
    """The Origin a browser would send, where the product asks for one."""
    log: str = ""
    """The path of the log on the server's host; empty where the product writes none that a file holds."""
    service: str = ""
    """The name of the unit that start and stop work on; empty where there is none."""
    alike: str = ""
    """A reading that servers of one group have in common and others do not."""
    policy: tuple[str, ...] = ()
    """Readings whose words tell the mode, and whether the server is configured as a backup."""

    @property
    def asked(self) -> tuple[str, ...]:
        """Every reading a probe takes."""
        return tuple(dict.fromkeys((*self.told, *self.policy, *filter(None, (self.alike,)))))

    def is_backup(self, found: Mapping[str, Reading]) -> bool:
        """Whether it is configured as the backup, as far as the first policy that can be read tells."""
        words = next(iter(self._policies(found)), "")
        return "backup" in words or "slave" in words or words in ("replica", "true")

    def mode(self, found: Mapping[str, Reading], modes: Collection[str]) -> str | None:
        """The one of these modes with which the words of a policy begin; None where nothing tells."""
        told = self._policies(found)
        return next((mode for words in told for mode in modes if words.startswith(mode)), None)

    def _policies(self, found: Mapping[str, Reading]) -> list[str]:
        readings = [found[name] for name in self.policy if name in found]
        return [str(reading.value).lower() for reading in readings if reading.value not in (None, "")]
