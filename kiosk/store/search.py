"""Finding notices, newest first; every one passes the release gate."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlite_utils import Database

from display.notice import Category, Notice, NoticeKind
from display.release import Channel, Known, Verdict, release
from kiosk.store.bigrams import asks_everything, contains_all, match_expression
from kiosk.store.rows import first_place
from kiosk.store.search_index import searched_texts
from kiosk.sync.instant import to_microseconds


@dataclass(frozen=True, slots=True)
class Filters:
    """What a notice must be, besides holding the words of the query."""

    at: datetime
    """Trusted time; later notices do not exist yet."""
    category: Category | None = None
    kind: NoticeKind | None = None
    since: datetime | None = None
    """Published at this moment or later."""
    opens_between: tuple[datetime, datetime] | None = None
    """`opens_at` lies in ``[from, to)``."""


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of results."""

    notices: tuple[Notice, ...]
    """Newest first, without bodies."""
    next: int | None
    """Pass as `before` for the page after this one; None at the end."""


def search(
    database: Database,
    query: str,
    filters: Filters,
    known: Known,
    *,
    limit: int,
    before: int | None,
) -> Hits:
    """Find the newest `limit` notices; the words of the query may stand in any order."""
    found = _released(database, query, filters, known, before)
    with closing(found):
        page = list(islice(found, limit + 1))
    more = len(page) > limit
    return Hits(
        notices=tuple(notice for _, notice in page[:limit]),
        next=page[limit - 1][0] if more else None,
    )


def count(database: Database, query: str, filters: Filters, known: Known, *, cap: int) -> int:
    """Count what `search` would find, up to `cap`."""
    found = _released(database, query, filters, known, None)
    with closing(found):
        return sum(1 for _ in islice(found, cap))


def _released(
    database: Database, query: str, filters: Filters, known: Known, before: int | None
) -> Generator[tuple[int, Notice], None, None]:
    sql, values = _statement(query, filters, before)
    compare_words = not asks_everything(query)
    with closing(database.conn.execute(sql, values)) as cursor:
        for place, doc in cursor:
            notice = Notice.model_validate_json(doc)
            verdict = release(notice, channel=Channel.SEARCH, at=filters.at, known=known)
            if verdict is not Verdict.RELEASED:
                continue
            if compare_words and not contains_all(searched_texts(notice), query):
                continue
            yield place, notice


def _statement(
    query: str, filters: Filters, before: int | None
) -> tuple[str, dict[str, int | str]]:
    """Write the statement; the bounds on the place let the index skip what is out of range."""
    expression = match_expression(query)
    place = "notices.place" if expression is None else "notice_index.rowid"
    values: dict[str, int | str] = {
        "at": to_microseconds(filters.at),
        "upper": first_place(filters.at + timedelta(seconds=1)),
    }
    conditions = [f"{place} < :upper", "notices.published_at <= :at"]
    if before is not None:
        values["upper"] = min(before, int(values["upper"]))
    if expression is not None:
        conditions.append("notice_index MATCH :words")
        values["words"] = expression
    if filters.category is not None:
        conditions.append("notices.category = :category")
        values["category"] = filters.category.value
    if filters.kind is not None:
        conditions.append("notices.kind = :kind")
        values["kind"] = filters.kind.value
    if filters.since is not None:
        conditions.append(f"{place} >= :lower AND notices.published_at >= :since")
        values["lower"] = first_place(filters.since)
        values["since"] = to_microseconds(filters.since)
    if filters.opens_between is not None:
        conditions.append("notices.opens_at >= :opens_from AND notices.opens_at < :opens_to")
        values["opens_from"], values["opens_to"] = map(to_microseconds, filters.opens_between)
    source = (
        "notices"
        if expression is None
        else "notice_index JOIN notices ON notices.place = notice_index.rowid"
    )
    sql = (
        f"SELECT notices.place, notices.doc FROM {source}"
        f" WHERE {' AND '.join(conditions)} ORDER BY {place} DESC"
    )
    return sql, values
