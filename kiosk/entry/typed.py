"""Fields that are typed into: text of any kind, and dates in three parts."""

from kivy.app import App
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.entry.box import FieldBox, Frame, Tools
from kiosk.entry.checks import Path
from kiosk.entry.dates import LENGTHS, PARTS, complete, joined, parts_of
from kiosk.entry.inputs import EntryInput
from kiosk.sync.form import FieldKind, FormField

LONG_ROWS = 2.2
"""Height of a long text in heights of a field."""


class TypedBox(FieldBox):
    """Text of any kind but a date."""

    def __init__(self, path: Path, field: FormField, value: str, tools: Tools) -> None:
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


class DateRow(BoxLayout):
    """The parts beside each other."""


class DateSign(BoxLayout):
    """How a date is, behind its parts."""

    tone = StringProperty("plain")


class DateBox(FieldBox):
    """A date in three parts; the cursor goes on by itself when a part is complete."""

    def __init__(self, path: Path, field: FormField, value: str, tools: Tools) -> None:
        super().__init__(path)
        words = App.get_running_app().words
        self._tools = tools
        row = DateRow()
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
        def edited(_text: str) -> None:
            year, month, day = (each.value for each in self.stops)
            self._tools.edited(self.path, joined(year, month, day))
            if one.focus and complete(one.value, LENGTHS[number]) and number + 1 < PARTS:
                self._tools.moved(one, 1)

        def focused(focus: bool) -> None:
            frame.active = focus
            within = any(each.focus for each in self.stops)
            self._tools.focused(self, one, focus or within)

        one.edited, one.entered_or_left = edited, focused
        one.moved = lambda step: self._tools.moved(one, step)
