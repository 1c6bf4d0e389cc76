"""What a technician reads when a line or a card fails; failures that no virtual board makes."""

import pytest

from devices.errors import DeviceError, Garbled, NoReply, Occupied, Refused, TryAgain, Unplugged
from kiosk import cli
from kiosk.commands import board_connection

WORDS = ["board", "status", "--port", "/dev/x", "--card", "bx-k"]


class FailingBoard:
    """Opens, then fails at whatever it is asked."""

    def __init__(self, failure: DeviceError) -> None:
        self.failure = failure
        self.closed = False

    def status(self) -> None:
        raise self.failure

    identify = status

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (NoReply("x"), ["no answer at 57600 baud", "wiring", "address"]),
        (Refused(10, "wrong type"), ["refused with code 10: wrong type"]),
        (TryAgain(6, "busy"), ["for now", "code 6: busy", "try again"]),
        (Garbled("no layout"), ["makes no sense (no layout)", "bx-k"]),
        (Unplugged("/dev/x: gone"), ["/dev/x: gone", "line was lost"]),
        (DeviceError("something new"), ["/dev/x: something new"]),
    ],
)
def test_failures_in_plain_words(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: DeviceError,
    told: list[str],
) -> None:
    board = FailingBoard(failure)
    monkeypatch.setattr(board_connection, "open_board", lambda *_, **__: board)
    assert cli.main(WORDS) == 1
    error = capsys.readouterr().err
    for part in told:
        assert part in error
    assert board.closed


def failing_open(failure: Exception, cause: OSError | None) -> object:
    def open_board(*_: object, **__: object) -> None:
        raise failure from cause

    return open_board


@pytest.mark.parametrize(
    ("failure", "cause", "told"),
    [
        (Unplugged("x"), PermissionError(13, "denied"), "no right to open it"),
        (Unplugged("x"), FileNotFoundError(2, "none"), "is the adapter plugged in?"),
        (Unplugged("x"), None, "is it a serial port?"),
        (Occupied("/dev/x: is in use by process 4711"), None, "process 4711"),
    ],
)
def test_ports_that_do_not_open(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: DeviceError,
    cause: OSError | None,
    told: str,
) -> None:
    monkeypatch.setattr(board_connection, "open_board", failing_open(failure, cause))
    assert cli.main(WORDS) == 1
    assert told in capsys.readouterr().err


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bauds at which a silent board is opened."""
    bauds: list[int] = []

    def open_board(*_: object, baud: int, **__: object) -> FailingBoard:
        bauds.append(baud)
        return FailingBoard(NoReply("x"))

    monkeypatch.setattr(board_connection, "open_board", open_board)
    return bauds


@pytest.mark.parametrize(
    ("port", "baud", "expected"),
    [
        ("/dev/x", "19200", [19200, 9600, 57600]),
        ("/dev/x", "57600", [57600, 9600]),
        ("/dev/x", "9600", [9600, 57600]),
        ("rfc2217://h:1", "9600", [9600, 57600]),
        ("socket://h:1", "19200", [19200]),
    ],
)
def test_order_of_the_search(
    asked: list[int],
    capsys: pytest.CaptureFixture[str],
    port: str,
    baud: str,
    expected: list[int],
) -> None:
    words = ["board", "identify", "--port", port, "--card", "bx-k", "--baud", baud]
    assert cli.main(words) == 1
    assert asked == expected
    error = capsys.readouterr().err
    assert f"no answer at {' or '.join(map(str, expected))} baud from address 1" in error
    assert "board identify" not in error
