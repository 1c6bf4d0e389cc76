"""The driver against the virtual reader: in memory with simulated time, and on a pty."""

import json
import logging
import socket
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from idcard_bench import Wire, expected_name, virtual_reader

from devices.errors import Garbled, NoReply, Refused, Unplugged
from devices.idcard import reader as driver
from devices.idcard.identity import Identity
from devices.idcard.outcome import Flaw, LiftedEarly, NoCard, StillThere, Stopped, Unusable
from devices.idcard.reader import IdReader, open_reader
from devices.idcard.virtual.cards import CARDS, Card, NotACard
from devices.idcard.virtual.faults import NOISE
from devices.idcard.virtual.module import VirtualModule
from devices.idcard.virtual.server import Bench, serve
from devices.idcard.virtual.wire import answer
from devices.led.virtual.control import tell

FIND, SELECT, READ = b"\x20\x01", b"\x20\x02", b"\x30\x01"


@pytest.fixture
def wire() -> Wire:
    return Wire()


def is_card(outcome: object, name: str) -> bool:
    card = CARDS[name]
    return isinstance(outcome, Identity) and (outcome.name, outcome.number) == (
        expected_name(card),
        card.number,
    )


def sent(wire: Wire, command: bytes) -> list[float]:
    return [t for t, data in wire.sent if data[7:9] == command]


def test_without_a_card_it_polls_politely_and_ends_in_time(wire: Wire) -> None:
    assert wire.reader().read(wait_s=3.0) == NoCard()
    polls = sent(wire, FIND)
    assert len(polls) == 11
    assert all(later - earlier > 0.2999 for earlier, later in pairwise(polls))
    assert 3.0 <= wire.t < 3.4


def test_nothing_is_sent_until_somebody_asks(wire: Wire) -> None:
    reader = wire.reader()
    assert not wire.sent
    wire.module.lay(CARDS["resident"])
    reader.wake()
    assert not sent(wire, FIND)
    assert is_card(reader.read(wait_s=1), "resident")
    count = len(wire.sent)
    wire.t += 100
    assert len(wire.sent) == count


def test_two_calls_in_a_row_keep_the_interval(wire: Wire) -> None:
    reader = wire.reader()
    for _ in range(3):
        reader.read(wait_s=0.01)
    polls = sent(wire, FIND)
    assert all(later - earlier > 0.2999 for earlier, later in pairwise(polls))


@pytest.mark.parametrize(
    ("command", "status"), [("find", "select fails"), ("select", "read fails")]
)
def test_a_card_lifted_early(wire: Wire, command: str, status: str) -> None:
    wire.module.lay(CARDS["resident"])
    wire.module.lift_after = command
    reader = wire.reader()
    assert reader.read(wait_s=5) == LiftedEarly(), status
    wire.module.lay(CARDS["resident"])
    assert is_card(reader.read(wait_s=5), "resident")


def test_a_card_left_lying_on_a_reader_that_finds_it_again(wire: Wire) -> None:
    wire.module.finds_again = True
    wire.module.lay(CARDS["resident"])
    reader = wire.reader()
    assert is_card(reader.read(wait_s=1), "resident")
    assert reader.read(wait_s=1) == StillThere()
    assert reader.read(wait_s=1) == StillThere()
    wire.module.lift()
    assert reader.read(wait_s=1) == NoCard()
    wire.module.lay(CARDS["resident"])
    assert is_card(reader.read(wait_s=1), "resident")


def test_a_card_left_lying_on_a_reader_that_does_not(wire: Wire) -> None:
    wire.module.lay(CARDS["resident"])
    reader = wire.reader()
    assert is_card(reader.read(wait_s=1), "resident")
    assert reader.read(wait_s=1) == NoCard()


def test_a_card_that_lies_there_already_does_not_count_where_that_is_demanded(wire: Wire) -> None:
    wire.module.lay(CARDS["resident"])
    reader = wire.reader()
    reader.demand_lift()
    assert reader.read(wait_s=1) == StillThere()
    assert reader.read(wait_s=1) == StillThere()
    assert not sent(wire, SELECT) and reader.awaits_lift
    wire.module.lift()
    assert reader.read(wait_s=driver.ABSENCES * driver.POLL_S) == NoCard()
    assert not reader.awaits_lift
    wire.module.lay(CARDS["resident"])
    assert is_card(reader.read(wait_s=1), "resident")


