"""Rows of the folder that is shown: each is measured once, those of a large folder bit by bit."""

from typing import Any

from kivy.app import App

from kiosk.examination.sentences import size_text
from kiosk.upload.drawing import list_row
from kiosk.upload.model import HandingIn
from kiosk.upload.source import Candidate, Folder, Listing
from kiosk.widgets.icons import Sign

PART = 40
"""Rows that are measured in one frame; one takes about a quarter of a millisecond."""

Row = dict[str, Any]


class FolderRows:
    """The rows of one listing, as far as they are measured."""

    def __init__(self) -> None:
        self._listing: Listing | None = None
        self._look: tuple[object, ...] = ()
        self._rows: list[Row] = []
        self._left: list[tuple[str, Folder | Candidate]] = []

    @property
    def complete(self) -> bool:
        """Whether every entry has its row."""
        return not self._left

    def forget(self) -> None:
        """Names of files are the visitor's."""
        self._listing, self._rows, self._left = None, [], []

    def take(self, model: HandingIn, width: float) -> list[Row]:
        """The rows as they are now, and up to PART more than the last time."""
        app, listing = App.get_running_app(), model.listing
        if listing is None:
            self.forget()
            return []
        look = (width, app.language, app.theme.body, app.theme.small)
        if listing is not self._listing or look != self._look:
            self._listing, self._look, self._rows = listing, look, []
            folders = [(f"d{at}", each) for at, each in enumerate(listing.folders)]
            files = [(f"f{at}", each) for at, each in enumerate(listing.files)]
            self._left = [*folders, *files]
        have = {each.place for each in model.files if each.source == model.source}
        for number in range(len(listing.folders), len(self._rows)):
            self._refresh(number, listing.files[number - len(listing.folders)], model, have, width)
        part, self._left = self._left[:PART], self._left[PART:]
        for key, entry in part:
            if isinstance(entry, Folder):
                self._rows.append(_folder(key, entry, width))
            else:
                self._rows.append(_file(key, entry, model, entry.place in have, width))
        return self._rows

    def _refresh(
        self, number: int, file: Candidate, model: HandingIn, have: set[Any], width: float
    ) -> None:
        row, already = self._rows[number], file.place in have
        if row["tappable"] is already:
            self._rows[number] = _file(row["key"], file, model, already, width)
        elif row["icon"] != (icon := _box(file, model, already)):
            self._rows[number] = {**row, "icon": icon}


def _box(file: Candidate, model: HandingIn, already: bool) -> str:
    return (Sign.TICKED if already or file.place in model.ticked else Sign.UNTICKED).value


def _folder(key: str, folder: Folder, width: float) -> Row:
    under = App.get_running_app().words["upload.folder"]
    icon = Sign.FOLDER.value
    return list_row(
        "browse", key, width, icon=icon, title=folder.name_shown, under=under, leads=True
    )


def _file(key: str, file: Candidate, model: HandingIn, already: bool, width: float) -> Row:
    return list_row(
        "browse",
        key,
        width,
        icon=_box(file, model, already),
        title=file.name_shown,
        under=size_text(file.size),
        note=App.get_running_app().words["upload.already"] if already else "",
        leads=False,
        tappable=not already,
    )
