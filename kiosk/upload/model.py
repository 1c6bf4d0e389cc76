"""数据上传 from the warning to the last byte, without a window."""

from collections.abc import Mapping
from datetime import datetime

from kivy.event import EventDispatcher
from kivy.properties import (
    BooleanProperty,
    DictProperty,
    ListProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)

from kiosk.examination.sentences import sentences
from kiosk.private.transfer import State, Transfer
from kiosk.upload import chosen, lines
from kiosk.upload.attaching import Attaching
from kiosk.upload.chosen import ChosenFile, Stage
from kiosk.upload.intake import Step
from kiosk.upload.lines import Banner, Line
from kiosk.upload.projects import Found, OpenProject
from kiosk.upload.source import Candidate, Listing, Place, Trouble
from kiosk.words import Words

PLACES = {"warning": 2, "project": 2, "source": 3, "browse": 3, "files": 3, "sending": 4}
"""Step of the screen → number in the bar at its top; 1 is identification, 5 the receipt."""


class HandingIn(EventDispatcher):
    """What one visitor hands in; one submission at a time."""

    step = OptionProperty("warning", options=list(PLACES))
    warned = BooleanProperty(False)
    """Whether the warning was read in this visit."""
    proven = BooleanProperty(True)
    """Whether the terminal knows the server's time."""
    at = ObjectProperty(None, allownone=True)
    """The server's time now."""
    state = OptionProperty("waiting", options=["waiting", "found", "trouble"])
    """Of the search for projects."""
    query = StringProperty("")
    found = ObjectProperty(Found(()), rebind=True)
    project = ObjectProperty(None, allownone=True)
    """An OpenProject."""
    gone = BooleanProperty(False)
    """The project takes nothing any more."""
    attaching = ObjectProperty(None, allownone=True)
    """An Attaching: files are chosen for a form, and no project is asked for."""
    form = StringProperty("")
    """Title of the form that is on its way; empty for files of a project."""
    source = StringProperty("")
    """Key of the source that is looked through."""
    place = ObjectProperty(())
    listing = ObjectProperty(None, allownone=True)
    """A Listing; None while it is waited for."""
    trouble = ObjectProperty(None, allownone=True)
    """Why the folder cannot be listed."""
    ticked = DictProperty()
    """Place → Candidate, of the source that is looked through."""
    files = ListProperty()
    """Each a ChosenFile; once all are examined, those that stay out are the last."""
    submission = StringProperty("")
    transfer = ObjectProperty(None, allownone=True)
    """A Transfer, once something was handed in."""
    failed = BooleanProperty(False)
    """The submission could not be kept; the files are still here."""

    def __init__(self) -> None:
        super().__init__()
        self._tickets = 0
        self._told: dict[tuple[str, int], str] = {}

    # Steps

    def begin(self, attaching: Attaching | None = None) -> None:
        """Open the service: the warning once a visit, then the projects, or files for a form."""
        self.attaching = attaching
        self.step = self._first if self.warned else "warning"

    def understood(self) -> None:
        """The warning was read."""
        self.warned, self.step = True, self._first

    @property
    def _first(self) -> str:
        return "project" if self.attaching is None else "source"

    def choose_project(self, project: OpenProject) -> None:
        """Hand in for this project."""
        self.project, self.gone = project, False
        self.step = "files" if self.files else "source"

    def back(self) -> bool:
        """One step back; False from the first one, and while something is on its way."""
        if self.step == "browse" and self.place:
            self.enter(self.place[:-1])
            return True
        before = {"source": "project", "browse": "source", "files": "source"}.get(self.step)
        if before is None or self.step == self._first:
            return False
        if self.step == "browse":
            self.leave_source()
        self.step = before
        return True

    def forget(self) -> None:
        """Nothing of it stays; what is on its way goes on without this screen."""
        self.leave_source()
        self.files, self._told = [], {}
        self.submission, self.transfer, self.failed = "", None, False
        self.project, self.gone, self.attaching, self.form = None, False, None, ""
        self.query, self.found, self.state = "", Found(()), "waiting"
        self.step = "project" if self.warned else "warning"

    # The project

    def take_time(self, at: datetime | None) -> None:
        """The server's time now; None while it is not proven."""
        self.proven = at is not None
        if at is not None:
            self.at = at

    def take_projects(self, found: Found) -> None:
        """What the store found."""
        self.found, self.state = found, "found"

    def look_at_project(self, project: OpenProject | None) -> None:
        """The project as the store knows it now; None: it takes nothing any more."""
        if project is None:
            self.gone = self.project is not None
        elif self.project is not None:
            self.project, self.gone = project, False

    @property
    def open(self) -> bool:
        """Whether the project still takes documents, as far as this terminal knows."""
        if self.attaching is not None:
            return True
        return bool(
            self.proven and self.project and not self.gone and self.at
            and self.at < self.project.closes_at
        )  # fmt: skip

    # Choosing

    def browse(self, source: str) -> None:
        """Look through a source from its top."""
        self.source, self.ticked = source, {}
        self.enter(())
        self.step = "browse"

    def enter(self, place: Place) -> None:
        """Go to a folder; its listing is to come."""
        self.place, self.listing, self.trouble = place, None, None

    def show(self, listing: Listing) -> None:
        """What lies in the folder."""
        self.listing, self.trouble = listing, None

    def cannot_list(self, trouble: Trouble) -> None:
        """The folder cannot be listed."""
        self.listing, self.trouble = None, trouble

    def leave_source(self) -> None:
        """Nothing is looked through any more."""
        self.source, self.ticked = "", {}
        self.enter(())

    def tick(self, candidate: Candidate) -> None:
        """Choose a file, or not after all; one that is in the list already stays."""
        if self.is_chosen(candidate.place):
            return
        ticked = dict(self.ticked)
        if ticked.pop(candidate.place, None) is None:
            if self.full:
                return
            ticked[candidate.place] = candidate
        self.ticked = ticked

    @property
    def full(self) -> bool:
        """Whether the form's field takes no file beside those that are chosen and ticked."""
        if self.attaching is None:
            return False
        listed = len(self.files) - chosen.left_out(self.files)
        return bool(listed + len(self.ticked) >= self.attaching.room)

    def is_chosen(self, place: Place) -> bool:
        """Whether a file of the source is in the list already."""
        return any((each.source, each.place) == (self.source, place) for each in self.files)

    def take_ticked(self) -> list[tuple[int, Candidate]]:
        """Put what is ticked into the list; tickets and files for the intake."""
        taken = []
        for candidate in self.ticked.values():
            self._tickets += 1
            taken.append((self._tickets, candidate))
        source = self.source
        new = [
            ChosenFile(ticket, source, each.place, each.name_shown, each.size)
            for ticket, each in taken
        ]
        self.files = chosen.sound_first([*self.files, *new])
        self.leave_source()
        self.step = "files"
        return taken

    def hear(self, ticket: int, step: Step) -> None:
        """How far a file is."""
        files = chosen.changed(
            self.files,
            ticket,
            stage=step.stage,
            part=step.part,
            examination=step.examination,
            staged=step.staged,
            loss=step.loss,
        )
        # Not while files are examined: the list is not to move under the eyes at each of them.
        examining = any(each.under_way for each in files)
        self.files = files if examining else chosen.sound_first(files)

    def remove(self, ticket: int) -> None:
        """Take a file out of the list."""
        self.files = [each for each in self.files if each.ticket != ticket]

    @property
    def examining(self) -> bool:
        """Whether a file is still being examined or copied."""
        return any(each.under_way for each in self.files)

    @property
    def can_hand_in(self) -> bool:
        """Whether the files can be handed in now."""
        return self.open and not self.submission and chosen.can_hand_in(self.files)

    # On its way

    def handed_in(self, submission: str, words: Words) -> None:
        """It is kept and owed to the server under this id; what was found is remembered."""
        for each in self.files:
            if each.stage is Stage.READY and each.examination is not None:
                found = " · ".join(sentences(words, each.examination.findings))
                self._told[each.staged.name, each.staged.size] = found
        self.files = []
        self.follow(submission)

    def follow(self, submission: str, form: str = "") -> None:
        """Show how a submission is; `form`: the title of the form that it is."""
        self.submission, self.transfer, self.failed = submission, None, False
        self.form, self.step = form, "sending"

    def take_transfer(self, transfer: Transfer) -> None:
        """How it is now."""
        self.transfer = transfer

    @property
    def moving(self) -> bool:
        """Whether bytes go, or are about to: no reason to ask whether somebody is there."""
        transfer = self.transfer
        if not self.submission:
            return False
        if transfer is None:
            return True
        waits = transfer.state is State.WAITING and not transfer.problem
        return bool((transfer.state is State.SENDING or waits) and not transfer.paused)

    @property
    def ended(self) -> bool:
        """Whether nothing is done for it any more."""
        over = (State.DELIVERED, State.TOO_LATE, State.PARKED)
        return self.transfer is not None and self.transfer.state in over

    # What the screen says

    def lines(self, words: Words) -> list[Line]:
        """The list of files, before and after the handing in."""
        if self.step != "sending":
            return [lines.chosen_line(each, words) for each in self.files]
        if self.transfer is None:
            return []
        sent = lines.sent_lines(self.transfer, words, self._told)
        return [lines.form_line(self.form, self.transfer, words), *sent] if self.form else sent

    def banner(self, words: Words, *, online: bool) -> Banner:
        """The box below the deadline."""
        if self.step == "sending":
            if self.transfer is None:
                return Banner(words["upload.not_lost"], "brand")
            return lines.banner(self.transfer, words, online=online)
        if self.failed:
            return Banner(words["upload.failed"], "bad")
        left_out = chosen.left_out(self.files)
        if self.attaching is not None:
            if left_out:
                return Banner(words["upload.not_attached"].format(count=left_out), "attention")
            return Banner(words["upload.goes_with_form"], "brand")
        if not self.proven:
            return Banner(words["upload.unproven_text"], "attention")
        if not self.open:
            return Banner(words["upload.closed_text"], "bad")
        if left_out:
            return Banner(words["upload.left_out"].format(count=left_out), "attention")
        return Banner(words["upload.not_lost"], "brand")

    def main_text(self, words: Words) -> str:
        """The word on the primary button."""
        if self.step == "sending":
            return words["shell.close"] if self.ended else words["upload.receipt_follows"]
        count = len(chosen.ready(self.files))
        if self.examining:
            return words["upload.examining"]
        attaching = self.attaching is not None
        if not count:
            return words["upload.nothing_to_attach" if attaching else "upload.nothing_to_send"]
        return words["upload.attach" if attaching else "upload.send"].format(count=count)

    def title(self, words: Words, *, narrow: bool) -> str:
        """What stands in the header; `narrow`: it has room for a few characters only."""
        if self.attaching is not None:
            whole = words["upload.attach_title"].format(field=self.attaching.field)
            return words["upload.attach_short"] if narrow else whole
        if self.form:
            return self.form if narrow else words["entry.title_of"].format(form=self.form)
        return words["upload.title"]

    def step_names(self, words: Words) -> list[str]:
        """Of the bar at the top."""
        of_form = self.attaching is not None or self.form
        return words["upload.form_steps" if of_form else "upload.steps"].split("\n")

    def nothing_texts(self, words: Words) -> tuple[str, str]:
        """Why no project is listed, and what to do; empty texts while some are."""
        if not self.proven:
            return words["upload.unproven"], words["upload.unproven_text"]
        if self.state == "trouble" and not self.found.projects:
            return words["lookup.trouble"], words["lookup.trouble_text"]
        if self.state == "waiting" or self.found.projects:
            return "", ""
        if self.query:
            nothing = words["upload.no_project"].format(query=self.query)
            return nothing, words["upload.no_project_text"]
        return words["upload.no_projects"], words["upload.no_project_text"]

    def folder_texts(self, words: Words) -> tuple[str, str]:
        """Why no files are listed, and what to do; empty texts while some are."""
        if self.trouble is not None:
            return words["upload.cannot_list"], words[f"sources.{self.trouble}"]
        if self.listing is None:
            return words["upload.listing"], ""
        if self.listing.folders or self.listing.files:
            return "", ""
        return words["upload.empty_folder"], words["upload.empty_folder_text"]


def folder_names(known: Mapping[Place, str], listing: Listing) -> dict[Place, str]:
    """Folders as they are shown, with those of a listing."""
    more: dict[Place, str] = {each.place: each.name_shown for each in listing.folders}
    return {**known, **more}
