"""What entry needs from outside: the visitor, the encrypted store, a picker of files."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from kiosk.entry.forms import Begun
from kiosk.jobs import Jobs
from kiosk.session import Visitor
from kiosk.sync.form import Form
from kiosk.sync.submission import FormContent, HandedFile, Manifest

if TYPE_CHECKING:
    from kiosk.private.transfer import Transfer


class Staged(Protocol):
    """附件, copied into the terminal: a `kiosk.private.files.StagedFile`."""

    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...


class FilePicker(Protocol):
    """Lets the visitor choose files from stick or phone; examines and stages them."""

    def __call__(self, title: str, most: int, chosen: Callable[[Sequence[Staged]], None]) -> None:
        """Open over the screen; call `chosen` with at most `most` staged files, or none."""


class SavedDraft(Begun, Protocol):
    """A `kiosk.private.drafts.Draft`."""

    @property
    def step(self) -> str: ...
    @property
    def values(self) -> Mapping[str, Any]: ...


class Desk:
    """One visitor's drafts and submissions, asked for off the UI thread."""

    def __init__(self, store: Jobs, visitor: Visitor, *, terminal: str) -> None:
        self._store, self.visitor, self._terminal = store, visitor, terminal

    def drafts(
        self, answer: Callable[[Sequence[SavedDraft]], None], failed: Callable[[], None]
    ) -> None:
        """The visitor's drafts, newest first."""
        identity = self.visitor.identity
        self._store.ask("drafts", lambda store: store.drafts(identity), answer, failed)

    def save(
        self,
        form: Form,
        step: int,
        values: Mapping[str, Any],
        now: datetime,
        saved: Callable[[], None],
        failed: Callable[[], None],
    ) -> None:
        """Keep the draft; of several saves that wait, only the last one is made."""
        identity = self.visitor.identity
        self._store.ask(
            "save draft",
            lambda store: store.save_draft(
                identity, form.key, form.version, str(step), values, now
            ),
            lambda _nothing: saved(),
            failed,
        )

    def drop(self, form: str, dropped: Callable[[], None], failed: Callable[[], None]) -> None:
        """Delete a draft, also one that waits to be saved."""
        identity = self.visitor.identity
        self._store.forget("save draft")
        self._store.ask(
            "drop draft",
            lambda store: store.drop_draft(identity, form),
            lambda _nothing: dropped(),
            failed,
        )

    def hand_in(
        self,
        form: Form,
        language: str,
        values: Mapping[str, Any],
        files: Sequence[Staged],
        now: datetime,
        answer: Callable[[str], None],
        failed: Callable[[], None],
    ) -> None:
        """Owe it to the server; `answer` gets the submission's id. The draft is gone with it."""
        manifest = Manifest(
            terminal=self._terminal,
            role=self.visitor.role,
            submitter=self.visitor.submitter,
            title=form.title.in_language(language),
            form=FormContent(form=form.key, version=form.version, values=dict(values)),
            files=tuple(
                HandedFile(
                    name=file.name, size=file.size, sha256=file.sha256, media_type=file.media_type
                )
                for file in files
            ),
        )
        self._store.forget("save draft")
        self._store.ask(
            "hand in form", lambda store: store.hand_in(manifest, files, now), answer, failed
        )

    def progress(
        self,
        submission: str,
        answer: Callable[["Transfer | None"], None],
        failed: Callable[[], None],
    ) -> None:
        """How a submission is."""
        self._store.ask("form's progress", lambda store: store.progress(submission), answer, failed)

    def forget(self) -> None:
        """Answers that are under way reach nobody; a draft that waits is still saved."""
        self._store.forget("drafts", "form's progress", "hand in form")
