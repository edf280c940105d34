"""One line being typed: letters in, a cursor, and nothing else. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from handrail.text import safe

LIMIT = 32_000
"""Longest answer: a table of a vendor's command line, pasted; six hundred Message VPNs, a line each."""


@dataclass
class Typed:
    """The text so far and where the next letter goes."""

    text: str = ""
    at: int = 0

    def insert(self, text: str) -> None:
        """Put text at the cursor; what a terminal would act upon is left out, line ends become spaces."""
        # A no-break space would look like a space and be none.
        one_line = "".join(" " if character.isspace() else character for character in text)
        clean = "".join(character for character in one_line if safe(character) == character)
        clean = clean[: LIMIT - len(self.text)]
        self.text = self.text[: self.at] + clean + self.text[self.at :]
        self.at += len(clean)

    def press(self, key: str, character: str | None) -> bool:
        """Take one key; False when it means nothing to a line."""
        match key:
            case "backspace" | "ctrl+h" if self.at > 0:
                self.text = self.text[: self.at - 1] + self.text[self.at :]
                self.at -= 1
            case "delete":
                self.text = self.text[: self.at] + self.text[self.at + 1 :]
            case "ctrl+u":
                self.text, self.at = self.text[self.at :], 0
            case "ctrl+w":
                kept = self.text[: self.at].rstrip()
                kept = kept[: kept.rfind(" ") + 1]
                self.text, self.at = kept + self.text[self.at :], len(kept)
            case "left" | "ctrl+b":
                self.at = max(0, self.at - 1)
            case "right" | "ctrl+f":
                self.at = min(len(self.text), self.at + 1)
            case "home" | "ctrl+a":
                self.at = 0
            case "end" | "ctrl+e":
                self.at = len(self.text)
            case _ if character is not None and character.isprintable() and len(character) == 1:
                self.insert(character)
            case _:
                return False
        return True
