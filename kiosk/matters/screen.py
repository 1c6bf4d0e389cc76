"""The screen of one person's matters."""

from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview.views import RecycleDataViewBehavior
from kivy.uix.screenmanager import Screen

from display.local_time import SHANGHAI
from kiosk.entry.desk import Desk
from kiosk.entry.forms import offers
from kiosk.matters.model import Entry, MattersModel
from kiosk.notice.model import spelling
from kiosk.private.drafts import Draft
from kiosk.private.store import PrivateStore
from kiosk.private.transfer import Keepsake, Question, State, Trouble
from kiosk.receipt.screen import proven
from kiosk.store.terminal import TerminalStore
from kiosk.sync.submission import Receipt, SignedReceipt
from kiosk.upload import projects
from kiosk.widgets import footer, rows  # noqa: F401  registers their rules
from kiosk.widgets.controls import Dialog
from kiosk.widgets.glyphs import has_glyph
from kiosk.widgets.icons import Sign
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure
from kiosk.widgets.pressed_row import PressedRow

LOOK_S = 0.5
"""Between two looks for the server's answer."""
PATIENCE_S = 6.0
"""Without an answer, it is said that there is none so far; asking goes on."""
STEP = 1.45
ICONS = {
    "period": Sign.TIME,
    "submission": Sign.UPLOAD,
    "draft": Sign.ENTRY,
    "receipt": Sign.PROVEN,
}


class MatterHeading(RecycleDataViewBehavior, BoxLayout):
    """The name of a part of the list."""

    title = StringProperty("")


class MatterRow(PressedRow):
    """One matter."""

    stands_for = ("kind", "key")
    key = StringProperty("")
    kind = StringProperty("")
    icon = StringProperty("")
    title = StringProperty("")
    under = StringProperty("")
    note = StringProperty("")
    tone = StringProperty("secondary")

    def tapped(self) -> None:
        """Open it."""
        if self.key:
            App.get_running_app().screen_named("matters").choose(self.kind, self.key)

    def on_delete(self) -> None:
        """Delete the draft, after a question."""
        if self.is_same:
            App.get_running_app().screen_named("matters").ask_to_delete(self.key)


