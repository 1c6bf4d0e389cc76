"""What the edition screen shows: from what is made and drafted to the properties of its rules."""

from typing import Any

from kivy.app import App

from display.arrangement import DwellPreset
from kiosk.staff.edition import model as edition_model
from kiosk.staff.edition.making import Made
from kiosk.staff.edition.rows import ON_BOARD, Mark, Row, needed_s, titles
from kiosk.staff.edition.submitting import Submitting
from kiosk.staff.naming import board_called
from kiosk.widgets.row_cursor import RowCursor


class EditionDrawing:
    """Mixed into the screen, which has the properties."""

    ids: Any
    can_edit: Any
    in_trouble: Any
    row: Any
    draft: Any
    _board: Any
    _made: Made | None
    _chosen: tuple[str, str] | None
    _limit: str
    _trouble: str
    _timeless: bool
    _revealed: int | None
    _cursor: RowCursor
    _submitting: Submitting
    _stale: Any
    part: Any

    def _rows(self) -> tuple[Row, ...]:
        return () if self._made is None else self._made.rows

    def _cautions(self) -> list[str]:
        words, made = App.get_running_app().words, self._made
        return [] if made is None else edition_model.caution_lines(made, words, titles(made.rows))

    def _draw(self) -> None:
        words, board = App.get_running_app().words, self._board
        name = "" if board is None else board.name
        boards = App.get_running_app().settings.boards
        self.board_text = board_called(name, boards, words) if name else ""
        self._draw_list()
        self._draw_chosen()
        self._draw_side()
        self.ids.preview.say()

    def _draw_list(self) -> None:
        app, found = App.get_running_app(), self._rows()
        words, theme, width = app.words, app.theme, self.ids.results.width
        self.empty = self._made is None
        self.parts = edition_model.parts_text(found, words)
        shown = [row for row in found if edition_model.matches(row, self.part)]
        if self._board is None:
            self.nothing = [words["edition.no_board"], words["edition.no_board_text"]]
        elif self.in_trouble:
            self.nothing = [words["journal.trouble"], words["journal.trouble_text"]]
        elif self._timeless:
            self.nothing = [words["staff.no_time"], words["edition.no_time"]]
        elif self._trouble:
            self.nothing = [words["edition.cannot_make"], self._trouble]
        elif self._made is None:
            self.nothing = [words["journal.waiting"], ""]
        elif self._made.edition is None:
            self.nothing = [words["edition.no_day"], words["edition.no_day_text"]]
        elif not found:
            self.nothing = [words["edition.no_pages"], words["edition.no_pages_text"]]
        elif not shown:
            self.nothing = [words["edition.none_of_part"], words["edition.none_of_part_text"]]
        else:
            self.nothing = ["", ""]
        self.bare = bool(self.nothing[0]) and not found
        shown = [] if self.nothing[0] else shown
        stacked = self.stacked = app.portrait or theme.large
        high = theme.row if stacked else theme.chip
        self.ids.results.show(
            [
                {
                    "notice_id": row.notice_id,
                    "template": row.template,
                    "number": edition_model.pages_text(row),
                    "content": edition_model.content_text(row, words),
                    "published": edition_model.published_text(row),
                    "duration": edition_model.duration_text(row, words),
                    "state_text": edition_model.state_text(row, words),
                    "tone": edition_model.TONES.get(row.mark, "muted"),
                    "on_board": row.mark in ON_BOARD,
                    "chosen": row.key == self._chosen,
                    "reached": False,
                    "stacked": stacked,
                    "size": (width, high),
                }
                for row in shown
            ]
        )
        if self._cursor.at >= 0:
            self._cursor.mark(self.ids.results)
        place = next((n for n, row in enumerate(shown) if row.key == self._chosen), None)
        # What leaves the board goes far down: whoever sorts out the top stays there.
        follows = self.row is not None and self.row.mark in ON_BOARD
        if place is not None and place != self._revealed and follows:
            self.ids.results.reveal(place)
        self._revealed = place

    def _draw_chosen(self) -> None:
        words, row, made, draft = App.get_running_app().words, self.row, self._made, self.draft
        self.can_pin = self.can_rise = self.can_sink = self.can_leave_out = False
        self.pinned = self.left_out = self.can_dwell = self.has_dwell = False
        self.dwell_text, self.refused = "", bool(self._limit)
        self.chosen_title = "" if row is None else edition_model.full_title(row, words)
        self.acts = self.can_edit and row is not None
        if row is None or made is None or made.edition is None or draft is None:
            hint = "choose_row" if self.can_edit else "read_only"
            self.chosen_text = self._limit or words[f"edition.{hint}"]
            return
        on, out = row.mark in ON_BOARD, row.mark is Mark.BY_STAFF
        ours = self.can_edit and not row.is_opening
        self.pinned, self.left_out = row.place is not None, out
        self.can_pin = ours and (on or out or row.mark is Mark.FULL)
        self.can_rise = ours and draft.can_move(row.notice_id, -1)
        self.can_sink = ours and draft.can_move(row.notice_id, 1)
        self.can_leave_out = ours and (on or out or row.mark is Mark.FULL)
        needed = needed_s(made.edition, row.notice_id, made.arrangement) if on else None
        self.can_dwell = self.can_edit and needed is not None
        self.has_dwell = self.can_dwell and row.dwell_s is not None
        self.dwell_text = edition_model.dwell_text(row, needed, words) if on else ""
        self.chosen_text = self._limit or edition_model.explanation(row, words)

    def _draw_side(self) -> None:
        words, made, draft = App.get_running_app().words, self._made, self.draft
        telling = self._submitting
        self.told, self.told_good = telling.told, telling.proposed
        if telling.working:
            self.told, self.told_good = words["edition.proposing"], True
        self.update_text = self.hours_text = self.speed_text = self.outlook_text = ""
        self.caution_text = self.beware_text = self.pending_text = ""
        self.standing_text = self.stale_text = ""
        self.moves = self.slow = self.overtaken = False
        self.changed = self.can_submit = self.can_take_up = False
        if made is None or draft is None:
            return
        wanted = draft.arrangement
        self.update_text = edition_model.update_text(wanted, words)
        self.hours_text = edition_model.hours_text(wanted, words)
        self.speed, self.slow = wanted.characters_per_second, wanted.dwell is DwellPreset.SLOW
        self.moves = bool(made.plan.surface.speeds)
        self.speed_text = edition_model.speed_text(made, words)
        self.outlook_text = edition_model.outlook_text(made, words)
        self.caution_text = "\n".join(self._cautions())
        self.beware_text = edition_model.beware_text(made, words)
        self.standing_text = edition_model.standing_text(draft, made, words)
        self.pending_text = edition_model.pending_text(
            draft, made.ground, words, can_edit=self.can_edit
        )
        count = len(self._stale()) if self.can_edit else 0
        self.stale_text = words["edition.drop_stale"].format(count=count) if count else ""
        self.overtaken, self.changed = draft.overtaken, draft.unsubmitted > 0
        self.can_submit = bool(
            self.can_edit and draft.can_propose and made.edition and not telling.working
        )
        waits = draft.pending is not None and not draft.is_pending and not draft.changed
        self.can_take_up = self.can_edit and waits and not draft.overtaken
