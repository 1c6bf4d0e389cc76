"""Today's bid openings, and what pages say."""

from datetime import timedelta

import pytest

from display.edition import Pace, compose
from display.notice import Candidate, Category, Notice, NoticeKind
from display.openings import openings_of
from display.release import Known
from display.templates import MOST_UNITS, line
from tests.display.builders import DAY, MORNING, WORDS, notice, surface

TEN = MORNING + timedelta(hours=1, minutes=30)


def opening(number: int = 1, **fields: object) -> Notice:
    return notice(number, **({"opens_at": TEN, "room": "3 楼 302"} | fields))


def pages(
    *projects: Notice, items: tuple[Notice, ...] = (), known: Known | None = None
) -> list[str]:
    made = compose(
        items,
        projects=projects,
        day=DAY,
        cut_over_at=MORNING,
        surface=surface(),
        pace=Pace(4.0),
        known=known or Known(),
        words=WORDS,
    )
    return [f"{page.heading}|{page.line}" for page in made.pages]


def test_an_opening_tells_time_project_and_room_before_all_notices() -> None:
    assert pages(opening(), items=(notice(2),))[0] == (
        "今日开标 10:00|第1号道路维修工程施工招标公告　地点 3 楼 302　编号 FSGC-2026-0001"
    )


def test_openings_come_by_time_and_only_todays() -> None:
    later, tomorrow = TEN + timedelta(hours=1), TEN + timedelta(days=1)
    found = openings_of(
        DAY, [opening(2, opens_at=later), opening(1), opening(3, opens_at=tomorrow)]
    )
    assert [found.id for found in found] == ["n1", "n2"]


def test_the_newest_word_on_a_project_counts() -> None:
    moved = opening(
        9,
        tender_no="FSGC-2026-0001",
        kind=NoticeKind.AMENDMENT,
        opens_at=TEN + timedelta(hours=2),
        published_at=MORNING - timedelta(minutes=5),
    )
    assert [n.id for n in openings_of(DAY, [moved, opening(1)])] == ["n9"]
    away = moved.model_copy(update={"opens_at": TEN + timedelta(days=3)})
    assert openings_of(DAY, [opening(1), away]) == []


def test_a_cancelled_project_is_not_opened() -> None:
    cancelled = notice(
        9,
        tender_no="FSGC-2026-0001",
        kind=NoticeKind.CANCELLATION,
        published_at=MORNING - timedelta(minutes=5),
    )
    assert openings_of(DAY, [opening(1), cancelled]) == []


def test_the_gate_judges_openings_too() -> None:
    assert pages(opening(published_at=MORNING + timedelta(seconds=1))) == []
    assert pages(opening(), known=Known(withdrawn={"n1": MORNING})) == []
    assert pages(opening(zones=("experts_corridor",))) == []
    unreleased_move = opening(
        9, tender_no="FSGC-2026-0001", published_at=MORNING + timedelta(hours=1)
    )
    assert len(pages(opening(1), unreleased_move)) == 1


@pytest.mark.parametrize("kind", [*NoticeKind, "opening"])
def test_every_template_fills_and_has_at_most_three_units(kind: str) -> None:
    assert len(WORDS[f"line_{kind}"].split("\n")) <= MOST_UNITS
    full = Notice(
        id="n",
        kind=NoticeKind.TENDER,
        category=Category.CONSTRUCTION,
        title="题",
        published_at=MORNING,
        tender_no="A-1",
        closes_at=TEN,
        opens_at=TEN,
        objections_until=TEN,
        room="301",
        candidates=(Candidate(bidder="某公司"),),
    )
    text = line(full, WORDS, kind)
    assert text.startswith("题　")
    assert "{" not in text
    bare = full.model_copy(
        update={
            "tender_no": "",
            "closes_at": None,
            "objections_until": None,
            "room": "",
            "candidates": (),
        }
    )
    assert line(bare, WORDS, kind) == "题"


def test_a_number_that_the_title_tells_is_not_repeated() -> None:
    told = notice(1, title="道路工程（编号 FSGC-2026-0001）招标公告")
    assert line(told, WORDS, "tender") == "道路工程（编号 FSGC-2026-0001）招标公告"


def test_a_newer_word_counts_also_where_it_is_not_shown_itself() -> None:
    elsewhere = notice(
        8,
        tender_no="FSGC-2026-0001",
        kind=NoticeKind.CANCELLATION,
        zones=("opening_area",),
        published_at=MORNING - timedelta(minutes=5),
    )
    assert pages(opening(1), elsewhere) == []
    expired = opening(
        9,
        tender_no="FSGC-2026-0001",
        opens_at=TEN + timedelta(days=7),
        published_at=MORNING - timedelta(minutes=50),
        valid_until=MORNING - timedelta(minutes=1),
    )
    assert pages(opening(1), expired) == []
