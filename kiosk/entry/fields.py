"""Fields of a form on the screen: a label, something to fill in, and room for words below."""

from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.behaviors import ButtonBehavior, FocusBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.stacklayout import StackLayout

from kiosk.entry.checks import TYPED, Path
from kiosk.entry.dates import LENGTHS, PARTS, complete, joined, parts_of
from kiosk.entry.inputs import EntryInput, Inputs
from kiosk.entry.model import EntryModel, Tone
from kiosk.sync.form import FieldKind, FormField
from kiosk.widgets import passage  # noqa: F401  registers its rules
from kiosk.widgets.controls import Chip, OutlineButton, PressButton, Surface
from kiosk.widgets.icons import Sign

WIDE = {
    FieldKind.LONG_TEXT,
    FieldKind.CHOICES,
    FieldKind.GROUP,
    FieldKind.ATTACHMENT,
    FieldKind.STATEMENT,
}
"""Kinds that take a whole line also where there are two columns."""
LONG_ROWS = 2.2
"""Height of a long text in heights of a field."""
MANY_OPTIONS = 2
"""A choice of more options than these takes a whole line."""
ENTER = {"enter", "numpadenter"}


def is_wide(field: FormField) -> bool:
    """Whether a field stands alone in its line."""
    return field.kind in WIDE or len(field.options) > MANY_OPTIONS


class Stop(FocusBehavior):
    """Something that Tab reaches and that is not typed into."""

    def __init__(self, **kwargs: Any) -> None:
        self.moved: Callable[[int], None] = lambda _step: None
        super().__init__(**kwargs)
        self.unfocus_on_touch = False

    def act(self) -> None:
        """Space was pressed."""

    def turn(self, step: int) -> None:
        """An arrow key was pressed."""

    def keyboard_on_key_down(self, window: Any, keycode: Any, text: str, modifiers: Any) -> bool:
        name = keycode[1]
        if name == "tab":
            self.moved(-1 if "shift" in modifiers else 1)
        elif name in ENTER:
            self.entered()
        elif name == "spacebar":
            self.act()
        elif name in {"left", "up", "right", "down"}:
            self.turn(-1 if name in {"left", "up"} else 1)
        else:
            return False
        return True

    def entered(self) -> None:
        """Enter goes on, as in a field that is typed into."""
        self.moved(1)


class FieldBox(BoxLayout):
    """One field; `note` has its room whether it says anything or not, so that nothing jumps."""

    label = StringProperty("")
    tone = StringProperty("plain")
    note = StringProperty("")
    remark = BooleanProperty(False)
    note_lines = NumericProperty(1)
    guide = StringProperty("")
    """What to choose, where nothing else is said."""

    def __init__(self, path: Path, **kwargs: Any) -> None:
        self.path = path
        self.stops: list[Any] = []
        """What Tab reaches in it."""
        super().__init__(**kwargs)

    def refresh(self, tone: Tone, note: str, remark: bool) -> None:
        """Show how the value is."""
        self.tone, self.note, self.remark = str(tone), note or self.guide, remark


class Frame(Surface, BoxLayout):
    """The box around something that is typed into, with a sign for how it is."""

    tone = StringProperty("plain")
    active = BooleanProperty(False)
    rows = NumericProperty(1)


class TypedBox(FieldBox):
    """Text of any kind but a date."""

    def __init__(self, path: Path, field: FormField, value: str, tools: "Tools") -> None:
        super().__init__(path)
        long = field.kind is FieldKind.LONG_TEXT
        frame = Frame(rows=LONG_ROWS if long else 1)
        one = tools.inputs.take(long)
        one.serve(field.kind, value, tools.guide(field))
        one.edited = lambda value: tools.edited(path, value)
        one.moved = lambda step: tools.moved(one, step)

        def focused(focus: bool) -> None:
            frame.active = focus
            tools.focused(self, one, focus)

        one.entered_or_left = focused
        frame.ids.slot.add_widget(one)
        self.bind(tone=frame.setter("tone"))
        self.ids.slot.add_widget(frame)
        self.stops = [one]


class DatePart(BoxLayout):
    """Year, month or day."""

    unit = StringProperty("")
    digits = NumericProperty(2)


