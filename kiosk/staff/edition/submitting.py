"""提交审批: a draft's difference is shown, confirmed, and proposed; for every screen that edits."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from kivy.app import App

from display.arrangement import NotAllowed
from display.decisions import Proposed
from display.edition import Edition
from display.standing import Judged, effective_at
from kiosk.staff import wording
from kiosk.staff.confirming import ConfirmChanges, Confirming, decide
from kiosk.staff.draft import Draft
from kiosk.staff.proposing import Deciding, NothingChanged
from kiosk.words import Words

JOB = "propose arrangement"
Answer = Proposed | NotAllowed | NothingChanged


class Submitting:
    """Asks, proposes off the UI thread, and tells what came of it."""

    def __init__(self, done: Callable[[], None]) -> None:
        """`done` is called whenever `told` or `working` has changed."""
        self._done = done
        self._confirming = Confirming()
        self.working = False
        self.told = ""
        """What came of the last proposal, in words; empty: none was made here."""
        self.proposed = False
        """Whether that was good news."""

    @property
    def asks(self) -> bool:
        """Whether a question waits for a yes or no."""
        return self._confirming.asks

    def ask(
        self,
        draft: Draft,
        preview: Edition,
        titles: Mapping[str, str],
        cautions: Sequence[str] = (),
    ) -> None:
        """Show what the draft changes; `titles` of released notices, by id.

        `preview` is the first edition under it, `cautions` are about that.
        """
        app = App.get_running_app()
        words = app.words
        self.told, self.proposed = "", False
        if app.proven() is None:
            self._tell(words["edition.no_time"])
            return
        if not draft.can_propose or self.working:
            return
        since = effective_at(app.moment(), draft.before, draft.arrangement)
        lines = [
            words["edition.change"].format(what=one.what, before=one.before, after=one.after)
            for one in wording.changes(draft.differences, words, titles)
        ]
        dialog = ConfirmChanges(
            title=words["edition.confirm_title"],
            cautions="\n".join(cautions),
            said="\n".join(lines),
            note=_note(draft, since, preview, words),
            yes_text=words["edition.submit"],
            no_text=words["edition.go_on_editing"],
        )
        self._confirming.put(dialog, lambda: self._propose(draft, preview, titles))

    def ask_to_drop(self, draft: Draft, then: Callable[[], None]) -> None:
        """Several changes are not dropped without a question; one can be made again."""
        count, words = draft.unsubmitted, App.get_running_app().words
        if self.working:
            return
        if count < 2:
            then()
            return
        self._confirming.ask(
            words["edition.drop_title"].format(count=count),
            words["edition.drop_text"],
            words["edition.reset"],
            words["edition.go_on_editing"],
            then,
        )

    def takes(self, key: int) -> bool:
        """While it asks: Enter confirms, Escape goes back, arrows scroll, nothing else counts."""
        return self._confirming.takes(key)

    def close(self) -> None:
        """Take the question away."""
        self._confirming.close()

    def forget(self) -> None:
        """Nothing of anybody stays; what was confirmed is still proposed."""
        self.close()
        App.get_running_app().jobs.forget(JOB)
        self.working, self.told, self.proposed = False, "", False

    def _propose(self, draft: Draft, preview: Edition, titles: Mapping[str, str]) -> None:
        words = App.get_running_app().words
        board, before, wanted = draft.board, draft.before, draft.arrangement

        def proposed(who: Deciding, now: datetime) -> Answer:
            try:
                return who.propose(board, before, wanted, now, preview)
            except (NotAllowed, NothingChanged) as refused:
                return refused

        def answered(answer: Answer | Judged | None) -> None:
            self.working, self.proposed = False, isinstance(answer, Proposed)
            self._tell(_said(answer, words, titles))

        def failed() -> None:
            self.working = False
            self._tell(words["edition.store_fails"])

        self.working = True
        decide(proposed, answered, failed, JOB)
        self._done()

    def _tell(self, text: str) -> None:
        self.told = text
        self._done()


def _note(draft: Draft, since: datetime, preview: Edition, words: Words) -> str:
    pending = draft.pending
    if pending is None:
        said = words["edition.needs_another"]
    else:
        said = words["edition.replaces"].format(
            name=pending.proposed.by_name, moment=wording.moment(pending.proposed.at)
        )
    return said + words["edition.from_when"].format(
        moment=wording.moment(since), first=wording.moment(preview.cut_over_at)
    )


def _said(answer: Answer | Judged | None, words: Words, titles: Mapping[str, str]) -> str:
    match answer:
        case Proposed():
            return words["edition.proposed"]
        case NotAllowed():
            return "\n".join(wording.limits(answer, words, titles))
        case Judged():
            return wording.outcome(answer, words)
        case NothingChanged():
            return words["edition.nothing_changed"]
        case None:
            return words["edition.no_time"]
