"""The terminal's store as a board's station wants it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import ParamSpec, TypeVar

from display.evidence import Kind
from display.journal import TAKEN_OFF
from display.notice import Notice
from display.source import SourceTrouble
from kiosk.boards.in_force import Decided
from kiosk.store.errors import Busy, DiskTrouble
from kiosk.store.terminal import TerminalStore

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
MOST_ITEMS = 1000
"""An edition looks at so many of the newest notices."""


class StoreSource:
    """See `display.source.Source`: what passes by itself is SourceTrouble."""

    def __init__(self, store: TerminalStore, channel: str) -> None:
        """`channel` is that of the building's feed, which brings what staff decided."""
        self._store = store
        self.standing = patient(Decided(store, channel).standing)
        self.decisions_recorded = patient(self._decisions_recorded)
        self.data_version = patient(store.data_version)
        self.known = patient(store.known)
        self.contact = patient(store.contact)
        self.complete_at = patient(store.complete_at)
        self.last_moment = patient(store.last_moment)
        self.remember_moment = patient(store.remember_moment)
        self.board_items = patient(self._board_items)
        self.projects_opening = patient(store.projects_opening)
        self.edition = patient(store.edition)
        self.keep_edition = patient(store.keep_edition)
        self.recompose_asked = patient(store.recompose_asked)
        self.recompose_done = patient(store.recompose_done)
        self.record = patient(store.record)
        self.withdrawals_recorded = patient(self._withdrawals_recorded)
        self.withdrawals_since = patient(store.withdrawals_since)
        self.tell_health = patient(store.tell_health)
        self.test_asked = patient(store.board_test_asked)
        self.answer_test = patient(store.answer_board_test)

    def _board_items(self, at: datetime) -> Iterable[Notice]:
        return self._store.board_items(at, MOST_ITEMS)

    def _decisions_recorded(self, board: str) -> Mapping[str, str]:
        last = {
            str(entry.facts["decision"]): entry.facts
            for entry in self._store.entries(board, kind=Kind.DECISION)
        }
        return {
            id: str(facts["outcome"]) for id, facts in last.items() if facts["what"] != TAKEN_OFF
        }

    def _withdrawals_recorded(self, board: str, since: datetime) -> Collection[str]:
        return {
            entry.facts["notice"]
            for entry in self._store.entries(board, since, kind=Kind.WITHDRAWAL)
        }


def patient(ask: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """`ask`, with the store's passing troubles named as the station knows them."""

    def asking(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        try:
            return ask(*args, **kwargs)
        except (Busy, DiskTrouble) as problem:
            raise SourceTrouble(str(problem)) from problem

    return asking
