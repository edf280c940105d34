"""The consoles of a drill's servers, for faces: what is typed is done in the drill's own loop and time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

from handrail.drill.playing import Drill
from handrail.products.product import Console
from handrail.text import SafeText, safe

Result = TypeVar("Result")
LIMIT_S = 5.0
"""How long a face waits for the drill's loop; it answers within a tick unless the drill has ended."""
KEPT_LINES = 500


@dataclass
class Consoles:
    """Every console of one drill; may be called from any thread but the drill's own."""

    drill: Drill
    shown: dict[str, list[SafeText]] = field(default_factory=dict)
    """What each console shows: the lines typed, with their prompts, and what they printed."""
    history: dict[str, list[str]] = field(default_factory=dict)

    def servers(self) -> Sequence[str]:
        """The servers that have one, in the scenario's order."""
        return self.drill.scenario.servers()

    def prompt(self, server: str) -> SafeText:
        """What stands before the next line."""
        return self._asked(lambda console: safe(console.prompt), server, safe("> "))

    def complete(self, server: str, line: str) -> Sequence[str]:
        """Whole lines that this beginning may become."""
        return self._asked(lambda console: list(console.complete(line)), server, [])

    def enter(self, server: str, line: str) -> Sequence[SafeText]:
        """Type a line; gives what it prints and keeps both to be shown."""

        def do(console: Console) -> list[SafeText]:
            prompt = console.prompt
            printed = [safe(item) for item in self.drill.stage.enter(server, line)]
            kept = self.shown.setdefault(server, [])
            kept += [safe(f"{prompt}{line}"), *printed]
            del kept[:-KEPT_LINES]
            return printed

        if server not in self.servers():
            return [safe(f"there is no server {server}; there are {', '.join(self.servers())}")]
        if line.strip():
            self.history.setdefault(server, []).append(line)
        return self._asked(do, server, [safe("the drill has ended; nothing was done")])

    def _asked(self, ask: Callable[[Console], Result], server: str, without: Result) -> Result:
        answer: Future[Result] = Future()

        def work() -> None:
            try:
                answer.set_result(ask(self.drill.stage.simulator.console(server)))
            except Exception as problem:
                answer.set_exception(problem)

        if self.drill.session.join(0) or self.drill.loop.is_closed():
            return without
        self.drill.loop.call_soon_threadsafe(work)
        try:
            return answer.result(LIMIT_S)
        except TimeoutError:
            return without
