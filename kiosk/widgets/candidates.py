"""The strip of candidates above the keys, and their grid in the keys' place."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kivy.app import App
from kivy.uix.label import Label

from kiosk.input.composer import Composer
from kiosk.widgets.icons import Sign
from kiosk.widgets.key import Key
from kiosk.widgets.key_layouts import Kind
from kiosk.widgets.measure import measure
from kiosk.widgets.solid import Solid

if TYPE_CHECKING:
    from kiosk.widgets.keyboard import Keyboard


class CandidateStrip:
    """What is composed, its candidates, and buttons to page, unfold and hide; on a keyboard."""

    def __init__(self, board: "Keyboard", press: Callable[[Any], None], ground: Solid) -> None:
        self._board, self._press, self._ground = board, press, ground
        self.composer: Composer | None = None
        self.cells: list[Key] = []
        self._buttons: dict[str, Key] = {}
        self._preedit = Label(halign="left", valign="middle")

    def forget(self) -> None:
        """Take the words of this visitor off it."""
        self._preedit.text = ""
        for cell in self.cells:
            cell.text = ""

    def _preedit_width(self) -> float:
        if self.composer is None or not self.composer.composition:
            return 0.0
        theme = self._board.theme
        text = self.composer.composition.preedit
        return float(measure(theme.candidate).text(text) + 1.5 * theme.gap)

    def _cell_width(self, number: int, text: str) -> float:
        theme = self._board.theme
        least = theme.key + (theme.key_gap if self._numbered else 0)
        width = measure(theme.candidate, bold=number == 0).text(self._cell_text(number, text))
        return float(max(least, width + 1.6 * theme.pad))

    def _cell_text(self, number: int, text: str) -> str:
        return f"{number + 1} {text}" if self._numbered and number < 9 else text

    @property
    def _numbered(self) -> bool:
        return self._board.field is not None and bool(self._board.field.physical)

    def _strip_room(self) -> float:
        theme = self._board.theme
        buttons = 3 if self._board.raised else 2
        return (
            self._board.strip_box()[2]
            - self._preedit_width()
            - buttons * theme.strip
            - 2 * theme.pad
        )

    def room(self, found: Sequence[str]) -> int:
        """How many of these candidates have room; one at least, if there is one."""
        if self.composer is not None and self.composer.expanded:
            return sum(1 for _ in self._grid(found))
        left = self._strip_room()
        for number, text in enumerate(found):
            left -= self._cell_width(number, text)
            if left < 0 or (self._numbered and number == 9):
                return max(1, number)
        return len(found)

    def _grid(self, found: Sequence[str]) -> Any:
        """Places of candidates over the keys: x from the left, row, width."""
        theme = self._board.theme
        width = self._board.rows_width()
        x, row = 0.0, 0
        for number, text in enumerate(found):
            wide = min(width, self._cell_width(number, text))
            if x and x + wide > width:
                x, row = 0.0, row + 1
            if row == 4:
                return
            yield x, row, wide
            x += wide + theme.key_gap

    def draw(self, composer: Composer) -> None:
        """Show what is composed, the candidates and the buttons."""
        theme = self._board.theme
        left, foot, width, high = self._board.strip_box()
        composing = bool(composer.composition)
        words = App.get_running_app().words
        if self._preedit.parent is None:
            self._board.add_widget(self._preedit)
        text = composer.composition.preedit if composing else self._hint(words, composer)
        self._preedit.text = text
        guided = self._board.field is not None and self._board.field.kind is not Kind.TEXT
        self._preedit.font_size = (
            theme.candidate if composing else theme.body if guided else theme.least
        )
        self._preedit.color = theme.secondary
        room = self._preedit_width() if composing else width - 3 * theme.strip - theme.gap
        self._preedit.size = self._preedit.text_size = (room, high)
        self._preedit.pos = (left + theme.gap, foot)
        self._draw_cells(composer, left + room + theme.pad, foot, high)
        buttons = self._wanted_buttons(composer)
        x = left + width - theme.pad * 0.5
        for name, sign, able in reversed(buttons):
            x -= high
            self._draw_button(name, sign, able, x, foot, high)
        for name, button in self._buttons.items():
            if name not in {each for each, _, _ in buttons} and button.parent:
                self._board.remove_widget(button)

    def _hint(self, words: Any, composer: Composer) -> str:
        if self._board.field is None:
            return ""
        if self._board.field.kind is not Kind.TEXT:
            return str(self._board.field.guide)
        if not composer.chinese:
            hint = "hint_preparing" if composer.preparing else "hint_no_chinese"
            return str(words[f"keys.{hint}"])
        return str(words[f"keys.hint_{composer.mode.name.lower()}"])

    def _wanted_buttons(self, composer: Composer) -> list[tuple[str, Sign, bool]]:
        if not composer.composition:
            return [("hide", Sign.HIDE_KEYS, True)] if self._board.raised else []
        page = composer.candidates
        buttons = [
            ("previous", Sign.PREVIOUS, page.has_previous),
            ("next", Sign.FORWARD, page.has_next),
        ]
        if self._board.raised:
            buttons.append(("more", Sign.LESS if composer.expanded else Sign.MORE, True))
        return buttons

    def _draw_button(
        self, name: str, sign: Sign, able: bool, x: float, y: float, side: float
    ) -> None:
        theme = self._board.theme
        button = self._buttons.get(name)
        if button is None:
            button = self._buttons[name] = Key(self._press, self._ground, font_name="icons")
            button.face = name
        button.text, button.font_size = sign.value, theme.icon
        button.color, button.disabled_color = theme.ink, theme.rail
        button.disabled = not able
        button.size, button.pos = (side, side), (x, y)
        button.look((0, 0, 0, 0), theme.tint, (0, 0, 0, 0), theme.radius_button)
        if button.parent is None:
            self._board.add_widget(button)

    def _draw_cells(self, composer: Composer, x: float, foot: float, high: float) -> None:
        theme, shown = self._board.theme, composer.candidates.shown
        places = list(self._grid(shown)) if composer.expanded else None
        if places is not None:
            # Chosen for the keyboard in use, which may have more room than this one.
            shown = shown[: len(places)]
        grid_left = self._board.center_x - self._board.rows_width() / 2
        for number, text in enumerate(shown):
            if number == len(self.cells):
                self.cells.append(Key(self._press, self._ground))
            cell = self.cells[number]
            first = number == 0
            cell.face, cell.bold = number, first
            cell.font_size, cell.color = theme.candidate, theme.brand if first else theme.ink
            cell.text = self._cell_text(number, text)
            if places is None:
                wide = self._cell_width(number, text)
                inset = theme.pad * 0.5
                cell.size, cell.pos = (wide, high - 2 * inset), (x, foot + inset)
                fill = theme.tint if first else theme.card
                x += wide
            else:
                across, row, wide = places[number]
                step = self._board.key_height + theme.key_gap
                cell.size = (wide, self._board.key_height)
                cell.pos = (grid_left + across, foot - (row + 1) * step)
                fill = theme.tint if first else theme.key_face
            cell.look(fill, theme.key_down, (0, 0, 0, 0), theme.radius_button * 0.75)
            if cell.parent is None:
                self._board.add_widget(cell)
        for cell in self.cells[len(shown) :]:
            if cell.parent is not None:
                self._board.remove_widget(cell)
                cell.text = ""