def test_a_card_that_is_missed_for_a_moment_was_not_lifted(wire: Wire) -> None:
    wire.module.finds_again = True
    wire.module.lay(CARDS["resident"])
    reader = wire.reader()
    missed = iter([True] * (driver.ABSENCES - 1))

    def reply(raw: bytes) -> list[tuple[float, bytes]]:
        found = raw[9:10] == b"\x9f"
        return [(0.0, answer(0x80) if found and next(missed, False) else raw)]

    assert is_card(reader.read(wait_s=1), "resident")
    wire.reply = reply
    assert reader.read(wait_s=2) == StillThere()
    reader.demand_lift()
    missed = iter([True] * (driver.ABSENCES - 1))
    assert reader.read(wait_s=2) == StillThere()


def test_another_card_in_its_place_is_read_at_once(wire: Wire) -> None:
    wire.module.finds_again = True
    wire.module.lay(CARDS["resident"])
    reader = wire.reader()
    assert is_card(reader.read(wait_s=1), "resident")
    wire.module.lay(CARDS["taiwan"])
    assert is_card(reader.read(wait_s=1), "taiwan")


@pytest.mark.parametrize(
    ("card", "flaw", "reads"),
    [
        ("no-content", Flaw.NO_CONTENT, 1),
        ("no-identity-card", Flaw.NOT_AN_IDENTITY_CARD, 1),
        ("wrong-digit", Flaw.WRONG_CONTENT, 2),
    ],
)
def test_cards_that_do_not_do(wire: Wire, card: str, flaw: Flaw, reads: int) -> None:
    wire.module.lay(CARDS[card])
    outcome = wire.reader().read(wait_s=5)
    assert isinstance(outcome, Unusable) and outcome.flaw is flaw
    assert len(sent(wire, READ)) == reads
    assert CARDS[card].number not in repr(outcome)


def test_a_card_that_is_found_but_never_selected_is_given_up(wire: Wire) -> None:
    wire.module.lay(CARDS["resident"])
    wire.module.finds_again = True
    wire.request = lambda data: data if data[7:9] != SELECT else b""
    wire.reply = lambda raw: [(0.0, raw)]
    reader = wire.reader()
    with pytest.raises(NoReply):
        reader.read(wait_s=20)
    # As a module says it: 81, three times.
    wire = Wire()
    wire.module.finds_again = True
    wire.module.lay(CARDS["resident"])

    def forget(data: bytes) -> bytes:
        if data[7:9] == SELECT:
            wire.module.refusals.append(0x81)
        return data

    wire.request = forget
    outcome = wire.reader().read(wait_s=20)
    assert isinstance(outcome, Unusable) and outcome.flaw is Flaw.UNREADABLE
    assert len(sent(wire, SELECT)) == 3


@pytest.mark.parametrize("code", [0x31, 0x32, 0x33])
def test_a_card_that_is_not_authentic(wire: Wire, code: int) -> None:
    wire.module.lay(Card("resident", "样张", CARDS["resident"].number, fault=code))
    outcome = wire.reader().read(wait_s=5)
    assert isinstance(outcome, Unusable) and outcome.flaw is Flaw.NOT_AUTHENTIC


def test_a_module_without_licence_is_for_staff(wire: Wire) -> None:
    wire.module.lay(CARDS["resident"])
    wire.module.licensed = False
    with pytest.raises(Refused, match="not licensed") as problem:
        wire.reader().read(wait_s=5)
    assert problem.value.code == 0x66
    assert len(sent(wire, SELECT)) == 1


def test_waking_resets_a_module_once(wire: Wire) -> None:
    reader = wire.reader()
    wire.module.refusals.append(0x60)
    reader.wake()
    assert [data[7:9].hex() for _, data in wire.sent] == ["11ff", "10ff", "11ff"]
    wire.module.healthy = False
    with pytest.raises(Refused, match="self test"):
        reader.wake()


def test_the_module_id_of_the_virtual_reader(wire: Wire) -> None:
    assert wire.reader().module() == "05.03-20260837-0012345678-0987654321"


def test_a_damaged_content_is_read_again_while_the_card_is_selected(wire: Wire) -> None:
    wire.module.lay(CARDS["resident"])
    damage = iter([True])

    def reply(raw: bytes) -> list[tuple[float, bytes]]:
        if len(raw) > 1000 and next(damage, False):
            raw = raw[:300] + bytes((raw[300] ^ 1,)) + raw[301:]
        return [(0.0, raw)]

    wire.reply = reply
    reader = wire.reader()
    assert is_card(reader.read(wait_s=1), "resident")
    assert reader.garbled and len(sent(wire, FIND)) == 1
    assert wire.t < 1.5


