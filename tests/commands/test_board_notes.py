"""What a technician does is noted with how far it is known to be done."""

from contextlib import nullcontext, suppress
from pathlib import Path

import pytest

from devices.errors import NoReply, Refused
from display.evidence import Kind
from kiosk.commands.board_connection import Target
from kiosk.commands.board_notes import noted
from kiosk.settings import BoardSettings
from kiosk.store.errors import Busy
from kiosk.store.terminal import TerminalStore

LOBBY = BoardSettings(name="lobby", zone="lobby", card="bx-k", port="loop://", width=192, height=32)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(
        card="bx-k",
        port="loop://",
        baud=57600,
        address=1,
        size=(192, 32),
        settings=LOBBY,
        database=tmp_path / "terminal.db",
    )


@pytest.mark.parametrize(
    ("problem", "states"),
    [
        (None, ["sent", "acknowledged"]),
        (NoReply("no reply"), ["sent"]),
        (KeyboardInterrupt(), ["sent"]),
        (Refused(4, "memory"), ["sent", "refused"]),
        (ValueError("too long"), ["sent", "refused"]),
    ],
)
def test_how_far_it_came(
    target: Target, tmp_path: Path, problem: BaseException | None, states: list[str]
) -> None:
    ending = suppress(type(problem)) if problem is not None else nullcontext()
    with ending, noted(target, "show", text="设备检修"):
        with TerminalStore(tmp_path / "terminal.db") as store:
            before = store.last_entry("lobby", Kind.TECHNICIAN)
        assert before is not None
        assert before.facts["state"] == "sent", "noted before it is done"
        if problem is not None:
            raise problem
    with TerminalStore(tmp_path / "terminal.db") as store:
        entries = store.entries("lobby", kind=Kind.TECHNICIAN)
    assert [entry.facts["state"] for entry in entries] == states
    assert {entry.facts["text"] for entry in entries} == {"设备检修"}


def test_a_database_that_cannot_be_written_keeps_nobody_from_acting(
    target: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def busy(*_: object) -> None:
        raise Busy("the database is busy")

    monkeypatch.setattr(TerminalStore, "record", busy)
    done = []
    with noted(target, "clear"):
        done.append("clear")
    assert done
    assert capsys.readouterr().err.count("clear, ") == 2
