"""The board's line in health, an outbox whose server is away, and the test card in the record."""

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from display.evidence import TERMINAL_RECORD, Kind
from display.journal import TEST_CARD
from display.trusted_time import Contact, Reading, TrustedTime
from kiosk import words
from kiosk.fonts import FontMissing, ui_face
from kiosk.settings import Settings
from kiosk.staff import acts
from kiosk.staff.acts import export_entry
from kiosk.staff.evidence.exporting import Taken, take_out
from kiosk.staff.evidence.model import lines_of, read_day
from kiosk.staff.evidence.shown import shown_at
from kiosk.staff.health.findings import STARTS, TECHNICAL, Finding, start_of
from kiosk.staff.health.model import Looked, Row, rows
from kiosk.store.health import Health
from kiosk.store.terminal import DATABASE_NAME, TerminalStore
from kiosk.sync.staff import StaffRole
from tests.evidence.day import BOARD, fill, some_notices
from tests.staff.test_rights_table import account

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
ZH = words.load("zh")


def settings(data: Path = Path("/nowhere"), *, board: bool = True) -> Settings:
    lobby = {"name": BOARD, "card": "bx-k", "port": "/dev/none", "width": 192, "height": 32}
    return Settings.model_validate(
        {
            "centre": {"name": "中心", "region": "210400", "site": "fushun"},
            "terminal": {"name": "FS-02", "data": str(data)},
            "sync": {"server": "http://127.0.0.1:1"},
            "boards": [lobby] if board else [],
        }
    )


def row_of(part: str, facts: dict[str, Any], **more: Any) -> Row:
    told = (Health(part, NOW, facts),)
    reading = Reading(NOW, "one", 1000.0)
    contact = Contact(reading, NOW)
    looked = Looked(told, (), contact, reading, TrustedTime(NOW, proven=True), **more)
    return next(row for row in rows(settings(), looked) if row.part == part)


def notes(row: Row) -> list[str]:
    return [each.said(ZH) for each in row.remarks]


@pytest.mark.parametrize(
    ("off_s", "said"),
    [(0, "控制卡时钟准确"), (7, "控制卡时钟快 7 秒"), (-90, "控制卡时钟慢 90 秒")],
)
def test_a_board_tells_acknowledgement_clock_size_and_calibration(off_s: int, said: str) -> None:
    facts = {
        "acknowledged_at": "2026-11-24T00:59:58.000000Z",
        "clock_off_s": off_s,
        "size": [192, 32],
        "link": "connected",
    }
    row = row_of(f"board {BOARD}", facts, measured={BOARD: NOW - timedelta(days=3)})
    assert not row.wrong and notes(row) == [
        "最近一次确认 11-24 08:59:58",
        said,
        "控制卡报告 192×32 像素",
        "滚动速度测量于 2026-11-21；重新测量用 mingtang board calibrate --board lobby",
    ]


def test_who_is_no_technician_reads_no_commands_and_boards_are_called_by_their_place() -> None:
    boards = settings().boards
    for name in TECHNICAL:
        assert f"health.plain_{name}" in ZH, name
    plain = {key.removeprefix("health.plain_") for key in ZH if key.startswith("health.plain_")}
    assert plain == TECHNICAL
    odd = re.compile(r"mingtang|\[|glibc|clamd|CUPS|NTP|udisks|{path}|{folder}|{problem}|{why}")
    for key, text in ZH.items():
        name = key.removeprefix("health.")
        if key.startswith("health.plain_"):
            assert not odd.search(text), key
        elif key.startswith("health.") and odd.search(text) and not name.startswith("board_test"):
            assert name in TECHNICAL | STARTS | {"left_out"}, key
    silent = Finding("silent", {"start": start_of(f"board {BOARD}")})
    assert "mingtang display" in silent.said(ZH, boards)
    assert silent.said(ZH, boards, technician=False) == "此后没有消息：请技术人员处理"
    row = row_of(f"board {BOARD}", {})
    assert row.name(ZH, boards) == "大厅大屏" and row.name(ZH) == f"大屏 {BOARD}"


def test_a_part_is_called_well_only_where_nothing_is_missing_or_unproven() -> None:
    well = {"acknowledged_at": "2026-11-24T00:59:58.000000Z", "clock_off_s": 0, "link": "connected"}
    assert row_of(f"board {BOARD}", well).tone == "good"
    assert row_of(f"board {BOARD}", {**well, "clock_off_s": 7}).tone == "attention"
    assert row_of(f"board {BOARD}", {**well, "acknowledged_at": None}).tone == "attention"
    assert row_of(f"board {BOARD}", {**well, "link": "lost"}).tone == "bad"


