"""What visitors type, and what it must find among the first three."""

from datetime import UTC, datetime

import pytest

from kiosk.store.filters import Filters
from kiosk.store.terminal import TerminalStore
from tests.store.search_table import NOTICES, QUERIES

AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TABLE = [tuple(line.rsplit("|", 1)) for line in QUERIES.strip().splitlines()]


@pytest.fixture(scope="module")
def hall(tmp_path_factory, make):
    with TerminalStore(tmp_path_factory.mktemp("table") / "terminal.db") as store:
        changes = []
        for line in NOTICES.strip().splitlines():
            id, title, tender_no, buyer, agent, day = line.split("|")
            published = datetime.fromisoformat(f"{day}T01:00:00+00:00")
            notice = make.notice(
                id, title, tender_no=tender_no, buyer=buyer, agent=agent, published_at=published
            )
            changes.append(make.live(notice))
        store.apply_page(make.channel, make.page(*changes), now=AT)
        yield store


def test_the_table_is_a_hundred_queries_over_sixty_notices():
    assert len(TABLE) >= 100
    assert len(NOTICES.strip().splitlines()) == 60


@pytest.mark.parametrize(("query", "wanted"), TABLE)
def test_found_among_the_first_three(hall, query: str, wanted: str):
    hits = hall.search(query, Filters(AT), limit=3)
    assert wanted in [notice.id for notice in hits.notices]
