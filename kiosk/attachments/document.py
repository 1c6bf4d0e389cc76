"""The screen that shows the pages of one file."""

from datetime import datetime
from functools import partial
from math import inf
from pathlib import Path

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import ListProperty, ObjectProperty, OptionProperty, StringProperty
from kivy.uix.screenmanager import Screen

from display.notice import Attachment
from kiosk.attachments import bar  # noqa: F401  registers its rules
from kiosk.attachments.drawing import Drawing
from kiosk.attachments.model import trouble_texts
from kiosk.attachments.screen import ask
from kiosk.attachments.view import ARROW, PagesView  # noqa: F401  the rules name it
from kiosk.jobs import LATE_AFTER_S
from kiosk.notice.model import spelling
from kiosk.pdf.document import Document, PdfError
from kiosk.store.terminal import TerminalStore
from kiosk.widgets.glyphs import has_glyph

UP, DOWN, LEFT, RIGHT = 273, 274, 276, 275
PAGE_UP, PAGE_DOWN, FIRST, LAST, SPACE = 280, 281, 278, 279, 32
LARGER, SMALLER = frozenset({ord("+"), ord("="), 270}), frozenset({ord("-"), 269})
"""Also the keys of the number pad; + stands on the key of = ."""
WINDOW = 0.9
"""Of the window: how far a page key scrolls."""


class DocumentScreen(Screen):
    """Opens a file that is here, and shows it as long as its notice may be shown."""

    state = OptionProperty(
        "opening",
        options=["opening", "late", "shown", "refused", "spoiled", "gone", "trouble"],
    )
    """late: the visitor must be told to wait. refused: see `problem`."""
    problem = ObjectProperty(None, allownone=True)
    name_text = StringProperty("")
    nothing = ListProperty(["", ""])

    def __init__(self, **kwargs: object) -> None:
        self._notice_id = ""
        self._attachment: Attachment | None = None
        self._drawing: Drawing | None = None
        self._scan = False
        super().__init__(name="document", **kwargs)
        self._say_late = Clock.create_trigger(lambda _dt: self._set_late(), LATE_AFTER_S)
        # The process that draws ends before the program; nothing on the screen changes.
        App.get_running_app().bind(on_stop=lambda _app: self._end_drawing())

    @property
    def in_trouble(self) -> bool:
        """Whether the store could not answer the last question."""
        return bool(self.state == "trouble")

    def open(self, notice_id: str, attachment: Attachment, *, scan: bool) -> None:
        """Show a file of a notice from its first page; it must be here.

        `scan`: the list of files shows the code of the official address.
        """
        self.forget()
        self._scan = scan
        app = App.get_running_app()
        self._notice_id, self._attachment = notice_id, attachment
        self.name_text = spelling(app.words, has_glyph)(attachment.name)
        self._say_late()
        self._find()

    def refresh(self, at: datetime) -> None:
        """Ask anew whether the notice may be shown, and still names this file."""
        notice_id, attachment = self._notice_id, self._attachment
        if attachment is None:
            return
        App.get_running_app().jobs.ask(
            "document notice",
            lambda store: ask(store, notice_id, at)[0],
            lambda notice: self._check(notice is not None and attachment in notice.attachments),
            lambda: None,
        )
        if self.state == "trouble":
            self._find()

    def forget(self) -> None:
        """Nothing of this visitor stays: file, pictures, the process that drew them."""
        app = App.get_running_app()
        app.jobs.forget("document notice")
        app.file_jobs.forget("document")
        self._notice_id, self._attachment = "", None
        self._close("opening")

    def scroll(self, pages: float) -> None:
        """Page keys: heights of the window."""
        if abs(pages) == inf:
            self.ids.pages.to_end() if pages > 0 else self.ids.pages.go_to(1)
        else:
            self.ids.pages.scroll_by(pages)

    def takes(self, key: int) -> bool:
        """Keys: arrows, page keys, first and last, plus and minus."""
        view = self.ids.pages
        pans = view.zoom > 1
        acts = {
            UP: partial(view.scroll_by, -ARROW),
            DOWN: partial(view.scroll_by, ARROW),
            LEFT: partial(view.pan_by, -ARROW) if pans else partial(view.turn, -1),
            RIGHT: partial(view.pan_by, ARROW) if pans else partial(view.turn, 1),
            PAGE_UP: partial(view.scroll_by, -WINDOW),
            PAGE_DOWN: partial(view.scroll_by, WINDOW),
            SPACE: partial(view.scroll_by, WINDOW),
            FIRST: partial(view.go_to, 1),
            LAST: view.to_end,
        }
        acts |= dict.fromkeys(LARGER, partial(view.zoom_by, 1))
        acts |= dict.fromkeys(SMALLER, partial(view.zoom_by, -1))
        if key not in acts:
            return False
        acts[key]()
        return True

    def _find(self) -> None:
        """Have the store check the file, byte for byte, before it is opened."""
        attachment = self._attachment
        if attachment is None:
            return

        def question(store: TerminalStore) -> Path | None:
            sound = store.verify_file(attachment.sha256)
            return store.file_path(attachment.sha256) if sound else None

        def failed() -> None:
            self._close("trouble")

        App.get_running_app().file_jobs.ask("document", question, self._begin, failed)

    def _begin(self, path: Path | None) -> None:
        if path is None:
            self._close("spoiled")
            return
        if self.state == "trouble":
            self.state = "opening"
            self._say_late()
        self._drawing = Drawing(path, App.get_running_app().deliver, self._opened)

    def _opened(self, document: Document | PdfError) -> None:
        drawing = self._drawing
        if isinstance(document, PdfError) or drawing is None:
            self.problem = document
            self._close("refused")
            return
        self._say_late.cancel()
        self.state = "shown"
        self.ids.pages.show(document.pages, drawing.draw)

    def _check(self, released: bool) -> None:
        if not released:
            self._notice_id, self._attachment = "", None
            App.get_running_app().file_jobs.forget("document")
            self._close("gone")

    def _close(self, state: str) -> None:
        self._say_late.cancel()
        self._end_drawing()
        self.ids.pages.forget()
        if state in {"opening", "gone"}:
            self.name_text = ""
        if state != "refused":
            self.problem = None
        self.state = state

    def _end_drawing(self) -> None:
        drawing, self._drawing = self._drawing, None
        if drawing is not None:
            drawing.close()

    def _set_late(self) -> None:
        if self.state == "opening":
            self.state = "late"

    def said(self, state: str, words: dict[str, str]) -> tuple[str, str]:
        """What stands in place of the pages; empty texts while they are there."""
        if state == "late":
            return words["attachments.opening"], ""
        if state == "gone":
            return words["notice.gone"], words["notice.gone_text"]
        if state == "trouble":
            return words["notice.trouble"], words["notice.trouble_text"]
        if state == "spoiled":
            return words["attachments.unsound"], words["attachments.unsound_text"]
        if state == "refused" and self.problem is not None:
            return trouble_texts(self.problem, words, scan=self._scan)
        return "", ""


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