def test_a_content_that_stays_damaged_is_garbled_without_its_bytes(wire: Wire) -> None:
    wire.module.lay(CARDS["resident"])
    wire.reply = lambda raw: [(0.0, raw[:-1] + bytes((raw[-1] ^ (len(raw) > 1000),)))]
    reader = wire.reader()
    with pytest.raises(Garbled) as problem:
        reader.read(wait_s=1)
    assert not problem.value.raw
    assert reader.garbled >= 2


def test_a_late_answer_is_not_the_next_visitors(wire: Wire) -> None:
    """The content of the first card comes when the second visitor's is awaited."""
    wire.module.lay(CARDS["resident"])
    wire.reply = lambda raw: [(5.0 if len(raw) > 1000 else 0.0, raw)]
    with pytest.raises(NoReply):
        wire.reader().read(wait_s=1)
    wire.module.lay(CARDS["taiwan"])
    wire.reply = lambda raw: [(0.0, raw)]
    outcome = None
    for _ in range(12):
        try:
            outcome = wire.reader().read(wait_s=9)
        except (NoReply, Garbled):
            wire.module.lay(CARDS["taiwan"])
            continue
        if isinstance(outcome, Identity):
            break
        wire.module.lay(CARDS["taiwan"])
    assert is_card(outcome, "taiwan")


def test_noise_and_single_bytes(wire: Wire) -> None:
    wire.module.lay(CARDS["resident-rare"])
    wire.reply = lambda raw: [(0.0, bytes((byte,))) for byte in NOISE + raw]
    assert is_card(wire.reader().read(wait_s=3), "resident-rare")


