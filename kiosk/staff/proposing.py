"""What a member of staff decides at this terminal: examined, kept, and owed to the server.

A decision counts here at once, and elsewhere when it arrives there.
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import TypedDict, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from display.arrangement import Arrangement, NotAllowed
from display.decisions import (
    MOST_ENDED,
    RANDOM_BYTES,
    ApprovalWithdrawn,
    Approved,
    Decision,
    NeutralEnded,
    NeutralNow,
    ProposalWithdrawn,
    Proposed,
    Refused,
    new_id,
)
from display.edition import Edition
from display.outlook import too_short
from display.standing import Judged, Outcome, Proposal, Standing
from kiosk.boards.in_force import Decided
from kiosk.settings import Settings
from kiosk.staff.accounts import TimeNotProven
from kiosk.store.decisions import BoardDecisions
from kiosk.sync.contract import site_channel
from kiosk.sync.decision import decision_event, shown_name, sign_decision
from kiosk.sync.staff import StaffAccount, fits

Made = TypeVar("Made", bound=Decision)


class _Made(TypedDict):
    id: str
    board: str
    by: str
    by_name: str
    at: datetime


class WithoutEffect(Exception):
    """The decision would not count, and was not kept: `judged` says why."""

    def __init__(self, judged: Judged) -> None:
        super().__init__(f"{judged.outcome} {judged.fault or judged.because}".rstrip())
        self.judged = judged


class NothingChanged(Exception):
    """The arrangement is the one that is in force: there is nothing to propose."""


class Deciding:
    """One person, signed in, at one terminal; `now` is proven time everywhere.

    Every decision raises TimeNotProven for None in its place, WithoutEffect, and
    `kiosk.store.errors.StoreError`.
    """

    def __init__(
        self,
        store: BoardDecisions,
        account: StaffAccount,
        key: Ed25519PrivateKey,
        *,
        terminal: str,
        site: str,
        alone: bool,
        boards: Collection[str] = (),
    ) -> None:
        """`key` is what `accounts.check_pin` told; ValueError for that of another account.

        `alone`: there is no central server, so this terminal is the centre. `site` names the
        building, `terminal` this PC, `boards` those that it keeps.
        """
        if not fits(account, key):
            raise ValueError("the key is not the one with which this account signs")
        self._store = store
        self._account = account
        self._key = key
        self._terminal = terminal
        self._channel = site_channel(site)
        self._alone = alone
        self._boards = frozenset(boards)
        self._decided = Decided(store, self._channel)

    @classmethod
    def at_terminal(
        cls,
        store: BoardDecisions,
        settings: Settings,
        account: StaffAccount,
        key: Ed25519PrivateKey,
    ) -> "Deciding":
        """Whoever is signed in at the terminal of these settings.

        ValueError for settings without [terminal], and for the key of another account.
        """
        if settings.terminal is None:
            raise ValueError("settings without [terminal]")
        return cls(
            store,
            account,
            key,
            terminal=settings.terminal.name,
            site=settings.centre.site,
            alone=settings.sync is None,
            boards=[one.name for one in settings.boards],
        )

    def standing(self, board: str, now: datetime) -> Standing:
        """What counts for a board at `now`. Raises StoreError."""
        return self._decided.standing(board, now)

    def propose(
        self,
        board: str,
        before: Arrangement,
        arrangement: Arrangement,
        now: datetime | None,
        preview: Edition,
    ) -> Proposed:
        """Propose another arrangement than `before`, which is in force.

        `preview`: the edition as it would be under it, which tells how long its words need. Raises
        NothingChanged, and `arrangement.NotAllowed` for a dwell that is too short for the words.
        """
        short = too_short(arrangement, preview)
        if short:
            raise NotAllowed(short)
        if before == arrangement:
            raise NothingChanged
        made = Proposed(**self._made(board, now), before=before, arrangement=arrangement)
        return self._keep(made)

    def approve(self, proposal: Proposal, now: datetime | None) -> Approved:
        """Approve what somebody else proposed, as it is seen here."""
        about = proposal.proposed
        made = self._made(about.board, now)
        return self._keep(Approved(**made, proposal=about.id, proposal_digest=about.digest))

    def refuse(self, proposal: Proposal, reason: str, now: datetime | None) -> Refused:
        """Send a proposal back with a reason."""
        about = proposal.proposed
        made = self._made(about.board, now)
        return self._keep(
            Refused(**made, proposal=about.id, proposal_digest=about.digest, reason=reason)
        )

    def withdraw_proposal(self, proposal: Proposal, now: datetime | None) -> ProposalWithdrawn:
        """Take a proposal back that is not in force yet."""
        about = proposal.proposed
        made = self._made(about.board, now)
        return self._keep(
            ProposalWithdrawn(**made, proposal=about.id, proposal_digest=about.digest)
        )

    def withdraw_approval(self, approved: Approved, now: datetime | None) -> ApprovalWithdrawn:
        """Take an approval back while the arrangement is not in force yet."""
        made = self._made(approved.board, now)
        return self._keep(
            ApprovalWithdrawn(**made, approval=approved.id, approval_digest=approved.digest)
        )

    def neutral_now(self, board: str, reason: str, now: datetime | None) -> NeutralNow:
        """Put the neutral page on a board at once, until it is ended."""
        return self._keep(NeutralNow(**self._made(board, now), reason=reason))

    def end_neutral(
        self, board: str, now: datetime | None, seen: Collection[str] | None = None
    ) -> NeutralEnded:
        """End the words for the neutral page that this person has seen, by id; None: all of them.

        Of more than MOST_ENDED several decisions are made; the last is returned.
        """
        held = [one.id for one in self.standing(board, self._made(board, now)["at"]).neutral]
        held = [id for id in held if seen is None or id in seen]
        ended = None
        for begin in range(0, len(held), MOST_ENDED):
            ends = tuple(held[begin : begin + MOST_ENDED])
            ended = self._keep(NeutralEnded(**self._made(board, now), ends=ends))
        if ended is None:
            raise WithoutEffect(Judged(Outcome.UNKNOWN_SUBJECT))
        return ended

    def _made(self, board: str, now: datetime | None) -> _Made:
        if now is None:
            raise TimeNotProven
        known = (one.id for one in self._decided.read(board).kept.decisions)
        return {
            "id": new_id(now, secrets.token_bytes(RANDOM_BYTES), known),
            "board": board,
            "by": self._account.key,
            "by_name": shown_name(self._account.name),
            "at": now,
        }

    def _keep(self, decision: Made) -> Made:
        """Examine by the very rules that every terminal goes by, and keep what counts."""
        read = self._decided.read(decision.board)
        judged = read.standing(decision.board, decision.at, decision).judged[decision.id]
        if judged.outcome is not Outcome.COUNTED:
            raise WithoutEffect(judged)
        signature = sign_decision(decision, self._channel, self._key)
        event = None
        if not self._alone:
            event = decision_event(
                decision,
                self._channel,
                self._terminal,
                signature,
                board_here=decision.board in self._boards,
            )
        self._store.keep_decision(self._channel, decision, event, signature)
        return decision
