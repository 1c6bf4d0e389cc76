"""What keys mean while one types: choose, turn the page, take the letters as they are (pure).

Both keyboards, the one on screen and the one on the desk, type through the same composer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from kiosk.input.method import KEYS, Composition, InputMethod, Schema

BAR, GRID = 16, 96
"""Candidates asked for at once; what of them has room is shown."""
PREVIOUS_PAGE, NEXT_PAGE = "-,", "=."


class Mode(Enum):
    """What letters become."""

    PINYIN = Schema.PINYIN
    STROKE = Schema.STROKE
    LATIN = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """The page of candidates that is shown."""

    shown: tuple[str, ...] = ()
    has_previous: bool = False
    has_next: bool = False


class Composer:
    """Turns keys into text. What its methods return is for the field; empty: nothing yet.

    `room` tells how many of some candidates can be shown at once.
    """

    def __init__(self, room: Callable[[Sequence[str]], int] = len) -> None:
        self.room = room
        self._watchers: list[Callable[[], None]] = []
        self._method: InputMethod | None = None
        self._starts = [0]
        self.mode = Mode.LATIN
        self.preparing = False
        """Whether Chinese is about to come."""
        self.expanded = False
        """More than one line of candidates is shown."""
        self.composition = Composition()
        self.candidates = Candidates()

    @property
    def chinese(self) -> bool:
        """Whether Chinese can be typed at all."""
        return self._method is not None

    @property
    def query(self) -> str:
        """What of the composition a search can use: chosen characters, and pinyin."""
        pinyin = self.composition.keys.replace("'", "") if self.mode is Mode.PINYIN else ""
        return " ".join(filter(None, (self.composition.settled, pinyin)))

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` after every change of `composition`, `candidates` or `mode`."""
        self._watchers.append(changed)

    def await_method(self, preparing: bool) -> None:
        """A method is being made ready, or will not come."""
        self.preparing = preparing
        self._show()

    def equip(self, method: InputMethod) -> None:
        """From now on letters become Chinese."""
        self._method, self.preparing = method, False
        self.switch(Mode.PINYIN)

    def switch(self, mode: Mode) -> None:
        """Type pinyin, strokes or Latin letters; without a method it stays with Latin ones."""
        if self._method is not None:
            self._method.clear()
            if isinstance(mode.value, Schema):
                self._method.select(mode.value)
            self.mode = mode
        self._take(Composition())

    def leave_for(self, mode: Mode) -> str:
        """Switch while something is composed: letters stay letters, as a code wants them, and
        strokes, which nobody could read, become their first character."""
        text = self.as_typed() if self.mode is Mode.PINYIN else self.choose_all()
        self.switch(mode)
        return text

    def type(self, text: str, *, shortcuts: bool = True) -> str:
        """A key that types something, or several characters at once.

        Without `shortcuts`, where candidates and pages are touched, digits and signs choose none.
        """
        if self._composes(text) and self._method is not None:
            return self._take(self._method.feed(text))
        if not self.composition:
            return text
        if text == " ":
            return self.choose(0)
        if shortcuts and text in NEXT_PAGE and self.candidates.has_next:
            return self.page(1)
        if shortcuts and text in PREVIOUS_PAGE and self.candidates.has_previous:
            return self.page(-1)
        if shortcuts and text in "123456789" and int(text) <= len(self.candidates.shown):
            return self.choose(int(text) - 1)
        if text in "0123456789-" and self.mode is Mode.PINYIN:
            # The beginning of a code, such as fsgc-2026.
            return self.as_typed() + text
        return self.choose_all() + text

    def choose(self, place: int) -> str:
        """Take the candidate at a place of the page; without one, the letters as they are."""
        if self._method is None or not self.composition:
            return ""
        if place >= len(self.candidates.shown):
            return self.as_typed()
        return self._take(self._method.choose(self._starts[-1] + place))

    def choose_all(self) -> str:
        """Take the first candidates until nothing is left to choose."""
        text = ""
        while self.composition:
            text += self.choose(0)
        return text

    def as_typed(self) -> str:
        """Take the letters as they are."""
        text = self.composition.settled
        text += self.composition.keys if self.mode is not Mode.STROKE else ""
        self.give_up()
        return text

    def backspace(self) -> bool:
        """Take back a key or a choice; False where there is none to take back."""
        if self._method is None or not self.composition:
            return False
        self._take(self._method.backspace())
        return True

    def give_up(self) -> bool:
        """Leave what was not chosen; False where there was nothing."""
        composing = bool(self.composition)
        if self._method is not None:
            self._method.clear()
        self._take(Composition())
        return composing

    def page(self, step: int) -> str:
        """Turn to the next (1) or the previous (-1) candidates."""
        if step > 0 and self.candidates.has_next:
            self._starts.append(self._starts[-1] + len(self.candidates.shown))
        elif step < 0 and self.candidates.has_previous:
            self._starts.pop()
        self._show()
        return ""

    def expand(self, expanded: bool) -> None:
        """Show many lines of candidates, or one; begin with the first."""
        self.expanded = expanded
        self._starts = [0]
        self._show()

    def lay_out(self) -> None:
        """Look again how many candidates have room."""
        self._starts = [0]
        self._show()

    def forget(self) -> None:
        """Another visitor: nothing stays of what was typed."""
        if self._method is not None:
            self._method.forget()
            self.mode = Mode.PINYIN
        self._take(Composition())

    def _composes(self, text: str) -> bool:
        keys = KEYS[self.mode.value] if self.mode.value is not None else frozenset()
        return len(text) == 1 and text in keys and (text != "'" or bool(self.composition))

    def _take(self, composition: Composition) -> str:
        self.composition = composition
        self._starts = [0]
        if not composition:
            self.expanded = False
        self._show()
        return composition.committed

    def _show(self) -> None:
        shown: tuple[str, ...] = ()
        start, more = self._starts[-1], False
        if self._method is not None and self.composition:
            found = tuple(self._method.candidates(start, GRID if self.expanded else BAR))
            shown = found[: self.room(found)]
            more = len(found) > len(shown)
        self.candidates = Candidates(shown, start > 0, more)
        for changed in self._watchers:
            changed()
