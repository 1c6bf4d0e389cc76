"""A scanner that types: tells its codes from what a person types, by their speed (pure)."""

from dataclasses import dataclass, field

GAP_S = 0.1
"""From one character to the next at most; a person who types fast needs as much."""
SHORTEST, LONGEST = 40, 1200
"""Characters of a code; what is shorter was typed by a hand that fell on the keys."""


@dataclass(slots=True)
class Wedge:
    """Gathers characters; `at` counts seconds and never goes back."""

    _typed: str = field(default="", repr=False)
    _last: float = 0.0

    def typed(self, text: str, at: float) -> None:
        """Characters came from the keyboard."""
        quick = at - self._last <= GAP_S
        self._last = at
        # One more than a code has, which tells that it is none.
        self._typed = ((self._typed if quick else "") + text)[: LONGEST + 1]

    def entered(self, at: float) -> str | None:
        """Enter was pressed: the code that it ends, or None."""
        code, quick = self._typed.strip(), at - self._last <= GAP_S
        self._typed = ""
        return code if quick and SHORTEST <= len(code) <= LONGEST else None

    def forget(self) -> None:
        """Nothing stays of what was typed."""
        self._typed = ""
