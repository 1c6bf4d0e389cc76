"""Looks through sticks and phones for the upload screen; folders are read in a worker."""

from collections.abc import Callable
from typing import Any

from kivy.app import App

from kiosk.upload.model import HandingIn, folder_names
from kiosk.upload.source import (
    Candidate,
    Folder,
    Kind,
    Listing,
    Place,
    Source,
    SourceTrouble,
    State,
    Trouble,
)


class Looking:
    """What there is, as it was last told, and the folder that is shown of it."""

    def __init__(self, model: HandingIn, redraw: Callable[[], Any]) -> None:
        self._model, self._redraw = model, redraw
        self.sources: tuple[Source, ...] = ()
        self.folders: dict[Place, str] = {}
        """Names of the folders that were seen, as they are shown."""

    @property
    def source(self) -> Source | None:
        """The one that is looked through, if it is still there."""
        key = self._model.source
        return next((each for each in self.sources if each.key == key), None)

    @property
    def address(self) -> str:
        """Of the page for a phone; empty while none is open."""
        sources = App.get_running_app().sources
        invitation = None if sources is None else sources.invitation()
        return "" if invitation is None else invitation.url

    def begin(self) -> None:
        """The visitor chooses files now."""
        sources = App.get_running_app().sources
        if sources is not None:
            sources.begin()
            self.changed()

    def changed(self, *_: object) -> None:
        """A stick or a phone came or went."""
        app, model = App.get_running_app(), self._model
        if app.sources is None or model.step not in ("source", "browse"):
            return
        self.sources = tuple(app.sources.sources())
        self._redraw()
        source = self.source
        if model.step == "browse" and (source is None or source.state is not State.READY):
            trouble = None if source is None else source.trouble
            model.cannot_list(trouble or Trouble.PULLED_OUT)
        elif model.step == "browse" and source is not None and source.kind is Kind.PHONE:
            # What arrives from a phone is listed as it comes.
            self.list()

    def open(self, key: str) -> None:
        """Look through a source; a phone that has not called yet gets an address first."""
        source = next((each for each in self.sources if each.key == key), None)
        if source is None:
            return
        if source.kind is Kind.PHONE and source.state is not State.READY:
            App.get_running_app().sources.open_phone()
            return
        self.folders = {}
        self._model.browse(key)
        self.list()

    def choose(self, entry: Folder | Candidate) -> None:
        """Go into a folder, or tick a file."""
        if isinstance(entry, Folder):
            self._model.enter(entry.place)
            self.list()
        else:
            self._model.tick(entry)

    def list(self) -> None:
        """Read the folder that is to be shown."""
        model = self._model
        source, place = self.source, model.place
        if source is None:
            model.cannot_list(Trouble.PULLED_OUT)
            return

        def question(_store: object) -> Listing | Trouble:
            try:
                return source.list(place)
            except SourceTrouble as problem:
                return problem.trouble

        def answer(listed: Listing | Trouble) -> None:
            if isinstance(listed, Trouble):
                model.cannot_list(listed)
                return
            self.folders = folder_names(self.folders, listed)
            model.show(listed)

        App.get_running_app().file_jobs.ask("upload list", question, answer, lambda: None)

    def forget(self) -> None:
        """Nothing of what was seen stays; what the visitor plugged in is closed with the visit."""
        app = App.get_running_app()
        app.file_jobs.forget("upload list")
        self.sources, self.folders = (), {}
        if app.sources is None:
            return
        app.sources.close_phone()
        # What is closed opens only once it is plugged in anew: not while its owner is here.
        if not app.visit.identified:
            app.sources.end()
