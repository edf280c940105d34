"""Turns the figures of the recordings into the table of docs/live.md."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.live.distributions import VERSIONS
from tests.live.scenarios import SCENARIOS

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def rows(recordings: Path) -> Iterable[tuple[str, str, list[str]]]:
    """Scenario, figure, and its value in each version; scenarios in the order they are defined."""
    for name, scenario in SCENARIOS.items():
        found = [
            _figures(recordings / f"{version}-{scenario.mode}" / name / "meta.json") for version in VERSIONS
        ]
        keys = list(dict.fromkeys(key for figures in found for key in figures or ()))
        for key in keys:
            yield name, key, [_cell(figures, key) for figures in found]


def table(recordings: Path) -> str:
    """The whole table in Markdown."""
    lines = ["| scenario | figure | " + " | ".join(VERSIONS) + " |", "|---|---|" + "---|" * len(VERSIONS)]
    before = ""
    for name, key, cells in rows(recordings):
        shown = f"`{name}`" if name != before else ""
        before = name
        lines.append(f"| {shown} | {key} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _figures(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return figures


def _cell(figures: dict[str, Any] | None, key: str) -> str:
    if figures is None:
        return "not run"
    if key not in figures:
        return "-"
    value = figures[key]
    if isinstance(value, list):
        if key == "saved":
            return f"{len(value)} directories"
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in sorted(value.items()) if count) or "empty"
    if value is None:
        return "did not"
    return (
        f"{value:.1f}" if isinstance(value, float) else " ".join(str(value).split()).replace("|", "\\|")[:60]
    )


def main(arguments: list[str]) -> int:
    """Rewrite the table between its two marks in the page named."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--recordings", type=Path, default=Path("tests/recordings/artemis"))
    parser.add_argument("page", type=Path, nargs="?", default=Path("docs/live.md"))
    chosen = parser.parse_args(arguments)
    before, _, rest = chosen.page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    text = f"{before}{BEGIN}\n\n{table(chosen.recordings)}\n\n{END}{after}"
    chosen.page.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
