"""What the terminal tests start: one screen over a situation made up. Arguments: which, and how."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

from tests.screens import showing
from tests.screens.moments import MOMENTS
from tests.tui import hostile

from handrail.walk.view import View


def main(kind: str, name: str) -> None:
    """Show it until the terminal goes."""
    if kind == "moment":
        showing.Showing(MOMENTS[name]().view()).run(mouse=False)
    elif kind == "waiting":
        Waiting(MOMENTS[name]().view()).run(mouse=False)
    elif kind == "library":
        showing.library().run(mouse=False)
    elif kind == "hostile":
        hostile.APPS[name]().run(mouse=False)
    elif kind == "crash":
        Crashing(MOMENTS["confirm"]().view()).run(mouse=False)


class Waiting(showing.Showing):
    """Told four views a second, as the conductor does, in which only the clock goes on."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._began = time.monotonic()

    async def on_mount(self) -> None:  # type: ignore[override]
        """Tell it again and again."""
        await super().on_mount()
        self.set_interval(0.25, self._tell)

    def _tell(self) -> None:
        current = self.view.current
        assert current is not None
        passed = time.monotonic() - self._began
        self.tell(replace(self.view, current=replace(current, waited_s=38.0 + passed)))


class Crashing(showing.Showing):
    """Raises in a handler of Ctrl+C, with a password in a local variable."""

    def action_explain(self) -> None:
        """Ctrl+C."""
        password = "hunter2-" + "opensesame"
        raise RuntimeError(f"no such thing as {password}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