class MattersScreen(Screen):
    """Only of whoever is identified."""

    model = ObjectProperty()
    nothing = ListProperty(["", ""])
    as_of = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        self.model = MattersModel()
        self._question = ""
        self._waited_s = 0.0
        self._dialog: Dialog | None = None
        super().__init__(name="matters", **kwargs)
        app = App.get_running_app()
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        watched = ("state", "asked", "keepsakes", "drafts", "receipts", "forms", "answer")
        self.model.bind(**dict.fromkeys(watched, draw))
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.ids.results.bind(width=draw)
        self._look = Clock.create_trigger(lambda _dt: self._ask_again(), LOOK_S)

    @property
    def in_trouble(self) -> bool:
        """Whether the terminal's own store could not answer."""
        return bool(self.model.state == "trouble")

    def open(self) -> None:
        """Ask this terminal, and the server."""
        app = App.get_running_app()
        self.forget()
        self.refresh(app.moment())
        visitor = app.visit.visitor
        if visitor is None or app.visit.private is None:
            return
        identity = visitor.identity
        app.visit.private.ask(
            "ask matters",
            lambda store: store.ask_matters(identity),
            self._asked,
            self._unanswered,
        )

    def on_pre_enter(self, *_: object) -> None:
        if self._question and self.model.asked != "answered":
            self._look()

    def on_pre_leave(self, *_: object) -> None:
        self._look.cancel()

    def refresh(self, _at: datetime) -> None:
        """Ask this terminal's stores anew."""
        app = App.get_running_app()
        visitor = app.visit.visitor
        if visitor is None or app.visit.private is None:
            return
        identity = visitor.identity

        def question(store: PrivateStore) -> tuple[tuple[Keepsake, ...], tuple[Draft, ...]]:
            return store.keepsakes(identity), store.drafts(identity)

        app.visit.private.ask("matters", question, self._take, self.model.fail)

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.results.scroll_by(pages)

    def takes(self, _key: int) -> bool:
        """No keys of its own, but none reaches what lies behind a question."""
        return self._dialog is not None

    def forget(self) -> None:
        """Nothing of this person stays."""
        app = App.get_running_app()
        app.jobs.forget("matters", "matter")
        if app.visit.private is not None:
            app.visit.private.forget("matters", "ask matters", "answer")
        self._look.cancel()
        if self._dialog is not None:
            self._dialog.dismiss(animation=False)
        self._question, self._waited_s = "", 0.0
        self.model.forget()
        self.ids.results.to_top()
        self._draw()

    def choose(self, kind: str, key: str) -> None:
        """Open what was tapped."""
        app, model = App.get_running_app(), self.model
        if kind == "receipt":
            app.open_receipt(key, model.signed(key))
        elif kind == "draft":
            self._go_on(key)
        elif kind == "submission":
            kept = next((each for each in model.keepsakes if each.submission == key), None)
            if kept is not None:
                self._follow(kept)

    def ask_to_delete(self, form: str) -> None:
        """A draft that is deleted does not come back: ask first."""
        words = App.get_running_app().words
        dialog = Dialog(
            title=words["matters.delete_title"],
            text=words["matters.delete_text"],
            yes_text=words["matters.delete"],
            no_text=words["matters.keep"],
        )
        dialog.bind(
            on_yes=lambda _dialog: self._delete(form),
            on_no=lambda dialog: dialog.dismiss(animation=False),
            on_dismiss=lambda _dialog: setattr(self, "_dialog", None),
        )
        self._dialog = dialog
        dialog.open(animation=False)

    def _delete(self, form: str) -> None:
        app = App.get_running_app()
        if self._dialog is not None:
            self._dialog.dismiss(animation=False)
        visitor = app.visit.visitor
        if visitor is None:
            return
        identity = visitor.identity
        app.visit.private.ask(
            "drop draft",
            lambda store: store.drop_draft(identity, form),
            lambda _nothing: self.refresh(app.moment()),
            self.model.fail,
        )

    def _go_on(self, form: str) -> None:
        app = App.get_running_app()
        visitor, drafts = app.visit.visitor, tuple(self.model.drafts)
        if visitor is None:
            return

        def take(forms: Any) -> None:
            for offer in offers(forms, visitor.role, drafts):
                if offer.form.key == form and offer.draft is not None:
                    desk = Desk(app.visit.private, visitor, terminal=app.terminal_name)
                    app.open_form(desk, offer.form, offer.draft)
                    return

        app.jobs.ask("matter", lambda store: store.site().forms, take, lambda: None)

    def _follow(self, kept: Keepsake) -> None:
        app = App.get_running_app()
        at = app.proven()
        if kept.state in (State.TOO_LATE, State.RETURNED):
            return
        if not kept.tender_no:
            # Files are handed in for a project; what names none is a form.
            app.follow_upload(kept.submission, None, kept.title)
            return

        def question(store: TerminalStore) -> Any:
            notices = store.project(kept.tender_no)
            if at is None or not notices:
                return None
            return projects.look_again(store, notices[-1].id, at)

        app.jobs.ask(
            "matter",
            question,
            lambda project: app.follow_upload(kept.submission, project),
            lambda: app.follow_upload(kept.submission, None),
        )

    def _take(self, told: tuple[tuple[Keepsake, ...], tuple[Draft, ...]]) -> None:
        kept, drafts = told
        self.model.show(kept, drafts)
        signed = {each.submission: each.receipt for each in kept if each.receipt is not None}
        language = App.get_running_app().language

        def question(store: TerminalStore) -> tuple[dict[str, Receipt], dict[str, str]]:
            forms = {each.key: each.title.in_language(language) for each in store.site().forms}
            return _proven(store, signed), forms

        def take(told: tuple[dict[str, Receipt], dict[str, str]]) -> None:
            self.model.receipts, self.model.forms = told

        App.get_running_app().jobs.ask("matters", question, take, lambda: None)

    def _asked(self, question: str) -> None:
        self._question = question
        self._look()

    def _ask_again(self) -> None:
        app, question = App.get_running_app(), self._question
        self._waited_s += LOOK_S
        if question:
            app.visit.private.ask(
                "answer", lambda store: store.question(question), self._hear, self._unanswered
            )

    def _hear(self, told: Question | None) -> None:
        if told is not None and told.answer is not None:
            self.model.hear(told.answer)
            self._question = ""
            return
        if told is None or told.state is State.PARKED:
            self.model.asked = "offline"
            return
        if told.problem is not Trouble.NONE or self._waited_s >= PATIENCE_S:
            self.model.asked = "offline"
        self._look()

    def _unanswered(self) -> None:
        self.model.asked = "offline"

    def _draw(self) -> None:
        app = App.get_running_app()
        words, model = app.words, self.model
        width = self.ids.results.width
        if width < 10 * app.theme.body:
            return
        listed = model.entries(words, app.moment().astimezone(SHANGHAI))
        self.as_of = model.as_of(words) if model.state != "waiting" else ""
        self.nothing = list(model.nothing_texts(words, listed=bool(listed)))
        self.ids.results.show([_row(each, width) for each in listed])


def _proven(store: TerminalStore, signed: dict[str, SignedReceipt]) -> dict[str, Receipt]:
    found = {submission: proven(store, each) for submission, each in signed.items()}
    return {submission: receipt for submission, receipt in found.items() if receipt is not None}


def _row(entry: Entry, width: float) -> dict[str, Any]:
    app = App.get_running_app()
    theme, words = app.theme, app.words
    if entry.kind == "heading":
        height = round(theme.small * STEP + 2 * theme.pad)
        return {"viewclass": "MatterHeading", "title": entry.title, "size": (width, height)}
    spell, small = spelling(words, has_glyph), measure(theme.small)
    button = 0.0
    if entry.kind == "draft":
        button = small.text(words["matters.delete"]) + theme.icon_small + 4 * theme.pad
    room = width - 2 * theme.gap - 2 * theme.icon - 3 * theme.pad - button
    titles = _broken(spell(entry.title), room, measure(theme.body, bold=True))
    unders = _broken(spell(entry.under), room, small) if entry.under else []
    notes = _broken(entry.note, room, small) if entry.note else []
    height = len(titles) * theme.body * STEP + (len(unders) + len(notes)) * theme.small * STEP
    return {
        "viewclass": "MatterRow",
        "key": entry.key,
        "kind": entry.kind,
        "icon": ICONS[entry.kind].value,
        "title": "\n".join(titles),
        "under": "\n".join(unders),
        "note": "\n".join(notes),
        "tone": entry.tone,
        "size": (width, max(round(height + 2 * theme.pad), theme.row)),
    }


def _broken(text: str, width: float, advance: Any) -> list[str]:
    # A pixel less, so that the label does not break it once more.
    plain = " ".join(text.split("\n"))
    return [plain[start:end].strip() for start, end in break_lines(plain, width - 1, advance)]


Builder.load_file(str(Path(__file__).with_name("matters.kv")), encoding="utf-8")
