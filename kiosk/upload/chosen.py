"""The files that a visitor chose, from the tick to the handing in (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from kiosk.examination.examine import Examination
from kiosk.examination.verdict import Grade, Verdict
from kiosk.private.files import StagedFile
from kiosk.session import Visitor
from kiosk.sync.submission import MAX_FILES, HandedFile, Manifest
from kiosk.upload.projects import OpenProject
from kiosk.upload.source import Place

_TITLE = 300
"""Characters that a manifest's title may have."""


class Stage(StrEnum):
    """How far a file is; before READY nothing of it can be sent."""

    WAITING = "waiting"
    CHECKING = "checking"
    COPYING = "copying"
    READY = "ready"
    """It lies encrypted in this terminal: 已选择，未送达."""
    REFUSED = "refused"
    LOST = "lost"
    """It could not be copied whole; nothing of it was kept."""


class Loss(StrEnum):
    """Why a file was not copied; the value is its key in the words' section `upload`."""

    VANISHED = "vanished"
    CHANGED = "changed"
    NO_ROOM = "no_room"
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """One line of the list."""

    ticket: int
    """Tells it from the others of this run."""
    source: str
    """Key of the source it lies on."""
    place: Place = field(repr=False)
    name_shown: str = field(repr=False)
    size: int
    """Bytes."""
    stage: Stage = Stage.WAITING
    part: float = 0.0
    """Of what is being done, 0 to 1."""
    examination: Examination | None = field(default=None, repr=False)
    staged: StagedFile | None = field(default=None, repr=False)
    loss: Loss | None = None

    @property
    def under_way(self) -> bool:
        """Whether something is still being done with it."""
        return self.stage in (Stage.WAITING, Stage.CHECKING, Stage.COPYING)


def refuses(examination: Examination) -> bool:
    """Whether a file stays out: refused, or the same bytes as one that is in already."""
    # One submission names every content once; two names for it help nobody.
    return examination.grade is Grade.REFUSED or Verdict.SAME_CONTENT in examination.verdicts


def changed(files: Iterable[ChosenFile], ticket: int, **fields: Any) -> list[ChosenFile]:
    """The list with one line changed."""
    return [replace(each, **fields) if each.ticket == ticket else each for each in files]


def ready(files: Iterable[ChosenFile]) -> tuple[ChosenFile, ...]:
    """What would be handed in now."""
    return tuple(each for each in files if each.stage is Stage.READY)


def can_hand_in(files: Sequence[ChosenFile]) -> bool:
    """Whether everything is examined and copied, and something is there to be handed in."""
    sound = ready(files)
    return 0 < len(sound) <= MAX_FILES and not any(each.under_way for each in files)


def sound_first(files: Iterable[ChosenFile]) -> list[ChosenFile]:
    """What can be handed in before what cannot, each in the order of choosing."""
    return sorted(files, key=_stays_out)


def left_out(files: Iterable[ChosenFile]) -> int:
    """How many of the chosen files will not be handed in."""
    return sum(map(_stays_out, files))


def _stays_out(file: ChosenFile) -> bool:
    return file.stage in (Stage.REFUSED, Stage.LOST)


def manifest_of(
    visitor: Visitor, terminal: str, project: OpenProject, files: Iterable[StagedFile]
) -> Manifest:
    """What is handed in: by whom, for which project, which files."""
    return Manifest(
        terminal=terminal,
        role=visitor.role,
        submitter=visitor.submitter,
        tender_no=project.tender_no,
        notice_id=project.notice_id,
        title=" ".join(project.title.split())[:_TITLE],
        files=tuple(
            HandedFile(
                name=each.name, size=each.size, sha256=each.sha256, media_type=each.media_type
            )
            for each in files
        ),
    )