def test_what_came_of_a_card_is_overwritten_and_in_no_log(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    buffers: list[Any] = []
    read = driver.identity_of

    def watched(text: memoryview) -> Identity:
        buffers.append(text.obj)
        return read(text)

    monkeypatch.setattr(driver, "identity_of", watched)
    wire.module.lay(CARDS["resident"])
    reader = wire.reader()
    with caplog.at_level(logging.DEBUG):
        outcome = reader.read(wait_s=1)
    assert is_card(outcome, "resident")
    (buffer,) = buffers
    assert len(buffer) == 1284 and not any(buffer)
    told = caplog.text
    assert "status 000090, 1284 data bytes" in told
    card = CARDS["resident"]
    for secret in (card.name, card.number, "19000101", card.name.encode("utf-16-le").hex(" ")):
        assert secret not in told and secret.upper() not in told


def test_a_tape_of_the_wire_is_refused() -> None:
    with pytest.raises(ValueError, match="spy"):
        open_reader("spy:///dev/null?file=/tmp/tape")


def test_every_card_over_a_pty(tmp_path: Path) -> None:
    log = tmp_path / "reader.log"
    with virtual_reader(link=tmp_path / "reader", log=log) as (path, bench):
        reader = open_reader(str(path))
        reader.wake()
        for name, card in CARDS.items():
            if card.fault or name == "wrong-digit":
                continue
            bench.lay(name)
            assert is_card(reader.read(wait_s=5), name), name
        reader.close()
    told = log.read_text(encoding="utf-8")
    assert {json.loads(line)["command"] for line in told.splitlines()} == {
        "status",
        "find",
        "select",
        "read",
    }
    assert "样" not in told and not (tmp_path / "reader").is_symlink()


def test_a_read_on_a_paced_reader(capsys: pytest.CaptureFixture[str]) -> None:
    """The figure is printed with -s; what is certain is that the line's time is taken."""
    times = []
    with virtual_reader(paced=True) as (path, bench):
        reader = open_reader(str(path))
        for name in ("resident", "taiwan", "foreigner-2017-long"):
            bench.lay(name)
            started = time.monotonic()
            assert is_card(reader.read(wait_s=5), name)
            times.append(time.monotonic() - started)
        reader.close()
    assert min(times) > 1295 * 10 / 115200
    with capsys.disabled():
        print(f"\na read at 115200 baud, paced: {', '.join(f'{each:.2f}' for each in times)} s")


@pytest.mark.parametrize("name", ["resident", "taiwan", "foreigner-2017-long"])
@pytest.mark.parametrize("polls_before", [0, 1, 2])
def test_a_read_takes_less_than_a_second_and_a_half(
    wire: Wire, name: str, polls_before: int
) -> None:
    """From laying the card, at 115200 baud, by the clock of line and module."""
    wire.paced = True
    reader = wire.reader()
    reader.read(wait_s=polls_before * driver.POLL_S)
    wire.module.lay(CARDS[name])
    laid = wire.t
    assert is_card(reader.read(wait_s=5), name)
    assert 1295 * 10 / 115200 < wire.t - laid < 1.5


@pytest.mark.parametrize("moment_s", [0.0, 0.1])
def test_another_thread_stops_a_read(moment_s: float) -> None:
    stop = threading.Event()
    ended: list[tuple[float, object]] = []
    with virtual_reader(faults=["delay 9 1"] if moment_s else ()) as (path, _):
        reader = open_reader(str(path))

        def read() -> None:
            outcome = reader.read(wait_s=60, stop=stop)
            ended.append((time.monotonic(), outcome))

        thread = threading.Thread(target=read)
        thread.start()
        time.sleep(moment_s)
        stop.set()
        at = time.monotonic()
        thread.join(10)
        reader.close()
    assert ended[0][1] == Stopped()
    assert ended[0][0] - at < 0.5


def test_a_stopped_wait_takes_no_longer_than_a_slice(wire: Wire) -> None:
    class StopAt(threading.Event):
        def is_set(self) -> bool:
            return wire.t >= 1.0

    for delay_s in (0.0, 60.0):
        wire.t = 0.0
        wire.reply = lambda raw, delay_s=delay_s: [(delay_s, raw)]
        assert wire.reader().read(wait_s=30, stop=StopAt()) == Stopped()
        assert wire.t < 1.2


def test_pulled_out_in_the_middle_and_plugged_in_again(tmp_path: Path) -> None:
    link, control = tmp_path / "reader", tmp_path / "control"
    with virtual_reader(link=link, control=control, card="resident") as (path, bench):
        reader = open_reader(str(path))
        assert tell(control, "unplug 0.1") == "ok"
        with pytest.raises(Unplugged):
            reader.read(wait_s=5)
        reader.close()
        again = _opened(path)
        bench.lay("resident-2")
        assert is_card(again.read(wait_s=5), "resident-2")
        again.close()
    with pytest.raises(Unplugged):
        open_reader(str(link))


def _opened(path: Path) -> IdReader:
    until = time.monotonic() + 5
    while True:
        try:
            return open_reader(str(path))
        except Unplugged:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_orders_at_the_control_socket(tmp_path: Path) -> None:
    control = tmp_path / "control"
    file = tmp_path / "card.toml"
    file.write_text(
        'layout = "resident"\nname = "样张庚"\nnumber = "12010119000101000"\n', encoding="utf-8"
    )
    with virtual_reader(control=control) as (path, _):
        reader = open_reader(str(path))
        assert tell(control, f"lay {file}") == "ok"
        outcome = reader.read(wait_s=5)
        assert isinstance(outcome, Identity) and outcome.name == "样张庚"
        assert tell(control, "lift") == "ok"
        assert tell(control, "wrong-checksum 1") == "ok"
        assert tell(control, "lay taiwan") == "ok"
        assert is_card(reader.read(wait_s=5), "taiwan")
        assert reader.garbled
        assert tell(control, "lay nobody").startswith("error: card: nobody")
        assert "lay NAME" in tell(control, "jump")
        assert "number expected" in tell(control, "drop many")
        reader.close()


def test_a_bench_takes_no_card_that_cannot_be() -> None:
    with pytest.raises(NotACard):
        Bench().lay("nobody")
    with pytest.raises(NotACard, match="fit"):
        Bench().lay(Card("resident", "样" * 16, CARDS["resident"].number))


def test_a_reader_of_another_baud_hears_nothing() -> None:
    with pytest.raises(ValueError, match="baud 300"):
        serve(baud=300, stop=threading.Event())


def test_over_a_network_socket() -> None:
    module = VirtualModule()
    module.lay(CARDS["macau"])
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            client, _ = server.accept()
            with client:
                while data := client.recv(100):
                    for each in module.feed(data):
                        client.sendall(each.raw)

        thread = threading.Thread(target=answer)
        thread.start()
        reader = open_reader(f"socket://127.0.0.1:{server.getsockname()[1]}")
        assert is_card(reader.read(wait_s=5), "macau")
        reader.close()
        thread.join(10)
