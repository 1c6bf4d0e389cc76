"""A field of a form that is typed into: groups digits, and knows where its cursor came from."""

from collections.abc import Callable
from typing import Any

from kivy.app import App

from kiosk.entry.writing import grouped, plain
from kiosk.sync.form import FieldKind
from kiosk.widgets.key_field import ENTER, KeyField
from kiosk.widgets.key_layouts import Kind

KINDS = {
    FieldKind.CREDIT_CODE: Kind.CODE,
    FieldKind.ID_NUMBER: Kind.CODE,
    FieldKind.MOBILE: Kind.DIGITS,
    FieldKind.TELEPHONE: Kind.TELEPHONE,
    FieldKind.BANK_ACCOUNT: Kind.DIGITS,
    FieldKind.AMOUNT: Kind.AMOUNT,
    FieldKind.DATE: Kind.DIGITS,
}
"""Keyboards of the kinds that do not take every character."""
WITHOUT_DASH = {FieldKind.CREDIT_CODE, FieldKind.ID_NUMBER}
SEPARATORS = frozenset(" ,")


class EntryInput(KeyField):
    """Tells each change of its value, and asks to move on; is used again by later steps."""

    def __init__(self, **kwargs: Any) -> None:
        self.of = FieldKind.TEXT
        self.edited: Callable[[str], None] = lambda _value: None
        self.moved: Callable[[int], None] = lambda _step: None
        """Told 1 or -1 by Tab and Enter."""
        self.entered_or_left: Callable[[bool], None] = lambda _focus: None
        self._silent = False
        super().__init__(**kwargs)
        self.bind(text=self._changed, focus=lambda _input, focus: self.entered_or_left(focus))

    def serve(self, of: FieldKind, value: str, guide: str) -> None:
        """Show a value of this kind, without telling it back."""
        self.of, self.guide, self.kind = of, guide, KINDS.get(of, Kind.TEXT)
        self._silent = True
        self.text = grouped(of, value)
        self._silent = False
        self.physical = False
        self.cursor = self.get_cursor_from_index(len(self.text))
        self.reset_undo()

    def rest(self) -> None:
        """Out of use: it keeps no text and tells nobody."""
        self.edited = lambda _value: None
        self.moved = lambda _step: None
        self.entered_or_left = lambda _focus: None
        self.focus = False
        self.clear()
        self.guide = ""

    @property
    def value(self) -> str:
        """The text without what is only composed, and without separators."""
        text = self.text
        if self._preedit:
            text = text[: self._start] + text[self._start + len(self._preedit) :]
        return plain(self.of, text)

    def insert_text(self, substring: str, from_undo: bool = False) -> None:
        if self.of in WITHOUT_DASH:
            substring = substring.replace("-", "")
        super().insert_text(substring, from_undo)

    def do_backspace(self, from_undo: bool = False, mode: str = "bkspc") -> None:
        if self.kind is not Kind.TEXT:
            at = self.cursor_index()
            if not self._selection and self.text[at - 1 : at] in SEPARATORS:
                self.cursor = self.get_cursor_from_index(at - 1)
            super().do_backspace(from_undo, mode)
            self._arrange(self.text, self.cursor_index())
            return
        super().do_backspace(from_undo, mode)

    def keyboard_on_key_down(self, window: Any, keycode: Any, text: str, modifiers: Any) -> bool:
        composing = self._composer is not None and bool(self._composer.composition)
        if keycode[1] == "tab":
            if composing and self._composer is not None:
                self.insert(self._composer.choose_all())
            self.moved(-1 if "shift" in modifiers else 1)
            return True
        if keycode[1] in ENTER and not composing:
            self.moved(1)
            return True
        if keycode[1] == "escape":
            # The screen decides; see `FormScreen.takes`.
            return False
        return bool(super().keyboard_on_key_down(window, keycode, text, modifiers))

    def settle(self) -> None:
        """Take what is composed as it would be chosen: the cursor goes elsewhere."""
        if self._composer is not None and self._preedit:
            self.insert(self._composer.choose_all())

    def _arrange(self, text: str, cursor: int) -> None:
        """Group the digits anew; the cursor stays behind the same digit."""
        if self.kind is not Kind.TEXT:
            before = len(plain(self.of, text[:cursor]))
            text = grouped(self.of, plain(self.of, text))
            cursor = 0
            while before and cursor < len(text):
                before -= text[cursor] not in SEPARATORS
                cursor += 1
        super()._arrange(text, cursor)

    def _changed(self, *_: object) -> None:
        if not self._silent:
            self.edited(self.value)


class LongInput(EntryInput):
    """Several lines; Enter goes on all the same."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.multiline = True


class Inputs:
    """Inputs that were built once: a new one costs more than a frame has."""

    def __init__(self) -> None:
        self._resting: dict[type[EntryInput], list[EntryInput]] = {EntryInput: [], LongInput: []}
        self._serving: list[EntryInput] = []

    def take(self, long: bool = False) -> EntryInput:
        """One that nobody uses."""
        kind = LongInput if long else EntryInput
        if self._resting[kind]:
            one = self._resting[kind].pop()
        else:
            one = kind()
            one.attach(App.get_running_app().composer)
        self._serving.append(one)
        return one

    def rest(self) -> None:
        """All are out of use."""
        for one in self._serving:
            one.rest()
            if one.parent is not None:
                one.parent.remove_widget(one)
            self._resting[type(one)].append(one)
        self._serving = []
