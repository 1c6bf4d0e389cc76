"""A field's place on the screen: its label, what is filled in, and words below."""

from collections.abc import Callable
from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.entry.checks import Path
from kiosk.entry.inputs import Inputs
from kiosk.entry.model import EntryModel, Tone
from kiosk.sync.form import FormField
from kiosk.widgets.controls import Surface


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

    def add_stop(self, stop: Any, tools: "Tools") -> None:
        """Let Tab reach `stop`, after those that are there."""
        stop.moved = lambda step: tools.moved(stop, step)
        stop.bind(focus=lambda _stop, focus: tools.focused(self, stop, focus))
        self.stops.append(stop)


class Frame(Surface, BoxLayout):
    """The box around something that is typed into, with a sign for how it is."""

    tone = StringProperty("plain")
    active = BooleanProperty(False)
    rows = NumericProperty(1)


class Tools:
    """What fields share: the model, the inputs, and what the screen wants to hear."""

    def __init__(self, model: EntryModel, inputs: Inputs) -> None:
        self.model, self.inputs = model, inputs
        self.columns = 2
        self.edited: Callable[[Path, Any], None] = model.put
        self.focused: Callable[[FieldBox, Any, bool], None] = lambda _box, _stop, _focus: None
        self.moved: Callable[[Any, int], None] = lambda _stop, _step: None
        self.stand: Callable[[Path, int], None] = lambda _path, _number: None
        """Put the cursor on a stop of a field once the step is built anew."""
        self.pick: Callable[[FormField, int], None] = lambda _field, _room: None
        self.detach: Callable[[str, str], None] = lambda _name, _sha256: None

    def guide(self, field: FormField) -> str:
        """What to enter, in the language that is spoken."""
        hint = field.hints.hint
        return hint.in_language(App.get_running_app().language) if hint is not None else ""
