"""Taking files in: examined, copied, given up; with the real encrypted store."""

import io
import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kiosk.examination.examine import Examination
from kiosk.examination.opening import InFolder
from kiosk.examination.policy import Policy
from kiosk.examination.verdict import Finding, Verdict
from kiosk.private.store import PrivateStore
from kiosk.upload.chosen import Loss, Stage
from kiosk.upload.intake import Intake, Step
from kiosk.upload.source import Candidate, SourceTrouble, Trouble
from tests.private.builders import KEY, Machine

POLICY = Policy(margin_mb=0)
LIMIT_S = 20.0
SEALED = random.Random(5).randbytes(2_000_000)


class Stick:
    """A folder as a stick; what is read of it can be changed or fail."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self.trouble: Trouble | None = None

    def put(self, name: str, data: bytes) -> Candidate:
        (self.folder / name).write_bytes(data)

        def reading() -> io.FileIO:
            if self.trouble is not None:
                raise SourceTrouble(self.trouble)
            return (self.folder / name).open("rb", buffering=0)

        raw = name.encode()
        return Candidate((raw,), name, len(data), InFolder(self.number, raw), reading)


class Screen:
    """Hears of tickets, on a thread of its own choosing."""

    def __init__(self) -> None:
        self.told: dict[int, list[Step]] = {}
        self._ended = threading.Condition()

    def hear(self, ticket: int, step: Step) -> None:
        with self._ended:
            self.told.setdefault(ticket, []).append(step)
            self._ended.notify_all()

    def end_of(self, ticket: int) -> Step:
        over = (Stage.READY, Stage.REFUSED, Stage.LOST)

        def ended() -> bool:
            return bool(self.told.get(ticket)) and self.told[ticket][-1].stage in over

        with self._ended:
            assert self._ended.wait_for(ended, LIMIT_S), self.told
        return self.told[ticket][-1]


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Stick]:
    made = Stick(tmp_path / "stick")
    yield made
    os.close(made.number)


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PrivateStore]:
    with PrivateStore(tmp_path / "data", KEY, clocks=Machine(), margin_bytes=0) as opened:
        yield opened


@pytest.fixture
def intake(tmp_path: Path, store: PrivateStore, screen: Screen) -> Iterator[Intake]:
    def opened() -> PrivateStore:
        return PrivateStore(tmp_path / "data", KEY, clocks=Machine(), margin_bytes=0)

    made = Intake(opened, tmp_path, POLICY, screen.hear, lambda act: act())
    yield made
    made.stop()


def settled(intake: Intake) -> None:
    """Wait until the worker has done everything before."""
    intake._worker.submit(lambda: None).result(LIMIT_S)


def test_a_sound_file_is_staged_and_its_way_is_told(stick, screen, intake, store) -> None:
    intake.take(1, stick.put("投标文件.zbwj", SEALED))
    step = screen.end_of(1)
    assert step.stage is Stage.READY and step.examination.name == "投标文件.zbwj"
    assert store.staged() == (step.staged,)
    with store.open_staged(step.staged) as reader:
        assert reader.read() == SEALED
    stages = [each.stage for each in screen.told[1]]
    assert stages[0] is Stage.CHECKING and Stage.COPYING in stages
    assert all(0 <= each.part <= 1 for each in screen.told[1])


def test_the_same_content_twice_is_refused_under_whatever_name(
    stick, screen, intake, store
) -> None:
    intake.take(1, stick.put("a.zbwj", SEALED))
    intake.take(2, stick.put("b.zbwj", SEALED))
    screen.end_of(1)
    second = screen.end_of(2)
    assert second.stage is Stage.REFUSED
    assert Verdict.SAME_CONTENT in second.examination.verdicts
    assert len(store.staged()) == 1
    # Once the first is out of the list, the second is welcome.
    intake.give_up(1)
    intake.take(3, stick.put("b.zbwj", SEALED))
    assert screen.end_of(3).stage is Stage.READY
    settled(intake)
    assert [each.name for each in store.staged()] == ["b.zbwj"]


def test_a_refused_file_is_not_copied(stick, screen, intake, store) -> None:
    intake.take(1, stick.put("资质.pdf.exe", b"MZ" + bytes(100)))
    assert screen.end_of(1).stage is Stage.REFUSED
    assert store.staged() == ()


@pytest.mark.parametrize("trouble", [Trouble.PULLED_OUT, Trouble.SLOW])
def test_a_stick_that_is_gone_before_the_copy(stick, screen, intake, store, trouble) -> None:
    candidate = stick.put("a.zbwj", SEALED)
    stick.trouble = trouble
    intake.take(1, candidate)
    step = screen.end_of(1)
    assert (step.stage, step.loss) == (Stage.LOST, Loss.VANISHED)
    assert store.staged() == ()


@pytest.mark.parametrize("verdict", [Verdict.UNREADABLE, Verdict.CHANGED])
def test_a_stick_that_is_gone_in_the_middle_of_the_examination(
    stick, screen, intake, monkeypatch, verdict
) -> None:
    def pulled(*_: object, **__: object) -> Examination:
        stick.trouble = Trouble.PULLED_OUT
        return Examination("", "a.zbwj", 9, None, None, "", None, (Finding(verdict),))

    monkeypatch.setattr("kiosk.upload.intake.examine", pulled)
    candidate = stick.put("a.zbwj", SEALED)
    intake.take(1, candidate)
    step = screen.end_of(1)
    assert (step.stage, step.loss) == (Stage.LOST, Loss.VANISHED)


def test_the_store_is_closed_when_the_visitor_is_gone(stick, screen, intake, store) -> None:
    intake.take(1, stick.put("a.zbwj", SEALED))
    screen.end_of(1)
    intake.forget()
    settled(intake)
    assert store.staged() == () and intake._store is None


def test_a_stick_that_gives_other_bytes_the_second_time(
    stick, screen, intake, store, monkeypatch
) -> None:
    candidate = stick.put("a.zbwj", SEALED)
    other = Candidate(
        candidate.place, candidate.name_shown, candidate.size, candidate.opening,
        lambda: io.BytesIO(SEALED[::-1]),
    )  # fmt: skip
    intake.take(1, other)
    step = screen.end_of(1)
    assert (step.stage, step.loss) == (Stage.LOST, Loss.CHANGED)
    settled(intake)
    assert store.staged() == ()


def test_no_room(stick, screen, store, tmp_path) -> None:
    def opened() -> PrivateStore:
        return PrivateStore(tmp_path / "data", KEY, clocks=Machine(), margin_bytes=10**18)

    intake = Intake(opened, tmp_path, POLICY, screen.hear, lambda act: act())
    intake.take(1, stick.put("a.zbwj", SEALED))
    step = screen.end_of(1)
    assert (step.stage, step.loss) == (Stage.LOST, Loss.NO_ROOM)
    intake.stop()
    assert store.staged() == ()


def test_what_is_given_up_or_forgotten_is_neither_told_nor_kept(
    stick, screen, intake, store
) -> None:
    held = threading.Event()
    intake._worker.submit(held.wait)
    for ticket in (1, 2, 3):
        intake.take(ticket, stick.put(f"{ticket}.zbwj", SEALED[ticket:]))
    intake.give_up(2)
    held.set()
    screen.end_of(1)
    screen.end_of(3)
    settled(intake)
    assert 2 not in screen.told
    assert [each.name for each in store.staged()] == ["1.zbwj", "3.zbwj"]
    intake.forget()
    settled(intake)
    assert store.staged() == ()
    # A new visitor's file of the same content is no duplicate.
    intake.take(4, stick.put("4.zbwj", SEALED[1:]))
    assert screen.end_of(4).stage is Stage.READY


def test_what_comes_late_to_the_screen_is_not_told(stick, screen, store, tmp_path) -> None:
    def opened() -> PrivateStore:
        return PrivateStore(tmp_path / "data", KEY, clocks=Machine(), margin_bytes=0)

    on_its_way: list[Callable[[], None]] = []
    intake = Intake(opened, tmp_path, POLICY, screen.hear, on_its_way.append)
    intake.take(1, stick.put("a.zbwj", SEALED))
    settled(intake)
    intake.forget()
    settled(intake)
    assert on_its_way
    for tell in on_its_way:
        tell()
    intake.stop()
    assert screen.told == {} and store.staged() == ()


def test_what_was_handed_in_is_not_dropped_by_forgetting(stick, screen, intake, store) -> None:
    intake.take(1, stick.put("a.zbwj", SEALED))
    screen.end_of(1)
    intake.handed_in()
    intake.forget()
    settled(intake)
    assert len(store.staged()) == 1


def test_stopping_ends_a_copy_in_the_middle(stick, screen, intake, store) -> None:
    reading = threading.Event()

    class Endless(io.RawIOBase):
        def readinto(self, buffer: memoryview) -> int:
            reading.set()
            buffer[:] = bytes(len(buffer))
            return len(buffer)

    candidate = stick.put("a.zbwj", SEALED)
    endless = Candidate(
        candidate.place, candidate.name_shown, 200_000_000, candidate.opening, Endless
    )
    intake._examine = _pretend(intake._examine, 200_000_000)  # type: ignore[method-assign]
    intake.take(1, endless)
    assert reading.wait(LIMIT_S)
    intake.stop()
    assert store.staged() == ()
    with suppress(FileNotFoundError):
        assert list((stick.folder.parent / "data" / "staged").iterdir()) == []


def _pretend(examine: Callable, size: int) -> Callable:
    from dataclasses import replace

    return lambda ticket, source: replace(examine(ticket, source), size=size)


def test_what_a_form_has_already_is_not_taken_twice(
    intake: Intake, stick: Stick, screen: Screen, store: PrivateStore
) -> None:
    intake.take(1, stick.put("a.zbwj", SEALED))
    staged = screen.end_of(1).staged
    assert staged is not None
    intake.handed_in()
    intake.begin([staged])
    intake.take(2, stick.put("b.zbwj", SEALED))
    told = screen.end_of(2)
    assert told.stage is Stage.REFUSED and told.examination is not None
    assert Verdict.SAME_CONTENT in told.examination.verdicts
    intake.forget()
    settled(intake)
    assert store.staged() == (staged,), "it is the form's"
    intake.begin(())
    intake.take(3, stick.put("b.zbwj", SEALED))
    assert screen.end_of(3).stage is Stage.READY
