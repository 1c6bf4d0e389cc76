"""What entry needs from outside: the visitor and the encrypted store."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from kiosk.entry.forms import Begun
from kiosk.jobs import Jobs
from kiosk.private.files import StagedFile
from kiosk.session import Visitor
from kiosk.sync.form import Form
from kiosk.sync.submission import FormContent, HandedFile, Manifest


class SavedDraft(Begun, Protocol):
    """A `kiosk.private.drafts.Draft`."""

    @property
    def step(self) -> str: ...
    @property
    def values(self) -> Mapping[str, Any]: ...
    @property
    def files(self) -> Sequence[StagedFile]: ...


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
        files: Sequence[StagedFile],
        now: datetime,
        saved: Callable[[], None],
        failed: Callable[[], None],
    ) -> None:
        """Keep the draft with its files; of several saves that wait, only the last one is made."""
        identity = self.visitor.identity
        self._store.ask(
            _saving(form.key),
            lambda store: store.save_draft(
                identity, form.key, form.version, str(step), values, now, staged=files
            ),
            lambda _nothing: saved(),
            failed,
        )

    def drop(self, form: str, dropped: Callable[[], None], failed: Callable[[], None]) -> None:
        """Delete a draft, also one that waits to be saved."""
        identity = self.visitor.identity
        self._store.forget(_saving(form))
        self._store.ask(
            "drop draft",
            lambda store: store.drop_draft(identity, form),
            lambda _nothing: dropped(),
            failed,
        )

    def take_up(
        self,
        form: str,
        answer: Callable[[Sequence[StagedFile]], None],
        failed: Callable[[], None],
    ) -> None:
        """The files of a draft that are still there, to be used in this visit."""
        identity = self.visitor.identity
        self._store.ask(
            "take up draft", lambda store: store.take_up_draft(identity, form), answer, failed
        )

    def unstage(self, files: Sequence[StagedFile]) -> None:
        """The form needs these no more; the end of the visit would wipe them too."""

        def drop(store: Any) -> None:
            for file in files:
                store.unstage(file)

        if files:
            self._store.ask("unstage", drop, lambda _nothing: None, lambda: None)

    def hand_in(
        self,
        form: Form,
        language: str,
        values: Mapping[str, Any],
        files: Sequence[StagedFile],
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
        self._store.forget(_saving(form.key))
        self._store.ask(
            "hand in form", lambda store: store.hand_in(manifest, files, now), answer, failed
        )

    def forget(self) -> None:
        """Answers that are under way reach nobody; a draft that waits is still saved."""
        self._store.forget("drafts", "take up draft")


def _saving(form: str) -> str:
    """Name of the question; the save of one form does not replace that of another."""
    return f"save draft {form}"
