"""The list of forms that somebody may fill in."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import ListProperty, ObjectProperty, OptionProperty, StringProperty
from kivy.uix.screenmanager import Screen

from kiosk.entry.desk import Desk
from kiosk.entry.forms import Offer, draft_text, newest, offers
from kiosk.widgets import footer, rows  # noqa: F401  registers their rules
from kiosk.widgets.controls import Dialog
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure
from kiosk.widgets.pressed_row import PressedRow

STEP = 1.36
"""Height of a line in sizes of its type."""


class FormRow(PressedRow):
    """One form of the list."""

    stands_for = ("key",)
    key = StringProperty("")
    title = StringProperty("")
    under = StringProperty("")
    draft = StringProperty("")

    def tapped(self) -> None:
        """Fill it in."""
        App.get_running_app().screen_named("entry").choose(self.key)


class EntryScreen(Screen):
    """Forms for the visitor's role, and the drafts that they may go on with."""

    nothing = ListProperty(["", ""])
    state = OptionProperty("waiting", options=["waiting", "known", "trouble"])
    offered = ObjectProperty(())

    def __init__(self, **kwargs: Any) -> None:
        self._desk: Desk | None = None
        self._forms: Any = None
        self._drafts: Any = None
        self._dialog: Dialog | None = None
        super().__init__(name="entry", **kwargs)
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        self.bind(offered=draw, state=draw, width=draw)
        app = App.get_running_app()
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw)

    @property
    def in_trouble(self) -> bool:
        """Whether a store could not answer the last question."""
        return bool(self.state == "trouble")

    def open(self) -> None:
        """For whoever is identified now."""
        app = App.get_running_app()
        self.forget()
        if app.visit.visitor is not None and app.visit.private is not None:
            self._desk = Desk(app.visit.private, app.visit.visitor, terminal=app.terminal_name)
        self.refresh(app.moment())

    def refresh(self, _at: datetime) -> None:
        """Ask both stores: forms may have come, a draft may have gone."""
        desk = self._desk
        if desk is None:
            return
        App.get_running_app().jobs.ask(
            "forms", lambda store: store.site().forms, self._know_forms, self._fail
        )
        desk.drafts(self._know_drafts, self._fail)

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.results.scroll_by(pages)

    def forget(self) -> None:
        """Nothing of this visitor stays."""
        App.get_running_app().jobs.forget("forms")
        if self._desk is not None:
            self._desk.forget()
        if self._dialog is not None:
            self._dialog.dismiss(animation=False)
        self._desk = self._forms = self._drafts = None
        self.offered, self.state = (), "waiting"
        self.ids.results.to_top()
        self._draw()

    def choose(self, key: str) -> None:
        """Open a form; where a draft was begun, ask whether to go on with it."""
        offer = next((each for each in self.offered if each.form.key == key), None)
        if offer is None or self._dialog is not None:
            return
        if offer.draft is None:
            self._open(offer, anew=False)
            return
        words = App.get_running_app().words
        dialog = Dialog(
            title=words["entry.go_on_title"],
            text=words["entry.go_on_text"].format(
                saved=draft_text(offer, words),
                form=offer.form.title.in_language(App.get_running_app().language),
            ),
            yes_text=words["entry.go_on"],
            no_text=words["entry.anew"],
        )
        dialog.bind(
            on_yes=lambda _dialog: self._open(offer, anew=False),
            on_no=lambda _dialog: self._open(offer, anew=True),
            on_dismiss=lambda _dialog: setattr(self, "_dialog", None),
        )
        self._dialog = dialog
        dialog.open(animation=False)

    def _open(self, offer: Offer, *, anew: bool) -> None:
        if self._dialog is not None:
            self._dialog.dismiss(animation=False)
        desk = self._desk
        if desk is None:
            return
        form, draft = offer.form, offer.draft
        if anew:
            # The newest version, whatever the draft was begun with.
            form = next(each for each in newest(self._forms) if each.key == form.key)
            draft = None
            desk.drop(form.key, lambda: None, self._fail)
        App.get_running_app().open_form(desk, form, draft)

    def _know_forms(self, forms: Sequence[Any]) -> None:
        self._forms = forms
        self._settle()

    def _know_drafts(self, drafts: Sequence[Any]) -> None:
        self._drafts = drafts
        self._settle()

    def _settle(self) -> None:
        if self._desk is None or self._forms is None or self._drafts is None:
            return
        self.offered = offers(self._forms, self._desk.visitor.role, self._drafts)
        self.state = "known"

    def _fail(self) -> None:
        self.state = "trouble"

    def _nothing(self) -> tuple[str, str]:
        words = App.get_running_app().words
        if self.state == "trouble" and not self.offered:
            return words["lookup.trouble"], words["lookup.trouble_text"]
        if self.state == "waiting" or self.offered:
            return "", ""
        return words["entry.no_forms"], words["entry.no_forms_text"]

    def _draw(self) -> None:
        app = App.get_running_app()
        theme, language = app.theme, app.language
        self.nothing = list(self._nothing())
        width = self.width - 2 * theme.margin
        room = width - 2 * theme.gap - theme.pad - theme.icon
        data = []
        for offer in self.offered:
            about = offer.form.about.in_language(language) if offer.form.about else ""
            under = _lines(about, room, theme.small)
            saved = _lines(draft_text(offer, app.words), room - 2 * theme.pad, theme.least)
            height = theme.body * STEP + len(under) * theme.small * STEP
            height += theme.badge * 1.2 if saved else 0
            data.append(
                {
                    "key": offer.form.key,
                    "title": offer.form.title.in_language(language),
                    "under": "\n".join(under),
                    "draft": "\n".join(saved),
                    "size": (width, max(round(height + 2 * theme.pad), theme.row)),
                }
            )
        self.ids.results.show(data)


def _lines(text: str, width: float, size: float) -> list[str]:
    if not text:
        return []
    return [text[start:end] for start, end in break_lines(text, width - 1, measure(size))]


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