class DateBox(FieldBox):
    """A date in three parts; the cursor goes on by itself when a part is complete."""

    def __init__(self, path: Path, field: FormField, value: str, tools: "Tools") -> None:
        super().__init__(path)
        words = App.get_running_app().words
        self._tools = tools
        row = BoxLayout(size_hint_y=None, spacing=App.get_running_app().theme.pad)
        App.get_running_app().theme.bind(entry=row.setter("height"))
        row.height = App.get_running_app().theme.entry
        names = ("entry.year", "entry.month", "entry.day")
        for number, (text, digits) in enumerate(zip(parts_of(value), LENGTHS, strict=True)):
            part = DatePart(unit=words[names[number]], digits=digits)
            one = tools.inputs.take()
            one.serve(FieldKind.DATE, text, "")
            self._connect(number, one, part.ids.frame)
            part.ids.frame.ids.slot.add_widget(one)
            # The sign of the whole date stands behind the day.
            part.ids.frame.remove_widget(part.ids.frame.children[0])
            self.bind(tone=lambda _box, tone, frame=part.ids.frame: setattr(frame, "tone", tone))
            row.add_widget(part)
            self.stops.append(one)
        self._sign = DateSign()
        self.bind(tone=self._sign.setter("tone"))
        row.add_widget(self._sign)
        self.ids.slot.add_widget(row)

    def _connect(self, number: int, one: EntryInput, frame: Frame) -> None:
        def edited(text: str) -> None:
            year, month, day = (each.value for each in self.stops)
            self._tools.edited(self.path, joined(year, month, day))
            if one.focus and complete(text, LENGTHS[number]) and number + 1 < PARTS:
                self._tools.moved(one, 1)

        def focused(focus: bool) -> None:
            frame.active = focus
            within = any(each.focus for each in self.stops)
            self._tools.focused(self, one, focus or within)

        one.edited, one.entered_or_left = edited, focused
        one.moved = lambda step: self._tools.moved(one, step)


class DateSign(BoxLayout):
    """How a date is, behind its parts."""

    tone = StringProperty("plain")


class OptionChip(Chip):
    """One value of a choice."""

    value = StringProperty("")
    several = BooleanProperty(False)
    reached = BooleanProperty(False)
    """Whether the arrow keys stand on it."""


class ChoiceBox(Stop, StackLayout):
    """Values to choose one of, or several."""

    chosen = ListProperty()
    at = NumericProperty(-1)

    def __init__(self, field: FormField, chosen: list[str], **kwargs: Any) -> None:
        self.several = field.kind is FieldKind.CHOICES
        self.edited: Callable[[Any], None] = lambda _value: None
        super().__init__(**kwargs)
        language = App.get_running_app().language
        for value in field.options:
            chip = OptionChip(
                value=value,
                text=field.hints.options[value].in_language(language),
                several=self.several,
            )
            chip.bind(on_release=lambda chip: self.choose(chip.value))
            self.add_widget(chip)
        self.chosen = chosen
        if chosen and not self.several:
            self.at = field.options.index(chosen[0])
        self._paint()
        self.bind(chosen=self._paint, at=self._paint, focus=self._paint)

    @property
    def chips(self) -> list[OptionChip]:
        return list(reversed(self.children))

    def choose(self, value: str) -> None:
        """Take a value, or give it back where several are possible."""
        self.at = [chip.value for chip in self.chips].index(value)
        if not self.several:
            self.chosen = [value]
            self.edited(value)
            return
        order = [chip.value for chip in self.chips]
        kept = set(self.chosen) ^ {value}
        self.chosen = [each for each in order if each in kept]
        self.edited(list(self.chosen))

    def act(self) -> None:
        self.choose(self.chips[max(0, int(self.at))].value)

    def turn(self, step: int) -> None:
        at = self.at + step
        if 0 <= at < len(self.chips):
            self.at = at
            if not self.several:
                self.choose(self.chips[int(at)].value)

    def _paint(self, *_: object) -> None:
        if self.focus and self.at < 0:
            self.at = 0
        for number, chip in enumerate(self.chips):
            chip.chosen = chip.value in self.chosen
            chip.reached = bool(self.focus) and number == self.at


class ChosenBox(FieldBox):
    """A choice with its label."""

    def __init__(self, path: Path, field: FormField, value: Any, tools: "Tools") -> None:
        super().__init__(path)
        chosen = value if isinstance(value, list) else [value] if value else []
        box = ChoiceBox(field, chosen)
        box.edited = lambda value: tools.edited(path, value)
        box.moved = lambda step: tools.moved(box, step)
        box.bind(focus=lambda _box, focus: tools.focused(self, box, focus))
        self.ids.slot.add_widget(box)
        self.stops = [box]


class StatementBox(Stop, ButtonBehavior, Surface, BoxLayout):
    """A sentence with a box to tick."""

    text = StringProperty("")
    ticked = BooleanProperty(False)
    tone = StringProperty("plain")

    def __init__(self, **kwargs: Any) -> None:
        self.edited: Callable[[bool], None] = lambda _value: None
        super().__init__(**kwargs)

    def on_release(self) -> None:
        self.act()

    def act(self) -> None:
        self.ticked = not self.ticked
        self.edited(self.ticked)


class ConfirmBox(FieldBox):
    """A statement; its sentence is its label."""

    def __init__(self, path: Path, field: FormField, value: Any, tools: "Tools") -> None:
        super().__init__(path)
        language = App.get_running_app().language
        box = StatementBox(text=field.hints.label.in_language(language), ticked=bool(value))
        box.edited = lambda value: tools.edited(path, value)
        box.moved = lambda step: tools.moved(box, step)
        box.bind(focus=lambda _box, focus: tools.focused(self, box, focus))
        self.bind(tone=box.setter("tone"))
        self.ids.slot.add_widget(box)
        self.stops = [box]


