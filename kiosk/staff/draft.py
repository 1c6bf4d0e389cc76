"""草稿: what an editor changes in a board's arrangement before it is proposed (pure).

It lasts as long as the editor is signed in, and is one for all screens: `app.staff_draft`. A value
beyond a limit raises `arrangement.NotAllowed`, and then nothing has changed.
"""

from collections.abc import Collection
from typing import Any

from display.arrangement import Arrangement, Choices, Difference, Dwell, differences
from display.standing import Proposal, Standing, State
from kiosk.boards.arranging import arrangement_of
from kiosk.settings import ScheduleSettings


class Draft:
    """An arrangement in the making, compared with `before`, which is in force."""

    def __init__(self, board: str, before: Arrangement, pending: Proposal | None = None) -> None:
        """`pending`: what waits; if it is approved, the next edition is made under it, so the
        draft begins from it."""
        self.board = board
        self.before = before
        self.pending = pending
        self.overtaken = False
        """Whether another arrangement came into force, or was approved, since this draft began:
        begin anew or carry over before it can be proposed."""
        self._start = self._arrangement = _start(before, pending)
        self._met = before, self._start

    @property
    def arrangement(self) -> Arrangement:
        """As edited."""
        return self._arrangement

    @property
    def start(self) -> Arrangement:
        """As it was when editing began."""
        return self._start

    @property
    def changed(self) -> bool:
        """Whether anything was edited."""
        return self._arrangement != self._start

    @property
    def unsubmitted(self) -> int:
        """So many changes would be lost with the draft."""
        if self.is_pending:
            return 0
        return len(differences(self._start, self._arrangement))

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What a proposal would change of what is in force."""
        return differences(self.before, self._arrangement)

    @property
    def is_pending(self) -> bool:
        """Whether this very arrangement is proposed already."""
        return self.pending is not None and self.pending.proposed.arrangement == self._arrangement

    @property
    def can_propose(self) -> bool:
        """Whether there is anything to propose, on a ground that still holds."""
        return self._arrangement != self.before and not self.is_pending and not self.overtaken

    def change(self, **fields: Any) -> None:
        """Other values of an arrangement's fields. Raises NotAllowed."""
        self._arrangement = self._arrangement.changed(**fields)

    def pin(self, notice_id: str) -> None:
        """Put a notice last among the pinned, and back on the board. Raises NotAllowed."""
        chosen = self._arrangement.choices
        if notice_id not in chosen.pinned:
            self._choose(
                pinned=(*chosen.pinned, notice_id), left_out=_without(chosen.left_out, notice_id)
            )

    def unpin(self, notice_id: str) -> None:
        """Let a notice stand where its date puts it."""
        self._choose(pinned=_without(self._arrangement.choices.pinned, notice_id))

    def can_move(self, notice_id: str, step: int) -> bool:
        """Whether a pinned notice has another pinned one on that side."""
        pinned = self._arrangement.choices.pinned
        return notice_id in pinned and 0 <= pinned.index(notice_id) + step < len(pinned)

    def move(self, notice_id: str, step: int) -> None:
        """Move a pinned notice among the pinned. ValueError where it cannot go."""
        if not self.can_move(notice_id, step):
            raise ValueError(f"{notice_id} cannot move by {step} among the pinned")
        pinned = list(self._arrangement.choices.pinned)
        place = pinned.index(notice_id)
        pinned.insert(place + step, pinned.pop(place))
        self._choose(pinned=tuple(pinned))

    def leave_out(self, notice_id: str) -> None:
        """Keep a notice off the board; it is pinned no more. Raises NotAllowed."""
        chosen = self._arrangement.choices
        if notice_id not in chosen.left_out:
            self._choose(
                pinned=_without(chosen.pinned, notice_id), left_out=(*chosen.left_out, notice_id)
            )

    def put_back(self, notice_id: str) -> None:
        """Leave a notice out no more."""
        self._choose(left_out=_without(self._arrangement.choices.left_out, notice_id))

    def stand(self, notice_id: str, seconds: float | None) -> None:
        """How long the standing pages of a notice stay; None: as its words need.

        Raises NotAllowed. Whether the words can be read in it, `display.outlook.too_short` says.
        """
        kept = [one for one in self._arrangement.choices.dwell if one.notice_id != notice_id]
        if seconds is not None:
            kept.append(Dwell(notice_id=notice_id, seconds=seconds))
        self._choose(dwell=tuple(kept))

    def drop(self, notice_ids: Collection[str]) -> None:
        """Choose nothing about these notices any more."""
        chosen = self._arrangement.choices
        self._choose(
            pinned=tuple(id for id in chosen.pinned if id not in notice_ids),
            left_out=tuple(id for id in chosen.left_out if id not in notice_ids),
            dwell=tuple(one for one in chosen.dwell if one.notice_id not in notice_ids),
        )

    def reset(self) -> None:
        """As it was when editing began, or as it is in force by now."""
        self.begin_anew()

    def take_up(self) -> None:
        """Go on from what is proposed and waits. ValueError if nothing does."""
        if self.pending is None:
            raise ValueError("no proposal waits")
        self._start = self._arrangement = self.pending.proposed.arrangement

    def meet(self, before: Arrangement, pending: Proposal | None) -> None:
        """Be told what is in force and waits by now. What was edited stays as it is.

        A draft without edits follows; of another one, see `overtaken`.
        """
        self.pending = pending
        met = before, _start(before, pending)
        if met == self._met:
            return
        self._met = met
        if not self.changed or self._arrangement == met[1]:
            self.begin_anew()
        else:
            self.overtaken = True

    def begin_anew(self) -> None:
        """Drop what was edited, and begin from what counts by now."""
        self.before, self._start = self._met
        self._arrangement, self.overtaken = self._start, False

    def carry_over(self) -> None:
        """Make the same edits to what counts by now. Raises NotAllowed."""
        before, start = self._met
        carried = start.changed(**_edited(self._start, self._arrangement, start))
        self.before, self._start = before, start
        self._arrangement, self.overtaken = carried, False

    def _choose(self, **fields: Any) -> None:
        chosen = self._arrangement.choices
        self.change(choices=Choices.model_validate({**dict(chosen), **fields}))