def test_what_an_older_station_does_not_tell_is_left_out() -> None:
    facts = {"acknowledged_at": None, "clock_off_s": None, "size": None}
    assert notes(row_of(f"board {BOARD}", facts)) == ["尚无确认"]


def test_a_pc_without_a_board_says_where_to_look() -> None:
    looked = Looked((), (), None, Reading(NOW), None)
    found = rows(settings(board=False), looked)
    (row,) = (each for each in found if each.part == "settings")
    assert any("没有接在这台电脑上" in said for said in notes(row))
    assert all(each.part != "settings" for each in rows(settings(), looked))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"waiting": 0, "away": True}, "联系不上"),
        ({"waiting": 3, "problem": "Offline: no route", "away": True}, "联系不上"),
        ({"waiting": 3, "problem": "Offline: busy"}, "有 3 条记录"),
        ({"waiting": 0, "stopped": True}, "不接受本机"),
    ],
)
def test_an_outbox_says_in_plain_words_why_nothing_goes(facts: dict[str, Any], said: str) -> None:
    wrong = [each.said(ZH) for each in row_of("outbox", facts).wrong]
    assert len(wrong) == 1 and said in wrong[0]
    if facts.get("away"):
        assert "Offline" not in wrong[0]


def test_the_record_tells_that_the_test_card_was_on_and_what_came_after(tmp_path: Path) -> None:
    with TerminalStore(tmp_path / DATABASE_NAME) as store:
        fill(store, some_notices(2), rounds=1)
        last = store.last_entry(BOARD)
        assert last is not None
        at = last.at + timedelta(minutes=1)
        told = {"action": TEST_CARD, "by": "王**", "account": "k3f9a2b1"}

        def shown(seconds: float) -> list[str]:
            moment = at + timedelta(seconds=seconds)
            return lines_of(shown_at(store, settings(), BOARD, moment, moment), ZH)

        before = shown(0)
        for seconds, state in ((1, "sent"), (1.2, "acknowledged"), (21, "ended")):
            moment = at + timedelta(seconds=seconds)
            store.record(BOARD, moment, Kind.TECHNICIAN, {**told, "state": state})
        assert shown(0.5) == before
        unknown = "从记录看不出当时显示了什么"
        assert shown(1.1)[0] == unknown, "sent: it may be there, or not yet"
        assert shown(5)[0] == "正在显示测试画面（王**）"
        assert shown(21.1)[0] == unknown
        # What the station does next: it tells the board, and notes that.
        store.record(BOARD, at + timedelta(seconds=21.2), Kind.ON_AIR, dict(last.facts))
        assert shown(22)[0] == before[0]
        refused = {**told, "state": "refused"}
        store.record(BOARD, at + timedelta(seconds=30), Kind.TECHNICIAN, refused)
        assert shown(31)[0] == unknown


def test_the_terminals_own_record_stands_behind_the_boards_and_is_exported(
    tmp_path: Path,
) -> None:
    try:
        ui_face("Regular", tmp_path / "cache" / "fonts")
    except FontMissing as problem:
        pytest.skip(str(problem))
    with TerminalStore(tmp_path / DATABASE_NAME) as store:
        fill(store, some_notices(1), rounds=1)
        assert read_day(store, "", None).boards == (BOARD,)
        noted = {"action": "outbox retried", "act": acts.RETRIED, "by": "王**", "subject": "x"}
        store.record(TERMINAL_RECORD, NOW, Kind.TECHNICIAN, noted)
        day = read_day(store, "", None)
        assert (day.boards, day.board) == ((BOARD, TERMINAL_RECORD), BOARD)
        own = read_day(store, TERMINAL_RECORD, None)
        assert [dict(each.facts) for each in own.entries] == [noted]
        since = NOW - timedelta(hours=9)
        who = account("ning0001", "王宁", "110101199003077299", StaffRole.SUPERVISOR)

        def taken_out(until: datetime) -> Taken:
            own, named = TERMINAL_RECORD, settings(tmp_path)
            return take_out(store, named, own, since, until, until, account=who, proven=True)

        taken = taken_out(NOW)
        assert taken.outcome == "nothing_to_export", "its one entry is not past yet"
        later = NOW + timedelta(hours=1)
        taken = taken_out(later)
        assert (taken.outcome, taken.count) == ("exported", 1)
        noted = store.entries(TERMINAL_RECORD)[-1].facts
        assert (noted["act"], noted["account"]) == (acts.EVIDENCE_EXPORTED, "ning0001")
        digest = sha256((taken.folder / "SHA256SUMS").read_bytes()).hexdigest()
        assert noted["sums"] == taken.sums == digest
        assert export_entry(store.entries(TERMINAL_RECORD), digest) is not None
        assert export_entry(store.entries(TERMINAL_RECORD), "0" * 64) is None
