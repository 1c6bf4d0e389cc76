"""The virtual board's faults, ordered by option and while it runs, as a driver meets them."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from devices.errors import NoReply, Refused, TryAgain, Unplugged
from devices.exchange import Patience
from devices.led.board import Message, TextArea
from devices.led.bx_k import BxK
from devices.led.virtual import control
from devices.led.virtual.card import VirtualBoard
from devices.led.virtual.disturbance import NotAnOrder
from devices.led.virtual.faults import Faults
from devices.led.virtual.flash import load
from devices.led.virtual.pacing import Queue, garbled
from devices.led.virtual.server import serve
from devices.line import Line
from tests.devices.test_virtual_server import MESSAGE, driving, running, wait_for

NEUTRAL = (TextArea(0, 0, 96, 16, "中心"),)
ONCE = Patience(attempts=1, grace_s=0.15, pause_s=0.01)


def lines_of(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("fault", "requests"),
    [
        ("drop 1", 2),
        ("drop-request 1", 1),
        ("flip 1", 2),
        ("flip-request 1", 2),
        ("busy 1", 2),
        ("refuse 5 1", 2),
        ("delay 0.05 1", 1),
        ("split 1", 1),
        ("lead 1 1", 1),
        ("lead 20 1", 1),
        ("double-end 2", 1),
        ("wrong-address 1", 2),
    ],
)
def test_what_a_driver_must_bear(fault: str, requests: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(log=log, faults=[fault]) as path, driving(path) as board:
        board.power(on=False)
        assert not board.status().on
    heard = [line for line in lines_of(log) if line["direction"] == "in"]
    assert len(heard) == requests + 1, "the fault was not met"


@pytest.mark.parametrize("code", [1, 4, 7, 12, 16])
def test_any_refusal_code_reaches_the_caller(code: int) -> None:
    with running(faults=[f"refuse {code} 1"]) as path, driving(path) as board:
        with pytest.raises(Refused) as told:
            board.show(MESSAGE)
        assert told.value.code == code and not isinstance(told.value, TryAgain)
        board.show(MESSAGE)


def test_a_card_that_stays_busy_is_reported_so() -> None:
    with (
        running(faults=["busy 9"]) as path,
        driving(path) as board,
        pytest.raises(TryAgain, match="busy"),
    ):
        board.clear()


def test_orders_while_it_runs(tmp_path: Path) -> None:
    socket_path = tmp_path / "run" / "control"
    with running(control=socket_path) as path:
        board = BxK(Line(str(path), baud=57600), width=96, height=16, patience=ONCE)
        assert control.tell(socket_path, "drop 1") == "ok"
        with pytest.raises(NoReply):
            board.clear()
        board.clear()
        assert control.tell(socket_path, "drop 50") == control.tell(socket_path, "clear") == "ok"
        board.clear()
        assert control.tell(socket_path, "explode").startswith("error: 'explode': one of: busy")
        assert "unplug" in control.tell(socket_path, "unplug 1")
        board.close()
    assert not socket_path.exists()
    with pytest.raises(OSError):
        control.tell(socket_path, "clear")


def test_reboot_loses_the_page_and_keeps_the_neutral_one(tmp_path: Path) -> None:
    order = tmp_path / "control"
    looks: list[Callable[[], bytes]] = []
    with running(control=order, on_card=looks.append) as path, driving(path) as board:
        assert not any(looks[0]())
        assert board.store_neutral(NEUTRAL)
        neutral = looks[0]()
        assert any(neutral)
        board.show(MESSAGE)
        assert looks[0]() != neutral
        control.tell(order, "reboot")
        assert looks[0]() == neutral
        board.show(MESSAGE)
        board.clear_screen()
        assert not any(looks[0]())


def test_flash_outlives_the_process_only_in_a_file(tmp_path: Path) -> None:
    flash = tmp_path / "flash.json"
    looks: list[Callable[[], bytes]] = []
    for options, kept in (({}, False), ({"flash": flash}, False), ({"flash": flash}, True)):
        with running(on_card=looks.append, **options) as path, driving(path) as board:
            assert any(looks[-1]()) == kept
            assert board.store_neutral(NEUTRAL) != kept
            if options:
                wait_for(flash.exists)
    assert list(load(flash).files) == [b"P000"]


def test_a_flash_file_that_is_none_is_named(tmp_path: Path) -> None:
    flash = tmp_path / "flash.json"
    for content in ("[]", "{", '{"P000": "zz"}', '{"P000": 7}'):
        flash.write_text(content)
        with pytest.raises(ValueError, match=r"flash\.json: not a flash file"):
            load(flash)


def test_a_page_of_another_board_is_kept_and_not_shown(tmp_path: Path) -> None:
    flash = tmp_path / "flash.json"
    with running(flash=flash) as path, driving(path) as board:
        board.store_neutral(NEUTRAL)
        wait_for(flash.exists)
    small = VirtualBoard(64, 16, memory=load(flash))
    assert not any(small.pixels(0.0)) and b"P000" in small.memory.files


def test_full_flash_is_refused_and_harms_nothing_else() -> None:
    with running(faults=["full-flash on"]) as path, driving(path) as board:
        with pytest.raises(Refused, match="memory"):
            board.store_neutral(NEUTRAL)
        board.show(MESSAGE)


@pytest.mark.parametrize("fault", ["drop 3", "flip 3", "flip-request 3"])
def test_a_neutral_page_over_a_bad_line(fault: str, tmp_path: Path) -> None:
    with running(faults=[fault]) as path:
        patience = Patience(attempts=4, grace_s=0.15, pause_s=0.01)
        board = BxK(Line(str(path), baud=57600), width=96, height=16, patience=patience)
        assert board.store_neutral(NEUTRAL)
        assert not board.store_neutral(NEUTRAL)
        board.close()


def test_unplugged_in_the_middle_of_a_reply_it_comes_back(tmp_path: Path) -> None:
    link, order = tmp_path / "board", tmp_path / "control"
    with running(link=link, control=order):
        with driving(link) as board:
            board.clear()
            assert control.tell(order, "unplug 0.2") == "ok"
            with pytest.raises(Unplugged):
                board.show(MESSAGE)
        with pytest.raises(Unplugged):
            Line(str(link), baud=57600)
        wait_for(link.exists)
        with driving(link) as board:
            assert board.identify().width == 96


def test_a_paced_line_takes_the_time_of_its_bytes() -> None:
    text = TextArea(0, 0, 96, 16, "招标" * 3)
    with running(paced=True, baud=9600) as path, driving(path, baud=9600) as board:
        board.clear()
        start = time.monotonic()
        board.show(Message((text,), 60))
        took = time.monotonic() - start
    bytes_at_least = 8 + 14 + 5 + 2 + 2 + 27 + 12 + 3 + 9 + 14 + 5 + 3
    assert took >= bytes_at_least * 10 / 9600
    assert took < bytes_at_least * 10 / 9600 + 0.3


def test_a_queue_gives_each_byte_its_time() -> None:
    queue: Queue[str] = Queue(9600)
    queue.put(bytes(20), 5.0, "a")
    queue.put(b"xy", 5.0, "b", wait_s=1.0)
    assert queue.due(5.0) == []
    first = queue.next_at()
    assert first == pytest.approx(5.0 + 8 * 10 / 9600)
    assert queue.due(first) == [(bytes(8), None)]
    assert queue.due(5.0 + 20 * 10 / 9600 + 1e-9) == [(bytes(8), None), (bytes(4), "a")]
    assert queue.due(6.0) == []
    assert queue.due(6.1) == [(b"xy", "b")]
    queue.put(b"z", 7.0)
    queue.drop()
    assert queue.next_at() is None


def test_another_baud_makes_other_bytes() -> None:
    every = bytes(range(256))
    assert len(garbled(every)) == 256
    assert not {0xA5, 0x5A} & set(garbled(every)) and garbled(every) != every


@pytest.mark.parametrize(
    "order",
    [
        *("", "drop", "drop x", "drop -1", "drop 1 2", "delay 1", "refuse 0 1", "refuse 256 1"),
        *("lead 0 1", "lead 65 1", "full-flash", "full-flash maybe", "reboot now", "unplug"),
    ],
)
def test_an_order_that_is_none_changes_nothing(order: str) -> None:
    card = VirtualBoard(96, 16)
    faults = Faults(card)
    with pytest.raises(NotAnOrder):
        faults.order(order, 0.0)
    assert faults.reply(b"abc").pieces == ((0.0, b"abc"),) and not card.refusals


def test_a_fault_that_there_is_not_stops_the_start() -> None:
    with pytest.raises(ValueError, match="explode"):
        serve(width=96, height=16, faults=["explode"], stop=threading.Event())


def test_a_command_at_another_baud_does_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(baud=9600, log=log) as path:
        wrong = BxK(Line(str(path), baud=57600), width=96, height=16, patience=ONCE)
        with pytest.raises(NoReply):
            wrong.power(on=False)
        wrong.close()
        with driving(path, baud=9600) as board:
            assert board.status().on
    assert [line["command"] for line in lines_of(log) if line["valid"]] == ["read status", "status"]
