"""One question to the store, as the worker asks it."""

from dataclasses import dataclass

from kiosk.store.filters import Filters
from kiosk.store.pinyin_readings import readings
from kiosk.store.question import understand
from kiosk.store.search import Hits
from kiosk.store.terminal import TerminalStore


@dataclass(frozen=True, slots=True)
class Answer:
    """What the store said to a question."""

    query: str
    """What was found: the query, or its words apart."""
    hits: Hits
    stored: int
    """How many notices the terminal holds, up to 1."""
    spans: dict[str, list[tuple[int, int]]]


def ask(store: TerminalStore, query: str, loose: str, limit: int, filters: Filters) -> Answer:
    """The first page of results, and where their titles hold the query.

    Where nothing holds it as it stands, its words may stand apart, if `loose` says how.
    """
    hits = store.search(query, filters, limit=limit)
    asked = query
    if loose and (not hits.notices or hits.by_sound):
        apart = store.search(loose, filters, limit=limit)
        if apart.notices and not apart.by_sound:
            hits, asked = apart, loose
    return Answer(asked, hits, store.count("", Filters(filters.at), cap=1), spans_of(hits, asked))


def spans_of(hits: Hits, query: str) -> dict[str, list[tuple[int, int]]]:
    """Where the titles of these notices hold the words of the query."""
    question = understand(query, readings, by_sound=hits.by_sound)
    return {notice.id: question.spans(notice.title) for notice in hits.notices}
