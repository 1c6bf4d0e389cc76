"""How fast a board really scrolls: a technician marks when texts of known width leave (pure).

No document tells how many pixels per second a card's speed code means, and boards differ. So
each code from 0 (the fastest) on shows a text once, and the time from the card's
acknowledgement to the mark gives its speed. A person marks some 0.2 s off, which is 2 % of a
pass of 10 s; two marks a code would not be better by much and take twice the time.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from display.timing import MIN_CHARACTERS_PER_SECOND, MIN_VISIBLE, readable_speeds

DIGITS = "１２３４５６７８９０"
LEAST_TEXT, LEAST_AREA = 2, 4
"""Characters."""
LAST = "完"
"""Ends every text, so that the technician knows what to wait for."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of a measurement."""

    pass_s: float = 10.0
    """Wanted from the text's entry to its end."""
    shortest_s: float = 6.0
    """A shorter pass is too inexact, if a longer text can be had."""
    reaction_s: float = 0.2
    """How far off a person's mark is."""
    unexpected: float = 0.6
    """A code slower than this part of what was expected is measured twice."""
    far_off: float = 4.0
    """Code 0 so many times faster or slower than assumed is measured twice."""
    agreement: float = 0.05
    """Two measurements that differ by no more than this part say the same."""
    clearly: float = 0.95
    """Below this part of the slowest speed that people can read, no further code is used."""


class Doubt(StrEnum):
    """Why a measurement is asked for again."""

    NOT_SLOWER = "not_slower"
    """Than the code before: one of the two marks was wrong."""
    TOO_SHORT = "too_short"
    """To be exact; the next text is longer."""
    UNEXPECTED = "unexpected"
    """Far from what was expected; taken when a second measurement says the same."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One text to be shown scrolling to the left, in an area at the board's left edge."""

    code: int
    text: str
    """Full-width characters alone: nothing tells how wide a card draws its Latin ones."""
    text_width: int
    """Pixels, as `area_width`."""
    area_width: int
    expected: float
    """Pixels per second."""
    longest: bool
    """No longer text fits the card's memory."""

    @property
    def distance(self) -> int:
        """Pixels from the first one's entry at the right to the last one's exit at the left."""
        return self.text_width + self.area_width

    @property
    def expected_s(self) -> float:
        return self.distance / self.expected


@dataclass(frozen=True, slots=True)
class Procedure:
    """A calibration under way. Raises ValueError for a card without speeds."""

    assumed: tuple[float, ...]
    """Pixels per second by code, each below the one before: where the expectation starts."""
    board_width: int
    """Pixels."""
    cell: int
    """Width and height of a character, in pixels."""
    longest_text: int
    """Characters that the card takes at once."""
    rules: Rules = field(default_factory=Rules)
    measured: tuple[float, ...] = ()
    """Pixels per second of the codes done so far."""
    doubted: float | None = None
    """Pixels per second of the latest measurement that was not taken, of the code to come."""
    too_short: bool = False
    """It was not taken because the pass was too short."""

    def __post_init__(self) -> None:
        if not self.assumed:
            raise ValueError("assumed: the card has no speeds, there is nothing to measure")

    @property
    def finished(self) -> bool:
        """All codes are measured, or the last one is clearly slower than people can read."""
        if len(self.measured) == len(self.assumed):
            return True
        slowest = MIN_CHARACTERS_PER_SECOND * self.cell * self.rules.clearly
        return bool(self.measured) and self.measured[-1] < slowest

    @property
    def usable(self) -> bool:
        """Something that people can read is among what was measured."""
        try:
            readable_speeds(self.measured, self.cell)
        except ValueError:
            return False
        return True

    def trial(self) -> Trial:
        """What to show next. Raises ValueError when all codes are measured."""
        code = len(self.measured)
        if code == len(self.assumed):
            raise ValueError("all codes are measured")
        expected = self._expected()
        distance = expected * self.rules.pass_s
        # On a wide board, a narrower area keeps the pass of a slow code short.
        widest = int(distance) - MIN_VISIBLE * self.cell
        area = min(self.board_width, max(LEAST_AREA * self.cell, widest))
        wanted = max(LEAST_TEXT, round((distance - area) / self.cell))
        characters = min(wanted, self.longest_text)
        body = DIGITS * (characters // len(DIGITS) + 1)
        return Trial(
            code=code,
            text=body[: characters - 1] + LAST,
            text_width=characters * self.cell,
            area_width=area,
            expected=expected,
            longest=characters == self.longest_text,
        )

    def mark(self, elapsed_s: float) -> "tuple[Procedure, Doubt | None]":
        """The last character of `trial` left `elapsed_s` after it was acknowledged.

        Without a doubt, the measurement is taken. Raises ValueError for a time not above zero.
        """
        if not elapsed_s > 0:
            raise ValueError(f"elapsed: {elapsed_s} s, above zero expected")
        trial = self.trial()
        speed = trial.distance / elapsed_s
        doubt = self._doubt(trial, speed, elapsed_s)
        if doubt is not None:
            short = doubt is Doubt.TOO_SHORT
            return replace(self, doubted=speed, too_short=short), doubt
        return replace(self, measured=(*self.measured, speed), doubted=None, too_short=False), None

    def back(self) -> "Procedure":
        """Forget the last measurement that was taken; nothing to forget is no mistake."""
        return replace(self, measured=self.measured[:-1], doubted=None, too_short=False)

    def error(self, elapsed_s: float) -> float:
        """How far off a speed may be, as a part of it, by a person's reaction alone."""
        return self.rules.reaction_s / elapsed_s

    def _expected(self) -> float:
        """Pixels per second of the code to come."""
        if self.too_short and self.doubted is not None:
            return self.doubted
        return self._by_assumed_step(len(self.measured))

    def _by_assumed_step(self, code: int) -> float:
        if code == 0:
            return self.assumed[0]
        return self.measured[-1] * self.assumed[code] / self.assumed[code - 1]

    def _doubt(self, trial: Trial, speed: float, elapsed_s: float) -> Doubt | None:
        if self.measured and speed >= self.measured[-1]:
            return Doubt.NOT_SLOWER
        if not self._usual(trial.code, speed) and not self._agrees(speed):
            return Doubt.UNEXPECTED
        if elapsed_s < self.rules.shortest_s and not trial.longest:
            return Doubt.TOO_SHORT
        return None

    def _usual(self, code: int, speed: float) -> bool:
        ratio, far_off = speed / self._by_assumed_step(code), self.rules.far_off
        return ratio >= self.rules.unexpected if code else 1 / far_off <= ratio <= far_off

    def _agrees(self, speed: float) -> bool:
        """With the measurement of the same code that was doubted."""
        doubted = self.doubted
        return doubted is not None and abs(speed - doubted) <= self.rules.agreement * doubted
