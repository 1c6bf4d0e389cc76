"""Writing a question as an expression for the index.

An AND of long lists costs what the longest of them costs. A word of several characters is a list
for each pair, and only the rare ones are asked for; what was left out is compared in the text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlite_utils import Database

from display.notice import Category, NoticeKind
from kiosk.store.bigrams import phrase
from kiosk.store.question import Group, Question, Word
from kiosk.store.search_index import category_token, closing_tokens, kind_token, region_token
from kiosk.sync.instant import from_microseconds

_PROBE = 32
"""Notices that a token is judged by."""
_MOST_LISTS = 3
_OFTEN = 8
"""A third list so many times as long as the first costs more than it spares."""
_RARE = 300
"""For two lists or more: up to `_PROBE * _RARE` notices have the rarer, far fewer have both."""


class Asked(Protocol):
    """The filters that are tokens."""

    @property
    def at(self) -> datetime: ...
    @property
    def category(self) -> Category | None: ...
    @property
    def kind(self) -> NoticeKind | None: ...
    @property
    def region(self) -> str | None: ...
    @property
    def open_now(self) -> bool: ...


def filter_groups(database: Database, filters: Asked) -> list[Group]:
    """The tokens that the filters ask for."""
    return choice_groups(database, filters, without="")


def choice_groups(database: Database, filters: Asked, *, without: str) -> list[Group]:
    """The tokens that the filters ask for, except the filter of that name."""
    groups: list[Group] = []
    if filters.category is not None and without != "category":
        groups.append(frozenset({category_token(filters.category)}))
    if filters.kind is not None and without != "kind":
        groups.append(frozenset({kind_token(filters.kind)}))
    if filters.region is not None and without != "region":
        groups.append(frozenset({region_token(filters.region)}))
    if filters.open_now and without != "open_now":
        (last,) = database.conn.execute(
            "SELECT max(closes_at) FROM notices WHERE closes_at IS NOT NULL"
        ).fetchone()
        until = filters.at if last is None else from_microseconds(last)
        tokens = closing_tokens(filters.at, max(until, filters.at))
        groups.append(frozenset(tokens))
    return groups


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of a question ask of the fields' index."""

    expression: str | None
    is_narrow: bool = False
    """So few notices are named that filters are cheaper compared than asked for."""


def words_expression(database: Database, question: Question, upper: int) -> Words:
    """Write what the fields' index is asked below the place `upper`.

    Every notice that answers the question is found, and perhaps others.
    """
    parts = []
    is_narrow = False
    for word in question.asked():
        chosen = [rarest(database, alternative, upper) for alternative in word.alternatives()]
        parts.append(_joined(" OR ", [_all(groups) for groups in chosen]))
        is_narrow |= (
            len(chosen) == 1 and len(chosen[0]) > 1 and _is_rare(database, chosen[0], upper)
        )
    return Words(" AND ".join(parts) or None, is_narrow)


def both(words: str | None, groups: Iterable[Group]) -> str | None:
    """Add filters to an expression."""
    return " AND ".join([*([words] if words else []), *map(_any, groups)]) or None


def body_expression(question: Question, groups: Iterable[Group]) -> str | None:
    """Write what the bodies' index is asked; None when the words are too short for it.

    The words of one character are not asked for, they stand in nearly every body.
    """
    phrases = [_phrase(word) for word in question.asked() if len(word.text) > 1]
    if not phrases:
        return None
    return " AND ".join([*phrases, *map(_any, groups)])


def rarest(database: Database, groups: Sequence[Group], upper: int) -> list[Group]:
    """Of groups that must all be there, choose the ones that few notices have.

    How rare a token is shows in how far back its newest notices below `upper` reach.
    """
    if len(groups) < 2:
        return list(groups)
    reaches = []
    for group in groups:
        reach = _reach(database, group, upper)
        if reach is None:
            return [group]
        reaches.append((reach, group))
    reaches.sort(key=lambda pair: -pair[0])
    furthest = reaches[0][0]
    return [
        group
        for number, (reach, group) in enumerate(reaches[:_MOST_LISTS])
        if number < 2 or reach * _OFTEN >= furthest
    ]


def _is_rare(database: Database, groups: Sequence[Group], upper: int) -> bool:
    """Tell whether all the groups, rarest first, are in a small part of all notices."""
    part = _RARE if len(groups) > 1 else _PROBE
    reach = _reach(database, groups[0], upper)
    (first,) = database.conn.execute("SELECT min(place) FROM notices").fetchone()
    return reach is None or first is None or reach * part > upper - first


def _reach(database: Database, group: Group, upper: int) -> int | None:
    row = database.conn.execute(
        "SELECT rowid FROM notice_index WHERE notice_index MATCH ? AND rowid < ?"
        f" ORDER BY rowid DESC LIMIT 1 OFFSET {_PROBE - 1}",
        (_any(group), upper),
    ).fetchone()
    return None if row is None else upper - int(row[0])


def _phrase(word: Word) -> str:
    return quoted(" ".join(phrase(word.text)))


def _any(group: Group) -> str:
    return _joined(" OR ", [quoted(token) for token in sorted(group)])


def _all(groups: Sequence[Group]) -> str:
    return _joined(" AND ", [_any(group) for group in groups])


def _joined(operator: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({operator.join(parts)})"


def quoted(token: str) -> str:
    """Write a token, or tokens in a row, as an expression."""
    return '"' + token.replace('"', '""') + '"'
