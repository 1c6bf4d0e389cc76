"""Writing a question as an expression for the index.

An AND of long lists costs what the longest of them costs. A word of several characters is a list
for each three, and only the rare ones are asked for; what was left out is compared in the text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from kiosk.store.bigrams import body_word_tokens
from kiosk.store.filters import Filters
from kiosk.store.index_tokens import category_token, closing_tokens, kind_token, region_token
from kiosk.store.question import Group, Question
from kiosk.store.search_index import rowid_of
from kiosk.sync.instant import from_microseconds

FIELDS = "notice_index"
BODIES = "body_index"
_PROBE = 32
"""Notices that a token is judged by."""
_MOST_LISTS = {FIELDS: 3, BODIES: 5}
"""A body that is named in vain costs more than a field."""
_OFTEN = {FIELDS: 8, BODIES: 3}
"""A further list so many times as long as the first costs more than it spares."""
_APART = 2
"""Neighbours share all characters but one: where one is, the other is likely to be."""
_RARE = 300
"""For two lists or more: up to `_PROBE * _RARE` notices have the rarer, far fewer have both."""


def filter_groups(database: Database, filters: Filters) -> list[Group]:
    """The tokens that the filters ask for."""
    groups: list[Group] = []
    if filters.category is not None:
        groups.append(frozenset({category_token(filters.category)}))
    if filters.kind is not None:
        groups.append(frozenset({kind_token(filters.kind)}))
    if filters.region is not None:
        groups.append(frozenset({region_token(filters.region)}))
    if filters.open_now:
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
        alternatives = word.alternatives()
        chosen = [rarest(database, FIELDS, alternative, upper) for alternative in alternatives]
        parts.append(_joined(" OR ", [_all(lists.groups) for lists in chosen]))
        is_narrow |= len(chosen) == 1 and _is_rare(database, chosen[0], upper)
    return Words(" AND ".join(parts) or None, is_narrow)


def both(words: str | None, groups: Iterable[Group]) -> str | None:
    """Add filters to an expression."""
    return " AND ".join([*([words] if words else []), *map(_any, groups)]) or None


def body_expression(database: Database, question: Question, upper: int) -> str | None:
    """Write what the bodies' index is asked; None when the words are too short for it.

    The words of one character are not asked for, they stand in nearly every body.
    """
    parts = []
    for word in question.asked():
        tokens = body_word_tokens(word.text)
        if tokens:
            groups = [frozenset({token}) for token in tokens]
            parts.append(_all(rarest(database, BODIES, groups, upper).groups))
    return " AND ".join(parts) or None


@dataclass(frozen=True, slots=True)
class Rarest:
    """The lists that are worth reading."""

    groups: Sequence[Group]
    """The rarest first."""
    reach: int | None
    """How far back the newest of the first reach; None: there are few."""


def rarest(database: Database, index: str, groups: Sequence[Group], upper: int) -> Rarest:
    """Of groups that must all be there, choose the ones that few notices have.

    How rare a token is shows in how far back its newest notices below `upper` reach.
    """
    if not groups:
        return Rarest((), None)
    reaches = []
    for number, group in enumerate(groups):
        reach = _reach(database, index, group, upper)
        if reach is None:
            return Rarest([group], None)
        reaches.append((reach, number))
    reaches.sort(reverse=True)
    chosen = reaches[:1]
    others = [one for one in reaches[1:] if abs(one[1] - chosen[0][1]) >= _APART]
    for reach, number in others or reaches[1:2]:
        if len(chosen) == _MOST_LISTS[index]:
            break
        if len(chosen) > 1 and reach * _OFTEN[index] < chosen[0][0]:
            break
        if not others or all(abs(number - other) >= _APART for _, other in chosen):
            chosen.append((reach, number))
    return Rarest([groups[number] for _, number in chosen], chosen[0][0])


def _is_rare(database: Database, lists: Rarest, upper: int) -> bool:
    """Tell whether all the groups are in a small part of all notices."""
    if lists.reach is None:
        return True
    part = _RARE if len(lists.groups) > 1 else _PROBE
    (first,) = database.conn.execute("SELECT min(place) FROM notices").fetchone()
    return first is None or lists.reach * part > upper - int(first)


def _reach(database: Database, index: str, group: Group, upper: int) -> int | None:
    first = rowid_of(upper)
    row = database.conn.execute(
        f"SELECT rowid FROM {index} WHERE {index} MATCH ? AND rowid > ?"
        f" ORDER BY rowid LIMIT 1 OFFSET {_PROBE - 1}",
        (_any(group), first),
    ).fetchone()
    return None if row is None else int(row[0]) - first


def _any(group: Group) -> str:
    return _joined(" OR ", [quoted(token) for token in sorted(group)])


def _all(groups: Sequence[Group]) -> str:
    return _joined(" AND ", [_any(group) for group in groups])


def _joined(operator: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({operator.join(parts)})"


def quoted(token: str) -> str:
    """Write a token, or tokens in a row, as an expression."""
    return '"' + token.replace('"', '""') + '"'
