"""Where the cursor of a form stands, where Tab leads from there, and that it is in sight."""

from typing import TYPE_CHECKING, Any

from kivy.app import App
from kivy.clock import Clock

from kiosk.entry.box import FieldBox
from kiosk.entry.checks import Path
from kiosk.entry.inputs import EntryInput
from kiosk.entry.repeated import RepeatedBox
from kiosk.input.composer import Mode
from kiosk.sync.form import FieldKind

if TYPE_CHECKING:
    from kiosk.entry.screen import FormScreen

SETTLED_AFTER = 24
"""Frames; boxes within boxes hand sizes on to each other from one frame to the next."""


class Cursor:
    """The stop that is stood on, by its field: a step may be built anew below it."""

    def __init__(self, screen: "FormScreen") -> None:
        self._screen = screen
        self.boxes: list[FieldBox] = []
        """Of the step that is shown."""
        self._at: tuple[Path, int] | None = None
        """The field with the cursor, and which of its stops."""
        self.wants_keys = True
        """Whether the visitor has the keyboard on screen up."""
        self._unsettled = 0
        """Frames in which sizes may still be handed on from one widget to the next."""
        self.reveal = Clock.create_trigger(lambda _dt: self._reveal(), 0)

    def begin(self) -> None:
        """Nowhere yet."""
        self._at, self.wants_keys, self.boxes = None, True, []

    @property
    def field(self) -> Path | None:
        """The field with the cursor."""
        return self._at[0] if self._at is not None else None

    @property
    def all_boxes(self) -> list[FieldBox]:
        """Of the step, those within groups too."""
        inner = [each for box in self.boxes if isinstance(box, RepeatedBox) for each in box.inner]
        return [*self.boxes, *inner]

    @property
    def stop(self) -> Any:
        """What is stood on, if it is shown."""
        if self._at is None:
            return None
        path, number = self._at
        stops = next((box.stops for box in self.all_boxes if box.path == path), None)
        return stops[min(number, len(stops) - 1)] if stops else None

    def stand(self, path: Path, number: int = 0) -> None:
        """Here, once the step is built anew."""
        self._at = path, number

    def built(self, *, shown: bool) -> None:
        """The step was built: the cursor stays where it was, if that is still there."""
        self._unsettled = SETTLED_AFTER
        if self._screen.reviewing:
            self._screen.ids.keyboard.raised = False
            # The Enter that led here must not hand in: Tab leads to the list first.
            self._screen.ids.primary.focus = self._screen.ids.previous.focus = False
            self._at = None
        elif shown and self.stop is None:
            self._screen.ids.pages.scroll_y = 1.0
            self.first()
        elif shown:
            self.put(self.stop)

    def first(self) -> None:
        """Where it was; or the first field that is empty, or the first one."""
        if self._screen.reviewing:
            return
        if self.stop is not None:
            self.put(self.stop)
            return
        model = self._screen.model
        boxes = [box for box in self.all_boxes if box.stops and not getattr(box, "inner", None)]
        empty = [box for box in boxes if model.value(box.path) in (None, "", [])]
        if boxes:
            self.put((empty or boxes)[0].stops[0])

    def go_to(self, path: Path) -> None:
        """Into a field, whose fault is shown."""
        boxes = {box.path: box for box in self.all_boxes}
        found = boxes.get(path) or boxes.get(path[:1])
        if found is not None and found.stops:
            self.put(found.stops[0])

    def put(self, stop: Any) -> None:
        """Onto a stop, behind what is typed there."""
        stop.focus = True
        if isinstance(stop, EntryInput):
            stop.cursor = stop.get_cursor_from_index(len(stop.text))
        self.reveal()

    def move(self, stop: Any, step: int) -> None:
        """Tab and Enter: the next stop, or the one before."""
        self.settle()
        stops = self._stops()
        if stop not in stops:
            return
        at = stops.index(stop) + step
        if 0 <= at < len(stops):
            stop.focus = False
            self.put(stops[at])

    def enter(self) -> bool:
        """Tab, where nothing has the cursor: the first stop; False: something has it."""
        stops = self._stops()
        if any(stop.focus for stop in stops):
            return False
        self.put(self.stop or stops[0])
        return True

    def settle(self) -> None:
        """What is composed is taken before the cursor leaves."""
        if isinstance(self.stop, EntryInput):
            self.stop.settle()

    def came(self, box: FieldBox, stop: Any) -> None:
        """A field got the cursor, by a finger too."""
        app, keyboard = App.get_running_app(), self._screen.ids.keyboard
        self._at = (box.path, box.stops.index(stop))
        if isinstance(stop, EntryInput):
            chinese = stop.of in {FieldKind.TEXT, FieldKind.LONG_TEXT} and app.language != "en"
            app.composer.switch(Mode.PINYIN if chinese else Mode.LATIN)
            keyboard.field = stop
            keyboard.raised = self.wants_keys
        else:
            keyboard.raised = False
        self.reveal()

    def keys_changed(self, raised: bool) -> None:
        """The keyboard came or went, by its own key too."""
        if isinstance(self.stop, EntryInput) and self.stop.focus:
            self.wants_keys = raised

    def _stops(self) -> list[Any]:
        ids = self._screen.ids
        listed = [ids.review] if self._screen.reviewing else []
        buttons = [each for each in (ids.primary, ids.previous) if not each.disabled]
        return [*listed, *(stop for box in self.boxes for stop in box.stops), *buttons]

    def _reveal(self) -> None:
        """Scroll as little as needed to show the field with its label and its words."""
        box = next((each for each in self.all_boxes if each.path == self.field), None)
        self._unsettled = max(0, self._unsettled - 1)
        if self._unsettled:
            self.reveal()
        view, content = self._screen.ids.pages, self._screen.ids.content
        hidden = content.height - view.height
        if box is None or hidden <= 0:
            view.scroll_y = 1.0
            return
        shown: Any = box if box.height <= view.height or self.stop is None else self.stop
        foot = shown.to_window(*shown.pos)[1] - content.to_window(*content.pos)[1]
        top = content.height - (foot + shown.height)
        offset = (1.0 - view.scroll_y) * hidden
        if foot + shown.height > content.height - offset or shown.height > view.height:
            offset = top - App.get_running_app().theme.pad * 0.5
        elif foot < hidden - offset:
            offset = hidden - foot
        view.scroll_y = 1.0 - min(1.0, max(0.0, offset / hidden))
