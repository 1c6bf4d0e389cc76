"""The bar below a document: its name, which page this is, how large it is shown."""

from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label

from kiosk.attachments.pages import ZOOMS
from kiosk.widgets.lines import shorten
from kiosk.widgets.measure import measure
from kiosk.words import Words


class FileName(Label):
    """A name on as few lines as it has room for; an ellipsis says that there is more."""

    said = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        fit = Clock.create_trigger(lambda _dt: self._fit(), -1)
        self.bind(said=fit, size=fit, font_size=fit)

    def _fit(self) -> None:
        most = max(1, int(self.height / (self.font_size * 1.36)))
        advance = measure(self.font_size, bold=True)
        parts = shorten(self.said, max(1.0, self.width - 1), most, advance) if self.said else []
        self.text = "\n".join(
            self.said[start:end].strip() + ("…" if cut else "") for start, end, cut in parts
        )


class DocumentBar(BoxLayout):
    """Turns pages of a `PagesView`, and makes them larger and smaller."""

    view = ObjectProperty(None, allownone=True, rebind=True)
    name = StringProperty("")
    shown = BooleanProperty(False)
    """Whether there are pages."""

    def zoom_text(self, zoom: float, words: Words) -> str:
        """How large pages are."""
        if zoom == ZOOMS[0]:
            return words["attachments.fit"]
        return words["attachments.percent"].format(percent=round(zoom * 100))

    def page_text(self, page: float, count: float, words: Words) -> str:
        """Which page is read."""
        return words["attachments.page"].format(page=int(page), pages=int(count)) if count else ""


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
