"""The screens of the guides: the list by subject, and one guide."""

from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview.views import RecycleDataViewBehavior
from kivy.uix.screenmanager import Screen

from kiosk.guides.model import GuideModel, GuidesModel, entries, responsible
from kiosk.guides.paper import guide_printout
from kiosk.notice.actions import PrintDialog
from kiosk.widgets import footer, passage, rows, scrolled  # noqa: F401  registers their rules
from kiosk.widgets.controls import Card
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure
from kiosk.widgets.pressed_row import PressedRow

STEP = 1.36
"""Height of a line in sizes of its type."""


class SubjectRow(RecycleDataViewBehavior, BoxLayout):
    """The name of a subject, above its guides."""

    title = StringProperty("")


class GuideRow(PressedRow):
    """One guide of the list."""

    stands_for = ("key",)
    key = StringProperty("")
    title = StringProperty("")
    under = StringProperty("")

    def tapped(self) -> None:
        """Open the guide."""
        App.get_running_app().open_guide(self.key)


class StepBox(BoxLayout):
    """A numbered step."""

    number = StringProperty("")
    title = StringProperty("")
    text = StringProperty("")


class PaperLine(BoxLayout):
    """One of the documents to bring."""

    text = StringProperty("")


class FactBox(Card):
    """A card beside the steps: a name and what belongs to it."""

    icon = StringProperty("")
    title = StringProperty("")


class GuidesScreen(Screen):
    """The list, in the centre's order."""

    model = ObjectProperty()
    nothing = ListProperty(["", ""])

    def __init__(self, **kwargs: object) -> None:
        app = App.get_running_app()
        self.model = GuidesModel()
        super().__init__(name="guides", **kwargs)
        draw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        self.model.bind(guides=draw, state=draw)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw)
        self.bind(width=draw)

    @property
    def in_trouble(self) -> bool:
        """Whether the store could not answer the last question."""
        return bool(self.model.state == "trouble")

    def open(self) -> None:
        """From the top."""
        self.ids.results.to_top()
        self.refresh(App.get_running_app().moment())

    def refresh(self, _at: datetime) -> None:
        """Ask the store for the guides."""
        App.get_running_app().jobs.ask(
            "guides",
            lambda store: store.site().guides,
            self.model.show,
            self.model.fail,
        )

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.results.scroll_by(pages)

    def forget(self) -> None:
        """Back to the top; the list itself says nothing of the visitor."""
        App.get_running_app().jobs.forget("guides")
        self.ids.results.to_top()

    def _draw(self) -> None:
        app = App.get_running_app()
        theme = app.theme
        width = self.width - 2 * theme.margin
        body = measure(theme.body, bold=True)
        data: list[dict[str, Any]] = []
        for entry in entries(self.model.guides, app.words):
            if not entry.key:
                height = theme.small * STEP + 2 * theme.pad
                data.append({"viewclass": "SubjectRow", "title": entry.title, "key": "",
                             "under": "", "size": (width, round(height))})  # fmt: skip
                continue
            room = width - 2 * theme.gap - theme.pad - theme.icon
            lines = [entry.title[a:b] for a, b in break_lines(entry.title, room - 1, body)]
            height = len(lines) * theme.body * STEP + theme.small * STEP * bool(entry.under)
            data.append(
                {
                    "viewclass": "GuideRow",
                    "key": entry.key,
                    "title": "\n".join(lines),
                    "under": entry.under,
                    "size": (width, max(round(height + 2 * theme.pad), theme.row)),
                }
            )
        self.ids.results.show(data)


class GuideScreen(Screen):
    """One guide: steps, what to bring, whom to ask."""

    model = ObjectProperty()
    printable = BooleanProperty(False)
    """Whether there is a printer."""
    nothing = ListProperty(["", ""])

    def __init__(self, **kwargs: object) -> None:
        self._key = ""
        self._dialog: PrintDialog | None = None
        self.model = GuideModel()
        super().__init__(name="guide", **kwargs)
        fill = Clock.create_trigger(lambda _dt: self._fill(), -1)
        self.model.bind(guide=fill)
        app = App.get_running_app()
        app.bind(words=fill)
        self.printable = app.printing is not None

    @property
    def in_trouble(self) -> bool:
        """Whether the store could not answer the last question."""
        return bool(self.model.state == "trouble")

    def open(self, key: str) -> None:
        """Show the guide of this key, from its beginning."""
        self._key = key
        self.model.forget()
        self.ids.pages.scroll_y = 1.0
        self.refresh(App.get_running_app().moment())

    def refresh(self, _at: datetime) -> None:
        """Ask the store for the guide: it may have been replaced or taken down."""
        key = self._key
        App.get_running_app().jobs.ask(
            "guide",
            lambda store: store.site().guides,
            lambda guides: self.model.show(guides, key),
            self.model.fail,
        )

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.pages.scroll_by(pages)

    def forget(self) -> None:
        """Nothing of this visitor stays."""
        App.get_running_app().jobs.forget("guide")
        if self._dialog is not None:
            self._dialog.dismiss(animation=False)
        self._key = ""
        self.model.forget()

    def print(self) -> None:
        """Open the dialog: how many pages, or how the job is that still runs."""
        app, guide = App.get_running_app(), self.model.guide
        if app.printing is None or guide is None or self._dialog is not None:
            return
        if not app.printing.running:
            made = guide_printout(
                guide,
                app.words,
                app.moment(),
                centre=app.centre_name,
                terminal=app.terminal_name,
            )
            app.printing.prepare(
                f"guide:{guide.key}", made, lambda store, _at: guide in store.site().guides
            )
            # A change that the screen has not heard of yet.
            app.recheck_printing()
        self._dialog = PrintDialog(app.printing)
        self._dialog.bind(on_dismiss=lambda _dialog: setattr(self, "_dialog", None))
        self._dialog.open(animation=False)

    def takes(self, key: int) -> bool:
        """Keys: what the dialog answers, p to print."""
        if self._dialog is not None:
            self._dialog.takes(key)
            return True
        if key == ord("p") and self.printable:
            self.print()
            return True
        return False

    def _fill(self) -> None:
        steps, papers, guide = self.ids.steps, self.ids.papers, self.model.guide
        steps.clear_widgets()
        papers.clear_widgets()
        if guide is None:
            return
        words = App.get_running_app().words
        for number, step in enumerate(guide.steps, start=1):
            steps.add_widget(StepBox(number=str(number), title=step.title, text=step.text))
        for paper in guide.papers or (words["guides.no_papers"],):
            papers.add_widget(PaperLine(text=paper))
        self.ids.responsible.said = responsible(guide)
        self.ids.telephone.said = guide.telephone
        self.ids.time_needed.said = guide.time_needed


Builder.load_file(str(Path(__file__).with_name("guides.kv")), encoding="utf-8")
