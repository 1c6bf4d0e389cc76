"""Rows of the upload screen's lists, broken into lines for the room that there is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kivy.app import App

from kiosk.notice.model import spelling
from kiosk.upload.lines import Line
from kiosk.upload.model import PLACES, HandingIn
from kiosk.upload.panes import BrowsePane, FilesPane, ProjectPane, SourcePane
from kiosk.upload.projects import OpenProject, closes_text, countdown
from kiosk.upload.source import Kind, Place, Source, State
from kiosk.widgets.glyphs import has_glyph
from kiosk.widgets.icons import Sign
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure

STEP = 1.45
"""Height of a line in sizes of its type."""
PICTURES = frozenset({"jpg", "jpeg", "png", "tif", "tiff", "bmp", "gif"})


def icon_of(name: str) -> str:
    """The sign for a file, by its ending."""
    ending = name.rpartition(".")[2].casefold()
    if ending == "pdf":
        return Sign.PDF.value
    if ending in PICTURES:
        return Sign.PICTURE.value
    return Sign.ARCHIVE.value if ending == "zip" else Sign.PAPERS.value


def fill_project(pane: ProjectPane, model: HandingIn, width: float) -> None:
    """Open projects, or why none is listed."""
    pane.nothing = model.nothing_texts(App.get_running_app().words)
    pane.names = model.step_names(App.get_running_app().words)
    listed = model.found.projects if model.proven else ()
    rows = [project_row(each, model.at, width) for each in listed]
    if listed and model.found.cut:
        more = App.get_running_app().words["upload.more_projects"]
        rows.append(list_row("project", "", width, title=more, leads=False, tappable=False))
    pane.ids.results.show(rows)


def fill_source(
    pane: SourcePane, model: HandingIn, sources: Sequence[Source], address: str, width: float
) -> None:
    """Sticks and phone; `address` is that of the page for phones."""
    words = App.get_running_app().words
    pane.ids.results.show([source_row(each, width) for each in sources])
    pane.address, pane.names = address, model.step_names(words)
    count = len(model.files)
    pane.list_text = words["upload.see_list"].format(count=count) if count else ""


def fill_browse(
    pane: BrowsePane,
    model: HandingIn,
    source: Source | None,
    folders: Mapping[Place, str],
    entries: Sequence[dict[str, Any]],
) -> None:
    """Folders and files of a source; `folders` are names as they are shown."""
    words = App.get_running_app().words
    kind = Kind.STICK if source is None else source.kind
    name = (source.name_shown if source is not None else "") or words[f"sources.{kind}"]
    pane.names = model.step_names(words)
    pane.icon = (Sign.STICK if kind is Kind.STICK else Sign.PHONE).value
    pane.crumbs = path_text(name, model.place, folders)
    pane.nothing = model.folder_texts(words)
    pane.cut = words["upload.cut"] if model.listing is not None and model.listing.cut else ""
    if model.full:
        pane.cut = words["upload.field_full"].format(count=model.attaching.room)
    count = len(model.ticked)
    pane.can_take = bool(count)
    take = words["upload.take"].format(count=count)
    pane.take_text = take if count else words["upload.tick_files"]
    # Copies: the list marks its own.
    pane.ids.results.show([dict(each) for each in entries])


class FileRows:
    """The rows of chosen files; one that stands as it did is not measured again."""

    def __init__(self) -> None:
        self._known: dict[Line, dict[str, Any]] = {}
        self._look: tuple[object, ...] = ()

    def take(self, lines: Sequence[Line], width: float) -> list[dict[str, Any]]:
        """A row for each line."""
        app = App.get_running_app()
        look = (width, app.language, app.theme.lead, app.theme.small)
        known = self._known if look == self._look else {}
        self._look = look
        self._known = {each: known.get(each) or file_row(each, width) for each in lines}
        return [dict(self._known[each]) for each in lines]

    def forget(self) -> None:
        """Names of files are the visitor's."""
        self._known = {}


def fill_files(
    pane: FilesPane, model: HandingIn, rows: FileRows, width: float, *, handing_over: bool
) -> None:
    """The list of files, the project beside it, and what can be done."""
    app = App.get_running_app()
    words, project, at = app.words, model.project, model.at
    pane.at, pane.names = PLACES[model.step], model.step_names(words)
    pane.ids.results.show(rows.take(model.lines(words), width))
    if model.attaching is not None or model.form:
        pane.title = model.form or model.attaching.form
        field = "" if model.attaching is None else model.attaching.field
        pane.tender_no = words["upload.for_field"].format(field=field) if field else ""
        pane.closes = pane.left = ""
    elif project is not None and at is not None:
        pane.title, pane.tender_no = " ".join(project.title.split()), project.tender_no
        pane.closes = closes_text(words, project.closes_at, at)
        pane.left = countdown(words, project.closes_at, at)
        pane.over = project.closes_at <= at
    else:
        pane.title = pane.tender_no = pane.closes = pane.left = ""
    banner = model.banner(words, online=app.online)
    pane.banner, pane.tone = banner.text, banner.tone
    pane.main_text = model.main_text(words)
    if model.step != "sending":
        pane.second_icon, pane.second_text = Sign.ADD.value, words["upload.more_files"]
        pane.can_go = model.can_hand_in and not handing_over
        if model.full:
            pane.second_icon = pane.second_text = ""
        return
    pane.can_go = model.ended
    transfer = model.transfer
    if transfer is None or model.ended:
        pane.second_icon = pane.second_text = ""
        return
    pane.second_icon = (Sign.GO_ON if transfer.paused else Sign.PAUSE).value
    pane.second_text = words["upload.go_on" if transfer.paused else "upload.pause"]


