"""Notices and boards for the tests of `display`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from devices.errors import NoReply, Refused
from devices.led import gb2312
from devices.led.board import (
    Capabilities,
    DailyTimer,
    Identity,
    Message,
    Proof,
    Status,
    TextArea,
)
from display.edition import Edition, Pace, Page, Surface
from display.evidence import Kind
from display.notice import Category, Notice, NoticeKind
from display.release import Known
from display.standing import Standing
from display.testing import TestState, TestWish
from display.todays_edition import Plan
from display.trusted_time import Contact, Reading
from kiosk import words

DAY = date(2026, 11, 23)
MORNING = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
"""08:30 in Shanghai."""
SPEEDS = (128.0, 96.0, 64.0, 48.0, 32.0)
WORDS = words.section(words.load("zh"), "board")


def notice(number: int = 1, **fields: object) -> Notice:
    """A released tender notice; fields as wanted."""
    values: dict[str, object] = {
        "id": f"n{number}",
        "kind": NoticeKind.TENDER,
        "category": Category.CONSTRUCTION,
        "title": f"第{number}号道路维修工程施工招标公告",
        "tender_no": f"FSGC-2026-{number:04d}",
        "published_at": MORNING - timedelta(hours=1),
        "official_url": f"https://example.cn/{number}",
    }
    return Notice.model_validate(values | fields)


def surface(width: int = 192, height: int = 32) -> Surface:
    return Surface("lobby", "lobby", width, height, SPEEDS, gb2312.cells, gb2312.missing)  # type: ignore[arg-type]


def plan(cut_over: time = time(8, 30), **pace: object) -> Plan:
    """A plan for the board of `surface`; `pace` as `display.edition.Pace` has it."""
    return Plan(surface(), Pace(4.0, **pace), cut_over, "抚顺市公共资源交易中心", WORDS)  # type: ignore[arg-type]


def edition(*seconds: float, **until: datetime) -> Edition:
    """Pages n0, n1, … of these lengths; `n1=moment` ends the validity of that notice."""
    pages = tuple(
        Page(
            notice_id=f"n{number}",
            heading="招标公告",
            line=f"第{number}页",
            scrolls=True,
            seconds=length,
            published_at=MORNING,
            official_url="",
            valid_until=until.get(f"n{number}"),
        )
        for number, length in enumerate(seconds)
    )
    return Edition(
        board="lobby", day=DAY, cut_over_at=MORNING, cell=16, pixels_per_second=64.0, pages=pages
    )


class MemorySource:
    """A store in memory, as the station wants one."""

    def __init__(self, *notices: Notice) -> None:
        self.notices = list(notices)
        self.withdrawn: dict[str, datetime] = {}
        self.outlived: dict[str, datetime] = {}
        self.heard: Contact | None = Contact(Reading(MORNING, "boot", 5000.0), MORNING)
        self.complete: datetime | None = MORNING + timedelta(days=400)
        self.trouble: Exception | None = None
        self.last: datetime | None = None
        self.editions: dict[tuple[str, date], str] = {}
        self.records: list[dict[str, Any]] = []
        self.health: dict[str, Any] = {}
        self.wish: datetime | None = None
        self.version = 0
        self.decided = Standing()
        self.test_wish: TestWish | None = None
        self.test_answers: list[tuple[str, str, str]] = []

    def data_version(self) -> int:
        self._maybe_fail()
        return self.version

    def known(self) -> Known:
        return Known(withdrawn=dict(self.withdrawn))

    def contact(self) -> Contact | None:
        return self.heard

    def complete_at(self) -> datetime | None:
        return self.complete

    def last_moment(self) -> datetime | None:
        return self.last

    def remember_moment(self, at: datetime) -> None:
        self._maybe_fail()
        self.last = max(self.last or at, at)

    def board_items(self, at: datetime) -> list[Notice]:
        return list(self.notices)

    def edition(self, board: str, day: date) -> str | None:
        return self.editions.get((board, day))

    def projects_opening(self, since: datetime, until: datetime) -> list[Notice]:
        return [notice for notice in self.notices if notice.opens_at is not None]

    def keep_edition(
        self,
        board: str,
        day: date,
        edition_id: str,
        made_at: datetime,
        text: str,
        pictures: Sequence[bytes] = (),
        *,
        again: bool = False,
    ) -> str:
        self._maybe_fail()
        if again:
            self.editions[board, day] = text
        return self.editions.setdefault((board, day), text)

    def recompose_asked(self, board: str) -> datetime | None:
        self._maybe_fail()
        return self.wish

    def recompose_done(self, board: str, at: datetime) -> None:
        self.wish = None

    def record(self, board: str, at: datetime, kind: Kind, facts: Mapping[str, Any]) -> None:
        self._maybe_fail()
        self.records.append({"board": board, "at": at, "kind": kind, **facts})

    def standing(self, board: str, now: datetime) -> Standing:
        return self.decided

    def decisions_recorded(self, board: str) -> dict[str, str]:
        noted = [r for r in self.records if r["kind"] is Kind.DECISION]
        return {r["decision"]: r["outcome"] for r in noted if "outcome" in r}

    def withdrawals_recorded(self, board: str, since: datetime) -> set[str]:
        return {
            r["notice"] for r in self.records if r["kind"] is Kind.WITHDRAWAL and r["at"] >= since
        }

    def withdrawals_since(self, moment: datetime) -> dict[str, datetime]:
        gone = self.outlived | self.withdrawn
        return {notice_id: at for notice_id, at in gone.items() if at >= moment}

    def test_asked(self, board: str) -> TestWish | None:
        return self.test_wish

    def answer_test(self, board: str, id: str, state: TestState, why: str) -> None:
        self.test_answers.append((id, str(state), str(why)))
        if self.test_wish is not None and self.test_wish.id == id:
            self.test_wish = None

    def tell_health(self, component: str, at: datetime, facts: Mapping[str, Any]) -> None:
        self._maybe_fail()
        self.health = dict(facts)

    def states(self, showing: str = "page") -> list[str]:
        """What became of the pages, in order."""
        return [r["state"] for r in self.records if r.get("showing") == showing]

    def _maybe_fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble


class RecordingBoard:
    """A board that acknowledges everything, or raises what it is told to."""

    capabilities = Capabilities(
        SPEEDS,
        5,
        coded_text=True,
        pictures=False,
        stored_page=True,
        timers=3,
        half_hour_brightness=True,
    )

    def __init__(self, width: int = 192, height: int = 32) -> None:
        self.size = (width, height)
        self.messages: list[Message] = []
        self.fault: Exception | None = None
        self.closed = False
        self.clock: datetime | None = None
        self.cleared = 0
        self.on: bool | None = None
        self.level: int | None = None
        self.levels: tuple[int, ...] = ()
        self.timers: tuple[DailyTimer, ...] | None = None
        self.stored: tuple[TextArea, ...] = ()
        self.refused: set[str] = set()
        """Names of the calls that the card refuses."""
        self.silent: set[str] = set()
        """Names of the calls that the card does not answer."""

    def identify(self) -> Identity:
        self._maybe_fail("identify")
        return Identity("test", *self.size)

    def status(self) -> Status:
        return Status(True, 15, self.clock)

    def show(self, message: Message) -> Proof:
        self._maybe_fail("show")
        self.messages.append(message)
        return Proof.ACKNOWLEDGED

    def clear(self) -> None:
        self._maybe_fail("clear")
        self.cleared += 1

    def set_clock(self, local: datetime) -> None:
        self._maybe_fail("set_clock")
        self.clock = local

    def power(self, *, on: bool) -> None:
        self._maybe_fail("power")
        self.on = on

    def brightness(self, level: int) -> None:
        self._maybe_fail("brightness")
        self.level = level

    def brightness_by_half_hour(self, levels: Sequence[int]) -> None:
        self._maybe_fail("brightness")
        self.levels = tuple(levels)

    def set_timers(self, timers: Sequence[DailyTimer]) -> None:
        self._maybe_fail("timers")
        self.timers = tuple(timers)

    def cancel_timers(self) -> None:
        self._maybe_fail("timers")
        self.timers = ()

    def clear_screen(self) -> None:
        self._maybe_fail()

    def store_neutral(self, areas: Sequence[TextArea]) -> bool:
        self._maybe_fail("neutral")
        self.stored = tuple(areas)
        return True

    def close(self) -> None:
        self.closed = True

    def _maybe_fail(self, call: str = "") -> None:
        if self.fault is not None:
            raise self.fault
        if call in self.silent:
            raise NoReply(call)
        if call in self.refused:
            raise Refused(4, "out of memory")
