"""What the tiles of the staff's first screen call for, and what it tells above them."""

from datetime import UTC, datetime

from display.evidence import Entry, Kind, Proof
from kiosk.settings import BoardSettings
from kiosk.staff.awaiting import Awaiting, calls, warnings
from kiosk.staff.evidence import journal
from kiosk.staff.evidence.model import lines_of
from kiosk.staff.evidence.shown import Shown
from kiosk.staff.home import SERVICES
from kiosk.words import load
from tests.display.deciding import NOON, Maker
from tests.staff.test_proposals_model import ACCOUNTS, BORIS, seen_of

ZH = load("zh")
LOBBY = BoardSettings(name="lobby", card="bx-k", port="/dev/none", width=192, height=32)


def test_a_tile_calls_for_what_waits_there_and_is_silent_otherwise() -> None:
    assert calls(Awaiting(), ZH) == {}
    found = calls(Awaiting(proposals=1, wrong=3, parked=2, unsubmitted=4), ZH)
    assert found == {
        "proposals": "1 份待您批准",
        "staff_health": "有 3 个部分需要处理",
        "staff_outbox": "2 份待处理",
        "edition": "有 4 项改动没有提交",
        "schedule": "有 4 项改动没有提交",
    }
    assert set(found) <= set(SERVICES)


def test_everybody_is_told_of_a_held_board_an_unproven_time_and_an_end_that_is_near() -> None:
    assert warnings(Awaiting(), (LOBBY,), None, ZH) == []
    maker = Maker()
    maker.neutral(ACCOUNTS[BORIS.key])
    held = seen_of(maker.made, NOON).standing
    said = warnings(Awaiting(neutral={"lobby": held}, proven=False), (LOBBY,), NOON, ZH)
    assert said[0].startswith("大厅大屏自 2026-11-23 12:00 起显示中性页，b**")
    assert said[1].startswith("本机的时间尚未核准")
    assert said[2] == "您的账户 12:00 到期"


def test_what_a_technician_did_is_told_in_words() -> None:
    for count, (action, said) in enumerate(
        [("show", "显示文字"), ("power off", "关屏"), ("brightness 7", "亮度 7"), ("new", "new")], 1
    ):
        facts = {"action": action, "state": "acknowledged", "by": "root"}
        entry = Entry("lobby", count, NOON, Kind.TECHNICIAN, facts, "0" * 64, "1" * 64)
        (row,) = journal.rows([entry], ZH, everything=True, boards=(LOBBY,))
        assert (row.event, row.by) == (f"技术员操作：{said}", "大厅大屏")


def test_what_was_only_sent_is_not_told_as_shown() -> None:
    at = datetime(2026, 11, 24, 0, 30, 1, tzinfo=UTC)

    def told(state: Proof) -> list[str]:
        facts = {"state": state, "showing": "dark"}
        entry = Entry("lobby", 1, at, Kind.ON_AIR, facts, "0" * 64, "1" * 64)
        return lines_of(Shown(at, entry), ZH)

    assert told(Proof.SENT)[:3] == [
        "08:30:01 已送出，控制卡尚未确认，不能证明当时已显示。",
        "送出的内容：",
        "黑屏",
    ]
    assert "送出的内容：" not in told(Proof.ACKNOWLEDGED)