class PlainButton(PressButton):
    """A word to tap, without an edge."""


class StopButton(Stop, OutlineButton):
    """A button that Tab reaches."""

    def entered(self) -> None:
        self.act()

    def act(self) -> None:
        if not self.disabled:
            self.dispatch("on_release")


class AttachmentLine(Surface, BoxLayout):
    """A file that was chosen."""

    name = StringProperty("")
    removed = ObjectProperty(lambda: None)


class AttachmentsBox(BoxLayout):
    """The files of a field, and the way to choose more."""


class FilesBox(FieldBox):
    """Attachments with their label."""

    def __init__(self, path: Path, field: FormField, value: Any, tools: "Tools") -> None:
        super().__init__(path)
        words, name = App.get_running_app().words, str(path[0])
        box, files = AttachmentsBox(), list(value or [])
        for sha256 in files:
            box.add_widget(
                AttachmentLine(
                    name=tools.model.file_name(sha256),
                    removed=lambda sha256=sha256: tools.model.detach(name, sha256),
                )
            )
        if len(files) < field.most:
            pick = StopButton(icon=Sign.ATTACHMENT.value, text=words["entry.pick"])
            pick.moved = lambda step: tools.moved(pick, step)
            pick.bind(
                on_release=lambda _button: tools.pick(field, field.most - len(files)),
                focus=lambda _button, focus: tools.focused(self, pick, focus),
            )
            box.add_widget(pick)
            self.stops = [pick]
        self.ids.slot.add_widget(box)


class GroupEntry(Surface, BoxLayout):
    """One entry of a repeated group."""

    title = StringProperty("")
    removable = BooleanProperty(False)
    removed = ObjectProperty(lambda: None)


class GroupBox(BoxLayout):
    """The entries, and the way to add one."""


class RepeatedBox(FieldBox):
    """A repeated group with its label."""

    def __init__(self, path: Path, field: FormField, value: Any, tools: "Tools") -> None:
        super().__init__(path)
        app, name = App.get_running_app(), str(path[0])
        words, language = app.words, app.language
        box, entries = GroupBox(), list(value or [])
        self.inner: list[FieldBox] = []
        for number, entry in enumerate(entries):
            card = GroupEntry(
                title=words["entry.entry"].format(
                    name=field.hints.label.in_language(language), number=number + 1
                ),
                removable=len(entries) > field.fewest,
                removed=lambda number=number: tools.model.remove_entry(name, number),
            )
            card.ids.grid.cols = tools.columns
            for inner in field.fields:
                made = field_box((*path, number, inner.name), inner, entry.get(inner.name), tools)
                self.inner.append(made)
                self.stops += made.stops
                card.ids.grid.add_widget(made)
            box.add_widget(card)
        if len(entries) < field.most:
            add = StopButton(icon=Sign.ADD.value, text=words["entry.add"])
            add.moved = lambda step: tools.moved(add, step)
            add.bind(
                on_release=lambda _button: tools.model.add_entry(name),
                focus=lambda _button, focus: tools.focused(self, add, focus),
            )
            box.add_widget(add)
            self.stops.append(add)
        self.ids.slot.add_widget(box)


class Tools:
    """What fields share: the model, the inputs, and what the screen wants to hear."""

    def __init__(self, model: EntryModel, inputs: Inputs) -> None:
        self.model, self.inputs = model, inputs
        self.columns = 2
        self.edited: Callable[[Path, Any], None] = model.put
        self.focused: Callable[[FieldBox, Any, bool], None] = lambda _box, _stop, _focus: None
        self.moved: Callable[[Any, int], None] = lambda _stop, _step: None
        self.pick: Callable[[FormField, int], None] = lambda _field, _most: None

    def guide(self, field: FormField) -> str:
        """What to enter, in the language that is spoken."""
        hint = field.hints.hint
        return hint.in_language(App.get_running_app().language) if hint is not None else ""


_BOXES: dict[FieldKind, Callable[[Path, FormField, Any, Tools], FieldBox]] = {
    FieldKind.DATE: DateBox,
    FieldKind.CHOICE: ChosenBox,
    FieldKind.CHOICES: ChosenBox,
    FieldKind.STATEMENT: ConfirmBox,
    FieldKind.ATTACHMENT: FilesBox,
    FieldKind.GROUP: RepeatedBox,
}


def field_box(path: Path, field: FormField, value: Any, tools: Tools) -> FieldBox:
    """A field ready to be filled in."""
    box = _BOXES.get(field.kind, TypedBox)(path, field, value or "", tools)
    if field.kind is not FieldKind.STATEMENT:
        box.label = field.hints.label.in_language(App.get_running_app().language)
    if field.kind not in TYPED:
        box.guide = tools.guide(field)
    return box


Builder.load_file(str(FilePath(__file__).with_suffix(".kv")), encoding="utf-8")