class Drafts:
    """The drafts of one person, by board; `forget` at the end of the session."""

    def __init__(self) -> None:
        self._drafts: dict[str, Draft] = {}

    def of(self, board: str, before: Arrangement, pending: Proposal | None = None) -> Draft:
        """A board's draft, which is told what is in force and waits."""
        draft = self._drafts.get(board)
        if draft is None:
            draft = self._drafts[board] = Draft(board, before, pending)
        else:
            draft.meet(before, pending)
        return draft

    @property
    def unsubmitted(self) -> int:
        """Changes of all boards that would be lost."""
        return sum(draft.unsubmitted for draft in self._drafts.values())

    def forget(self) -> None:
        """Nothing of anybody stays."""
        self._drafts.clear()


def in_force_of(standing: Standing, schedule: ScheduleSettings) -> Arrangement:
    """What staff decided, or else what a technician set."""
    if standing.in_force is not None:
        return standing.in_force.arrangement
    return arrangement_of(schedule)


def _start(before: Arrangement, pending: Proposal | None) -> Arrangement:
    if pending is not None and pending.state is State.APPROVED:
        return pending.proposed.arrangement
    return before


def _without(ids: tuple[str, ...], id: str) -> tuple[str, ...]:
    return tuple(one for one in ids if one != id)


def _edited(start: Arrangement, edited: Arrangement, onto: Arrangement) -> dict[str, Any]:
    """The fields that were edited; of the choices, their parts."""
    fields = {
        name: value for name, value in edited if name != "choices" and value != getattr(start, name)
    }
    parts = {name: value for name, value in edited.choices if value != getattr(start.choices, name)}
    if parts:
        fields["choices"] = Choices.model_validate({**dict(onto.choices), **parts})
    return fields
