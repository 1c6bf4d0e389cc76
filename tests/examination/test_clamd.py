"""The scanner's protocol, against a stand-in that answers as clamd does."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.examination import clamd as protocol
from kiosk.examination.clamd import Clamd, Scanned, Unscanned, read_answer
from tests.examination.making import EICAR
from tests.examination.virtual_clamd import SIGNATURE, VirtualClamd


def scan(address: str, *pieces: bytes, check: Callable[[], None] = lambda: None) -> Scanned:
    stream = Clamd(address).begin()
    try:
        for piece in pieces:
            stream.feed(piece)
        return stream.finish(check)
    finally:
        stream.close()


@pytest.mark.parametrize("over", ["path", "tcp"])
def test_clean_and_found(tmp_path: Path, over: str) -> None:
    with VirtualClamd(tmp_path / "ctl" if over == "path" else None) as clamd:
        assert scan(clamd.address, b"nothing", b"", b"more") == Scanned()
        assert scan(clamd.address, b"x" * 1000, EICAR) == Scanned(SIGNATURE)
        assert scan(clamd.address, EICAR[:30], EICAR[30:]) == Scanned(SIGNATURE)
        assert scan(clamd.address) == Scanned()
        assert clamd.streams == [11, 1068, 68, 0]
        assert Clamd(clamd.address).ping()
        version = Clamd(clamd.address).version()
        assert version is not None
        assert version.startswith("ClamAV")


def test_a_stream_beyond_its_limit(tmp_path: Path) -> None:
    with VirtualClamd(tmp_path / "ctl", max_stream=100_000) as clamd:
        told = scan(clamd.address, *[bytes(60_000)] * 200)
    assert told == Scanned(unscanned=Unscanned.TOO_LARGE)


def test_no_scanner_there(tmp_path: Path) -> None:
    for address in (str(tmp_path / "none"), "tcp://127.0.0.1:1"):
        assert scan(address, b"x") == Scanned(unscanned=Unscanned.UNREACHABLE)
        assert not Clamd(address).ping()
        assert Clamd(address).version() is None


def test_a_scanner_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "ANSWER_S", 0.2)
    with VirtualClamd(tmp_path / "ctl") as clamd:
        clamd.silent = True
        assert scan(clamd.address, b"x") == Scanned(unscanned=Unscanned.FAILED)


def test_waiting_for_the_answer_can_be_left(tmp_path: Path) -> None:
    class Left(Exception):
        pass

    def leave() -> None:
        raise Left

    with VirtualClamd(tmp_path / "ctl") as clamd:
        clamd.silent = True
        began = time.monotonic()
        with pytest.raises(Left):
            scan(clamd.address, b"x", check=leave)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"stream: OK", Scanned()),
        (b"stream: Win.Test.EICAR_HDB-1 FOUND", Scanned("Win.Test.EICAR_HDB-1")),
        (b"stream: \x1b[2J FOUND", Scanned("?[2J")),
        (b"stream:  FOUND", Scanned("?")),
        (
            b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND",
            Scanned(unscanned=Unscanned.TOO_LARGE),
        ),
        (b"INSTREAM size limit exceeded. ERROR", Scanned(unscanned=Unscanned.TOO_LARGE)),
        (b"stream: Can't allocate memory ERROR", Scanned(unscanned=Unscanned.FAILED)),
        (b"", Scanned(unscanned=Unscanned.FAILED)),
        (b"stream: OK and more", Scanned(unscanned=Unscanned.FAILED)),
        (b"\xff\xfe", Scanned(unscanned=Unscanned.FAILED)),
    ],
)
def test_answers(said: bytes, expected: Scanned, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    assert read_answer(said) == expected
    assert bool(caplog.records) == (expected.unscanned is Unscanned.FAILED)


def test_an_answer_that_never_ends(tmp_path: Path) -> None:
    with VirtualClamd(tmp_path / "ctl") as clamd:
        clamd.answer = b"A" * 100_000
        assert scan(clamd.address, b"x") == Scanned(unscanned=Unscanned.FAILED)
