"""`mingtang board calibrate` at a virtual board, with a technician who watches its pixels."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from devices.errors import NoReply
from devices.exchange import Patience
from devices.led.board import Message, Picture
from devices.led.bx_k import BxK
from devices.led.virtual.server import serve
from devices.line import Line
from display.calibration import LAST, Procedure, Rules
from display.evidence import Kind
from kiosk import cli
from kiosk.commands import board_calibrate, board_connection
from kiosk.commands.board_calibrate import measure
from kiosk.settings import load
from kiosk.store.connection import open_database
from kiosk.store.errors import Busy
from kiosk.store.terminal import TerminalStore

ROOT = Path(__file__).parents[2]
SETTINGS = (ROOT / "assets" / "settings" / "example.toml").read_text(encoding="utf-8")
WIDTH, HEIGHT, CELL = 192, 32, 16
TRUE = (210.0, 120.0, 60.0, 29.0, *(20.0 - step / 2 for step in range(21)))
"""Unlike those assumed; from code 3 on too slow to be used."""
QUICK = Rules(pass_s=1.0, shortest_s=0.5, unexpected=0.3)


@dataclass
class Site:
    """A virtual board with its settings, and the pixels that a technician sees."""

    settings: Path
    port: Path
    pixels: Callable[[], bytes] = lambda: b""
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, *words: str) -> int:
        return cli.main(["board", "calibrate", "--config", str(self.settings), *words])

    def store(self) -> TerminalStore:
        data = load(self.settings).terminal
        assert data is not None
        return TerminalStore(data.data / "terminal.db")

    def edit(self, old: str, new: str) -> None:
        text = self.settings.read_text(encoding="utf-8")
        assert text.count(old) == 1
        self.settings.write_text(text.replace(old, new), encoding="utf-8")

    def lit(self, left: int, right: int) -> bool:
        """Anything in these columns."""
        pixels = self.pixels()
        return any(any(pixels[y * WIDTH + left : y * WIDTH + right]) for y in range(HEIGHT))

    def last_order(self) -> dict[str, object]:
        """What the card was told last."""
        lines = self.port.with_name("board.log").read_text(encoding="utf-8").splitlines()
        return [frame for frame in map(json.loads, lines) if frame["direction"] == "in"][-1]

    def watch(self) -> str:
        """Come back when the last character has left, as a technician presses Enter."""
        until = time.monotonic() + 10
        alone = False
        while time.monotonic() < until and not self.stop.is_set():
            here, behind = self.lit(0, CELL), self.lit(CELL, WIDTH // 4)
            if alone and not here and not behind:
                return ""
            alone = here and not behind
            time.sleep(0.002)
        raise AssertionError("nothing came to the left edge")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    port = tmp_path / "board"
    settings = tmp_path / "mingtang.toml"
    text = SETTINGS.replace("/dev/ttyUSB0", str(port)).replace(
        '/var/lib/mingtang"', f'{tmp_path}/data"'
    )
    settings.write_text(text, encoding="utf-8")
    site = Site(settings, port)
    ready = threading.Event()
    thread = threading.Thread(
        target=serve,
        kwargs={
            "width": WIDTH,
            "height": HEIGHT,
            "link": port,
            "log": tmp_path / "board.log",
            "speeds": TRUE,
            "stop": site.stop,
            "on_ready": lambda path: ready.set(),
            "on_card": lambda pixels: setattr(site, "pixels", pixels),
        },
        daemon=True,
    )
    thread.start()
    assert ready.wait(10)
    yield site
    site.stop.set()
    thread.join(10)


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], str]) -> None:
    monkeypatch.setattr(board_calibrate, "input", answer, raising=False)


def test_a_board_is_measured_with_open_eyes(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(board_calibrate, "Procedure", partial(Procedure, rules=QUICK))
    answering(monkeypatch, site.watch)
    before = datetime.now(UTC)
    assert site.run("--board", "lobby") == 0
    told = capsys.readouterr().out
    with site.store() as store:
        kept = store.calibration("lobby")
    assert kept is not None
    assert kept.speeds == pytest.approx(TRUE[:4], rel=0.03)
    assert before <= kept.measured_at <= datetime.now(UTC)
    assert site.last_order()["areas"] == [], "the board is left dark"
    assert re.search(r"^ +0 +2[01]\d\.\d +1[23]\.\d\d +256\.0 +-1[789] %$", told, re.MULTILINE)
    assert "people can read code 2" in told
    assert "takes it with the next edition" in told
    with site.store() as store:
        done = [entry.facts["action"] for entry in store.entries("lobby", kind=Kind.TECHNICIAN)]
    assert done == [*["show texts to calibrate"] * 2, "calibrate"]


def test_ctrl_c_keeps_nothing_and_clears_the_board(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []

    def interrupted() -> str:
        until = time.monotonic() + 5
        while not site.lit(0, WIDTH) and time.monotonic() < until:
            time.sleep(0.01)
        seen.append(site.lit(0, WIDTH))
        raise (KeyboardInterrupt, EOFError)[len(seen) - 1]

    answering(monkeypatch, interrupted)
    for _ in range(2):
        assert site.run() == 1
        assert "nothing was kept, the board is cleared" in capsys.readouterr().err
        assert not any(site.pixels())
    assert seen == [True, True]
    with site.store() as store:
        assert store.calibration("lobby") is None


def test_what_was_measured_is_shown_and_forgotten(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("--show",), ("--forget",)):
        assert site.run(*words) == 1
        assert "has not been calibrated" in capsys.readouterr().err
    with site.store() as store:
        at = datetime.now(UTC) - timedelta(days=3, hours=1)
        store.keep_calibration("lobby", at, (200.0, 50.0))
    assert site.run("--show") == 0
    told = capsys.readouterr().out
    assert "3 days ago" in told and "people can read code 1" in told
    assert "settings" not in told
    site.edit("# speeds = [256.0, 224.0]", "speeds = [64.0]")
    assert site.run("--show") == 0
    assert "the settings have speeds" in capsys.readouterr().out
    assert site.run("--forget") == 0
    with site.store() as store:
        assert store.calibration("lobby") is None


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (timedelta(seconds=30), "0 min ago"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(days=400), "400 days ago"),
        (timedelta(minutes=-5), "later than this PC's clock"),
    ],
)
def test_age_in_words(
    site: Site, capsys: pytest.CaptureFixture[str], age: timedelta, told: str
) -> None:
    with site.store() as store:
        store.keep_calibration("lobby", datetime.now(UTC) - age, (64.0,))
    assert site.run("--show") == 0
    assert told in capsys.readouterr().out


def test_a_dark_board_is_not_measured(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--config", str(site.settings))
    assert cli.main(["board", "power", "off", *where]) == 0
    assert site.run() == 1
    assert "`mingtang board power on`" in capsys.readouterr().err


def test_another_size_and_another_card_are_told(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.edit("width = 192 ", "width = 256 ")
    assert site.run() == 1
    assert "set width = 192" in capsys.readouterr().err
    site.edit('card = "bx-k"', 'card = "frame"')
    assert site.run() == 1
    assert "nothing moves on a frame board" in capsys.readouterr().err


def test_work_is_not_lost_with_the_database(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(board_calibrate, "_measured", lambda *_: (200.0, 64.5))

    def busy(*_: object) -> None:
        raise Busy("the database is busy")

    monkeypatch.setattr(TerminalStore, "keep_calibration", busy)
    assert site.run() == 1
    assert "speeds = [200.00, 64.50]" in capsys.readouterr().err


def test_show_uses_the_calibration(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    show = ["board", "show", "字" * 20, "--config", str(site.settings)]
    assert cli.main(show) == 0
    assert "scrolling at 4.0" in capsys.readouterr().out
    with site.store() as store:
        store.keep_calibration("lobby", datetime.now(UTC), TRUE[:4])
    assert cli.main(show) == 0
    told = capsys.readouterr().out
    assert "scrolling at 3.8" in told, "60 px/s, which the board truly has"
    with site.store() as store:
        store.keep_calibration("lobby", datetime.now(UTC), (500.0,))
    assert cli.main(show) == 2
    assert "calibrate --board lobby` again" in capsys.readouterr().err
    database = board_connection.target_in(
        load(site.settings), load(site.settings).boards[0]
    ).database
    assert database is not None
    open_database(database, create=True).conn.execute("DROP TABLE calibrations")
    database.write_bytes(b"not a database" * 100)
    for more in database.parent.glob("terminal.db-*"):
        more.unlink()
    assert cli.main(show) == 0
    told = capsys.readouterr()
    assert "without the calibration" in told.err and "scrolling at 4.0" in told.out


class Stage:
    """A board on which time passes as the script says; the technician reads from it."""

    def __init__(self, *script: tuple[float, str]) -> None:
        self.now = 100.0
        self.shown: list[Message] = []
        self.told: list[str] = []
        self._script = iter(script)

    def show(self, message: Message) -> None:
        self.now += 0.5
        self.shown.append(message)

    def ask(self) -> str:
        seconds, answer = next(self._script)
        self.now += seconds
        return answer

    def run(self, procedure: Procedure) -> Procedure:
        return measure(
            self,  # type: ignore[arg-type]
            procedure,
            height=HEIGHT,
            ask=self.ask,
            tell=self.told.append,
            clock=lambda: self.now,
        )

    def codes(self, procedure: Procedure) -> list[int]:
        return [
            procedure.assumed.index(message.areas[0].pixels_per_second) for message in self.shown
        ]


PROCEDURE = Procedure((200.0, 100.0, 50.0, 25.0), board_width=WIDTH, cell=CELL, longest_text=480)


def test_the_technician_repeats_goes_back_and_stops() -> None:
    stage = Stage(
        (3, "r"), (10, ""), (9, " B \n"), (10, ""), (10, ""), (1, "x"), (10, ""), (4, "s")
    )
    done = stage.run(PROCEDURE)
    assert stage.codes(PROCEDURE) == [0, 0, 1, 0, 1, 2, 2, 3]
    assert done.measured == pytest.approx((200.0, 100.0, 50.0), rel=0.05)
    assert any("Enter, r, b or s" in line for line in stage.told)


def test_time_runs_from_the_acknowledgement() -> None:
    stage = Stage((10.0, ""), (10.0, ""), (10.0, ""), (10.0, ""))
    done = stage.run(PROCEDURE)
    distances = [
        len(message.areas[0].text) * CELL + message.areas[0].width for message in stage.shown
    ]
    assert done.measured == tuple(distance / 10.0 for distance in distances)


def test_stopping_needs_something_that_people_can_read() -> None:
    stage = Stage((10, ""), (5, "s"), (10, ""), (10, ""), (2, "s"))
    done = stage.run(PROCEDURE)
    assert stage.codes(PROCEDURE) == [0, 1, 1, 2, 3]
    assert len(done.measured) == 3
    assert sum("none of the speeds so far" in line for line in stage.told) == 1


def test_doubts_are_told_with_the_reason() -> None:
    stage = Stage((0.1, ""), (10, ""), (4, ""), (10, ""), (10, ""), (10, ""))
    stage.run(PROCEDURE)
    told = "\n".join(stage.told)
    assert stage.codes(PROCEDURE) == [0, 0, 1, 1, 2, 3]
    assert told.index("far from what was expected") < told.index("not slower than the code before")


def test_a_text_that_was_taken_away_is_no_measurement() -> None:
    stage = Stage((60.5, ""), (10, ""), (10, ""), (10, ""), (10, ""))
    done = stage.run(PROCEDURE)
    assert stage.shown[0].lifetime_s <= 60
    assert stage.codes(PROCEDURE) == [0, 0, 1, 2, 3]
    assert done.finished
    assert "taken away after 60 s" in "\n".join(stage.told)


@pytest.mark.parametrize("receive_buffer", [512, 1024])
def test_the_longest_text_fits_the_cards_memory(receive_buffer: int) -> None:
    longest = (receive_buffer - board_calibrate.OVERHEAD) // 2
    procedure = Procedure((4000.0, 64.0), board_width=WIDTH, cell=CELL, longest_text=longest)
    trial = procedure.trial()
    assert trial.longest and trial.text[-1] == LAST
    message = board_calibrate._message(trial, procedure, HEIGHT)
    with Line("loop://", baud=57600) as line:
        driver = BxK(
            line,
            width=WIDTH,
            height=HEIGHT,
            speeds=procedure.assumed,
            receive_buffer=receive_buffer,
            patience=Patience(attempts=1, grace_s=0.01, pause_s=0),
        )
        with pytest.raises(NoReply):
            driver.show(message)


def test_pictures_are_shown_standing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from devices.led.virtual.panel import VirtualPanel
    from tests.devices.conftest import Station

    station = Station(VirtualPanel(128, 32))  # type: ignore[arg-type]
    where = ["--port", station.path, "--card", "frame"]
    try:
        assert cli.main(["board", "show", "设备检修龘", *where]) == 0
        assert capsys.readouterr().out == "on the board for 60 s, standing\n"
        one = Picture(128, 32, station.card.pixels(time.monotonic()))
        assert any(one.pixels[64 * 8 + 64 :]) and not any(one.pixels[: 128 * 8])
        assert cli.main(["board", "show", "字" * 16, "--seconds", "5", *where]) == 0
        two = station.card.pixels(time.monotonic())
        assert two[: 128 * 16] == two[128 * 16 :] and any(two)
        assert cli.main(["board", "show", "字" * 17, *where]) == 1
        assert "room for 16 characters" in capsys.readouterr().err
        assert cli.main(["board", "show", "\ue000", *where]) == 1
        assert "no font of this system has '\\ue000' (U+E000)" in capsys.readouterr().err
        assert cli.main(["board", "clear", *where]) == 0
        assert not any(station.card.pixels(time.monotonic()))
    finally:
        station.unplug()
