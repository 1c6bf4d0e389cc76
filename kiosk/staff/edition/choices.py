"""What staff choose on the edition screen, each choice a change of the draft."""

from collections.abc import Callable
from typing import Any

from kivy.app import App

from display.arrangement import DwellPreset, NotAllowed
from kiosk.staff import wording
from kiosk.staff.draft import Draft
from kiosk.staff.edition import model as edition_model
from kiosk.staff.edition.making import Made
from kiosk.staff.edition.rows import Mark, Row, needed_s, stale, stand, titles
from kiosk.staff.edition.submitting import Submitting


class EditionChoices:
    """Mixed into the screen; a choice beyond a limit changes nothing, and the limit is told."""

    ids: Any
    can_edit: Any
    can_pin: Any
    can_rise: Any
    can_sink: Any
    can_leave_out: Any
    can_dwell: Any
    can_take_up: Any
    draft: Any
    _made: Made | None
    _chosen: tuple[str, str] | None
    _limit: str
    _submitting: Submitting
    _make: Callable[[], None]
    _draw: Callable[[], None]
    _rows: Callable[[], tuple[Row, ...]]
    _reveal_choices: Callable[[], object]

    @property
    def row(self) -> Row | None:
        """The chosen one."""
        return next((row for row in self._rows() if row.key == self._chosen), None)

    def choose(self, notice_id: str, template: str) -> None:
        """A row for the buttons, whose page is shown; the same once more: none."""
        key = notice_id, template
        self._chosen = None if key == self._chosen else key
        self._limit = ""
        row = self.row
        if row is not None and row.pages:
            self.ids.preview.show_page(row.pages[0])
        self._draw()
        if row is not None:
            self._reveal_choices()

    def pin(self) -> None:
        """Put the chosen notice among the first, or back to its place by date."""
        row = self.row
        if row is not None and self.can_pin:
            id = row.notice_id
            self._edit(lambda draft: draft.unpin(id) if row.place else draft.pin(id))

    def move(self, step: int) -> None:
        """Move the chosen notice among the pinned."""
        row = self.row
        if row is not None and (self.can_rise if step < 0 else self.can_sink):
            self._edit(lambda draft: draft.move(row.notice_id, step))

    def leave_out(self) -> None:
        """Keep the chosen notice off the board, or have it back."""
        row = self.row
        if row is not None and self.can_leave_out:
            id, out = row.notice_id, row.mark is Mark.BY_STAFF
            self._edit(lambda draft: draft.put_back(id) if out else draft.leave_out(id))

    def dwell(self, step: int) -> None:
        """A second longer or shorter; 0: as its words need."""
        row, made = self.row, self._made
        if row is None or made is None or made.edition is None or not self.can_dwell:
            return
        id, edition = row.notice_id, made.edition
        needed = needed_s(edition, id, made.arrangement)
        if step == 0:
            self._edit(lambda draft: draft.stand(id, None))
        elif needed is not None:
            # Of the draft, not of the list: a second tap may come before that is made anew.
            chosen = self.draft.arrangement.choices.dwell_of(id)
            wanted = edition_model.next_dwell_s(chosen, needed, step)
            self._edit(lambda draft: stand(draft, edition, id, wanted))

    def choose_speed(self, speed: float) -> None:
        """In characters a second; the preview shows a page that moves at it."""
        if self.can_edit:
            self.ids.preview.show_moving()
            self._edit(lambda draft: draft.change(characters_per_second=speed))

    def choose_preset(self, slow: bool) -> None:
        """How long standing pages stay, all of them."""
        if self.can_edit:
            preset = DwellPreset.SLOW if slow else DwellPreset.NORMAL
            self._edit(lambda draft: draft.change(dwell=preset))

    def reset(self) -> None:
        """Drop what was edited, several changes not without a question."""
        draft = self.draft
        if draft is not None and self.can_edit and (draft.overtaken or draft.unsubmitted):
            self._submitting.ask_to_drop(draft, lambda: self._edit(lambda one: one.begin_anew()))

    def carry_over(self) -> None:
        """The same edits, to what is in force by now."""
        self._edit(lambda draft: draft.carry_over())

    def drop_stale(self) -> None:
        """Choose nothing any more about notices that are not current."""
        ids = self._stale()
        if ids:
            self._edit(lambda draft: draft.drop(ids))

    def _stale(self) -> frozenset[str]:
        made, draft = self._made, self.draft
        return frozenset() if made is None else stale(made.ground, draft.arrangement)

    def take_up(self) -> None:
        """Go on from what waits for approval."""
        if self.can_take_up:
            self._edit(lambda draft: draft.take_up())

    def _edit(self, change: Callable[[Draft], None]) -> None:
        draft = self.draft
        if draft is None or not self.can_edit:
            return
        words = App.get_running_app().words
        self._limit = ""
        self._submitting.told = ""
        try:
            change(draft)
        except NotAllowed as problem:
            self._limit = "\n".join(wording.limits(problem, words, titles(self._rows())))
        else:
            self._make()
        self._draw()
