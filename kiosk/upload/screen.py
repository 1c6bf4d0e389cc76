"""The screen of handing in files: it asks, draws what the model says, and does what is tapped."""

from datetime import datetime
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.screenmanager import Screen

from kiosk.examination.clamd import Clamd
from kiosk.input.composer import Mode
from kiosk.upload import projects
from kiosk.upload.attaching import Attaching
from kiosk.upload.chosen import ready
from kiosk.upload.drawing import FileRows, fill_browse, fill_files, fill_project, fill_source
from kiosk.upload.folder_rows import FolderRows
from kiosk.upload.intake import Intake
from kiosk.upload.looking import Looking
from kiosk.upload.model import HandingIn
from kiosk.upload.panes import BrowsePane, FilesPane, ProjectPane, SourcePane, WarningPane
from kiosk.upload.projects import OpenProject
from kiosk.upload.sending import Sending
from kiosk.widgets.row_cursor import RowCursor

PANES: dict[str, Any] = {
    "warning": WarningPane,
    "project": ProjectPane,
    "source": SourcePane,
    "browse": BrowsePane,
    "files": FilesPane,
}
ENTER = frozenset({13, 271})
SPACE, DELETE = 32, 127
ARROWS = {273: -1, 274: 1}


class UploadScreen(Screen):
    """数据上传, and the choosing of files for a form."""

    model = ObjectProperty()
    title = StringProperty("")
    in_trouble = False

    def __init__(self, **kwargs: Any) -> None:
        app = App.get_running_app()
        self.model = HandingIn()
        self._panes: dict[str, Any] = {}
        self._warned_in = -1
        self._cursor, self._folder_rows, self._file_rows = RowCursor(), FolderRows(), FileRows()
        self._intake: Intake | None = None
        self._sending = Sending(self.model, self._taken)
        super().__init__(name="upload", **kwargs)
        model = self.model
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        looking = self._looking = Looking(self.model, draw)
        watched = ("step", "proven", "state", "query", "found", "project", "gone", "place",
                   "listing", "trouble", "ticked", "files", "transfer", "failed", "submission",
                   "attaching", "form")  # fmt: skip
        model.bind(**dict.fromkeys(watched, draw))
        model.bind(step=lambda *_: self._show_pane(), place=self._stand_nowhere)
        model.bind(query=lambda *_: self._find(), at=self._count_down)
        app.theme.bind(unit=draw, large=draw, contrast=draw)
        app.bind(words=draw, portrait=draw, online=draw)
        app.bind(sources=looking.changed, sources_changed=looking.changed)
        self.bind(size=draw)
        self._ticking = Clock.schedule_interval(lambda _dt: self._tick(), 1.0)
        self._ticking.cancel()
        self._show_pane()

    # Coming and going

    def open(self, attaching: Attaching | None = None) -> None:
        """Begin, or go on where the visitor left; `attaching`: choose files for a form."""
        app = App.get_running_app()
        number = app.visit.session.number
        self.model.warned = self._warned_in == number
        self.model.forget()
        self._equip()
        if self._intake is not None:
            self._intake.begin(() if attaching is None else attaching.have)
        self.model.begin(attaching)
        self.refresh(app.moment())

    def follow(self, submission: str, project: OpenProject | None = None, form: str = "") -> None:
        """Show how a submission is that was handed in: files of a project, or a form."""
        self.open()
        self.model.project = project
        self.model.follow(submission, form)
        self._sending.ask()

    def on_pre_enter(self, *_: object) -> None:
        self._ticking()

    def on_pre_leave(self, *_: object) -> None:
        self._ticking.cancel()
        self._focus(False)

    def refresh(self, _at: datetime) -> None:
        """The store has changed, or time has."""
        app, model = App.get_running_app(), self.model
        model.take_time(app.proven())
        if model.step == "project":
            self._find()
        if model.project is not None and not model.submission and model.proven:
            notice, at = model.project.notice_id, model.at
            app.jobs.ask(
                "upload project",
                lambda store: projects.look_again(store, notice, at),
                model.look_at_project,
                lambda: None,
            )

    def step_back(self) -> bool:
        """One step back on this screen; False: the screen is to be left."""
        if self.model.step == "project" and self._pane("project").ids.keyboard.raised:
            self._pane("project").ids.keyboard.raised = False
            return True
        was = self.model.step
        if not self.model.back():
            return False
        if was == "browse" and self.model.step == "browse":
            self._looking.list()
        return True

    def forget(self) -> None:
        """Nothing of it stays here; what was handed in goes on without this screen."""
        app = App.get_running_app()
        app.jobs.forget("upload projects", "upload project")
        if self._sending.handing_over:
            # Its files must not be dropped before its turn comes.
            self._taken()
        self._sending.forget()
        self._looking.forget()
        if self._intake is not None:
            self._intake.forget()
        self.model.forget()
        if "project" in self._panes:
            ids = self._pane("project").ids
            ids.field.clear()
            ids.keyboard.forget()
            ids.keyboard.raised = False
            ids.results.to_top()
        self._folder_rows.forget()
        self._file_rows.forget()
        for name in ("source", "browse", "files"):
            if name in self._panes:
                self._pane(name).ids.results.show([])
        self._redraw()

    def stop(self) -> None:
        """The program ends."""
        if self._intake is not None:
            self._intake.stop()

    def scroll(self, pages: float) -> None:
        """Page keys."""
        if self.model.step != "warning":
            self._pane(self._shown).ids.results.scroll_by(pages)

    def takes(self, key: int) -> bool:
        """Keys: arrows and Space choose rows; Enter does what the main button says."""
        step = self.model.step
        if step == "warning":
            if key in ENTER:
                self.understood()
            return key in ENTER
        rows = self._pane(self._shown).ids.results
        row = self._cursor.row(rows)
        if key in ARROWS:
            self._cursor.move(rows, ARROWS[key])
            return True
        if key == DELETE and step == "files" and row is not None:
            self.remove(int(row["key"]))
            return True
        if key != SPACE and key not in ENTER:
            return False
        if row is not None and "pane" in row and (key == SPACE or not self.model.ticked):
            if row["tappable"]:
                self.tapped(row["pane"], row["key"])
        elif key == SPACE:
            return False
        elif step == "browse" and self.model.ticked:
            self.take_ticked()
        elif step in ("files", "sending"):
            self.main()
        return True

    # What is tapped

    def understood(self) -> None:
        """The warning was read."""
        self._warned_in = App.get_running_app().visit.session.number
        self.model.understood()
        self.refresh(App.get_running_app().moment())

    def raise_keys(self) -> None:
        """The field was touched."""
        app = App.get_running_app()
        if not self._pane("project").ids.keyboard.raised:
            app.composer.switch(Mode.PINYIN if app.language == "zh" else Mode.LATIN)
            self._pane("project").ids.keyboard.raised = True

    def choose_first(self) -> None:
        """Enter in the field: the keyboard makes room; one project that is left is chosen."""
        found = self.model.found.projects
        self._pane("project").ids.keyboard.raised = False
        if len(found) == 1:
            self._choose_project(found[0])

    def tapped(self, pane: str, key: str) -> None:
        """A row of a list."""
        model = self.model
        if pane == "project":
            for project in model.found.projects:
                if project.notice_id == key:
                    self._choose_project(project)
        elif pane == "source":
            self._looking.open(key)
        elif model.listing is not None:
            listed = model.listing.folders if key[0] == "d" else model.listing.files
            if int(key[1:]) < len(listed):
                self._looking.choose(listed[int(key[1:])])
            if key[0] == "d":
                self._pane("browse").ids.results.to_top()

    def see_list(self) -> None:
        """To the files that are chosen already."""
        self.model.step = "files"

    def take_ticked(self) -> None:
        """Examine what is ticked, one file after the other."""
        if self._intake is None or not self.model.ticked:
            return
        for ticket, candidate in self.model.take_ticked():
            self._intake.take(ticket, candidate)

    def remove(self, ticket: int) -> None:
        """The visitor does not want this file any more."""
        self.model.remove(ticket)
        if self._intake is not None:
            self._intake.give_up(ticket)

    def second(self) -> None:
        """More files; or pause, or go on."""
        if self.model.step == "files":
            self.model.step = "source"
        else:
            self._sending.pause_or_go_on()

    def main(self) -> None:
        """Hand in; or leave what has ended; or put the files into the form."""
        if self.model.attaching is not None:
            self._put_into_form(self.model.attaching)
        elif self.model.step != "sending":
            self._sending.hand_in()
            self._redraw()
        elif self.model.ended:
            App.get_running_app().home()

    # Behind it

    def _equip(self) -> None:
        app = App.get_running_app()
        if self._intake is None and app.visit.open_private is not None:
            policy = app.upload_policy
            self._intake = Intake(
                app.visit.open_private,
                app.data_folder,
                policy,
                self.model.hear,
                app.deliver,
                scanner=Clamd(policy.clamd) if policy.clamd else None,
            )

    def _put_into_form(self, attaching: Attaching) -> None:
        if not self.model.can_hand_in:
            return
        staged = [each.staged for each in ready(self.model.files) if each.staged is not None]
        self._taken()
        App.get_running_app().leave()
        attaching.taken(staged)

    def _stand_nowhere(self, *_: object) -> None:
        self._cursor.at = -1

    def _taken(self) -> None:
        if self._intake is not None:
            self._intake.handed_in()

    def _count_down(self, *_: object) -> None:
        """Once a second, where what is left until a deadline is shown."""
        if self.model.step in ("project", "files", "sending"):
            self._redraw()

    def _tick(self) -> None:
        app, model = App.get_running_app(), self.model
        model.take_time(app.proven())
        self._sending.keep_open()
        if model.step == "sending" and model.transfer is None:
            self._sending.look()

    def _find(self) -> None:
        app, model = App.get_running_app(), self.model
        if model.step != "project" or not model.proven:
            return
        query, at = model.query, model.at

        def failed() -> None:
            model.state = "trouble"

        app.jobs.ask(
            "upload projects",
            lambda store: projects.find(store, query, at),
            model.take_projects,
            failed,
        )

    def _choose_project(self, project: OpenProject) -> None:
        self._focus(False)
        self._pane("project").ids.keyboard.raised = False
        self.model.choose_project(project)

    # What is shown

    @property
    def _shown(self) -> str:
        return "files" if self.model.step == "sending" else str(self.model.step)

    def _pane(self, name: str) -> Any:
        if name not in self._panes:
            pane = self._panes[name] = PANES[name](screen=self)
            if name == "project":
                composer = App.get_running_app().composer
                pane.ids.field.attach(composer)
                pane.ids.keyboard.attach(composer)
                pane.ids.field.bind(query=lambda _f, query: setattr(self.model, "query", query))
            if name != "warning":
                pane.ids.results.bind(width=self._redraw)
        return self._panes[name]

    def _show_pane(self) -> None:
        model = self.model
        self._focus(False)
        self._stand_nowhere()
        self.ids.pane.clear_widgets()
        self.ids.pane.add_widget(self._pane(self._shown))
        if model.step in ("source", "browse"):
            self._looking.begin()
        if model.step == "project":
            self._focus(True)

    def _fill_files(self, pane: Any, width: float) -> None:
        """The arrow keys stay on their file, wherever in the list it goes."""
        stood = self._cursor.row(pane.ids.results)
        handing_over = self._sending.handing_over
        fill_files(pane, self.model, self._file_rows, width, handing_over=handing_over)
        keys = [row["key"] for row in pane.ids.results.data]
        if stood is not None and stood["key"] and stood["key"] in keys:
            self._cursor.at = keys.index(stood["key"])

    def _focus(self, focused: bool) -> None:
        if "project" in self._panes and (not focused or self.manager is not None):
            self._pane("project").ids.field.focus = focused

    def _draw(self) -> None:
        self._sending.keep_open()
        name = self._shown
        app = App.get_running_app()
        self.title = self.model.title(app.words, narrow=app.portrait or app.theme.large)
        if name == "warning":
            return
        pane = self._pane(name)
        width = pane.ids.results.width
        if width < 10 * app.theme.body:
            return
        if name == "project":
            fill_project(pane, self.model, width)
        elif name == "source":
            fill_source(pane, self.model, self._looking.sources, self._looking.address, width)
        elif name == "browse":
            rows, looking = self._folder_rows.take(self.model, width), self._looking
            fill_browse(pane, self.model, looking.source, looking.folders, rows)
            if not self._folder_rows.complete:
                # In the next frame, not in this one once more.
                Clock.schedule_once(lambda _dt: self._redraw())
        else:
            self._fill_files(pane, width)
        if self._cursor.at >= 0:
            self._cursor.mark(pane.ids.results)