def project_row(project: OpenProject, at: datetime, width: float) -> dict[str, Any]:
    """One open project and how long it is open."""
    words = App.get_running_app().words
    under = "  ·  ".join(part for part in (project.tender_no, project.buyer) if part)
    closes = closes_text(words, project.closes_at, at)
    note = f"{closes}　{countdown(words, project.closes_at, at)}"
    return list_row(
        "project", project.notice_id, width, title=project.title, under=under, note=note
    )


def source_row(source: Source, width: float) -> dict[str, Any]:
    """A stick or the phone, and what can be done with it."""
    words = App.get_running_app().words
    stick = source.kind is Kind.STICK
    name = source.name_shown or words[f"sources.{source.kind}"]
    bad = source.state is State.REFUSED
    said = words[f"sources.{source.trouble if source.trouble else source.state}"]
    usable = source.state is State.READY or (not stick and source.state is State.ABSENT)
    return list_row(
        "source",
        source.key,
        width,
        icon=(Sign.STICK if stick else Sign.PHONE).value,
        title=name,
        under=words["upload.stick_text" if stick else "upload.phone_text"] if usable else "",
        note="" if usable else said,
        bad=bad,
        leads=usable,
        tappable=usable,
    )


def file_row(line: Line, width: float) -> dict[str, Any]:
    """A chosen file."""
    app = App.get_running_app()
    theme, words = app.theme, app.words
    small = measure(theme.small)
    badge = measure(theme.least, bold=True).text(line.badge) + 2 * theme.pad
    remove = 0.0
    if line.removable:
        remove = small.text(words["upload.remove"]) + theme.icon_small + 3.2 * theme.pad
    inner = width - 2 * theme.gap
    room = inner - theme.icon - badge - remove - 3 * theme.pad
    name = _broken(_spelt(line.name), room, measure(theme.lead, bold=True))
    under = _broken(_spelt(line.under), inner, small)
    # A line that has a pixel too little is not drawn at all.
    top = max(
        len(name) * theme.lead * STEP + theme.line * 2,
        theme.chip if line.removable else theme.badge,
    )
    height = top + len(under) * theme.small * STEP * bool(line.under) + 3.2 * theme.pad
    height += theme.pad * 1.25 if line.part >= 0 else 0
    return {
        "viewclass": "FileRow",
        "key": line.key,
        "icon": Sign.REFUSED.value if line.tone == "bad" else icon_of(line.name),
        "name": "\n".join(name),
        "under": "\n".join(under) if line.under else "",
        "badge": line.badge,
        "tone": line.tone,
        "part": line.part,
        "whole": line.whole,
        "removable": line.removable,
        "remove_width": round(remove),
        "top_height": round(top),
        "size": (width, round(max(height, theme.row))),
    }


def path_text(name: str, place: Place, folders: Mapping[Place, str]) -> str:
    """Where in a source one is, from its name down."""
    shown = [folders.get(place[:depth], "…") for depth in range(1, len(place) + 1)]
    return _spelt("  /  ".join([name, *shown]))


def list_row(
    pane: str,
    key: str,
    width: float,
    *,
    title: str,
    under: str = "",
    note: str = "",
    icon: str = "",
    bad: bool = False,
    leads: bool = True,
    tappable: bool = True,
) -> dict[str, Any]:
    """A row to choose something by: a project, a source, a folder or a file."""
    theme = App.get_running_app().theme
    room = width - 2 * theme.gap - theme.pad * 2
    room -= theme.icon + theme.pad if icon else 0
    room -= theme.icon if leads else 0
    small = measure(theme.small)
    titles = _broken(_spelt(title), room, measure(theme.body, bold=True))
    unders = _broken(_spelt(under), room, small) if under else []
    notes = _broken(note, room, small) if note else []
    height = len(titles) * theme.body * STEP + (len(unders) + len(notes)) * theme.small * STEP
    return {
        "viewclass": "ListRow",
        "pane": pane,
        "key": key,
        "icon": icon,
        "title": "\n".join(titles),
        "under": "\n".join(unders),
        "note": "\n".join(notes),
        "bad": bad,
        "leads": leads,
        "tappable": tappable,
        "size": (width, max(round(height + 2 * theme.pad), theme.row)),
    }


def _spelt(text: str) -> str:
    return spelling(App.get_running_app().words, has_glyph)(text)


def _broken(text: str, width: float, advance: Any) -> list[str]:
    # A pixel less, so that the label does not break it once more.
    plain = " ".join(text.split("\n"))
    return [plain[start:end].strip() for start, end in break_lines(plain, width - 1, advance)]
