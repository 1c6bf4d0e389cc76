"""A visit: who it is, when it ends by itself, and what must be forgotten."""

import pytest

from kiosk.private.identity import Identity
from kiosk.session import AlreadyIdentified, Busy, Forgetting, Limits, Session, Visitor
from kiosk.sync.submission import Role, Way

SOMEBODY = Visitor(Identity("张明远", "210402199001011234"), Role.BIDDER, Way.CARD)
OTHER = Visitor(Identity("李四", "210402199001015678"), Role.BIDDER, Way.CARD)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def session(clock: Clock) -> Session:
    return Session(Limits(), clock)


def test_whoever_is_identified_has_three_minutes_and_a_countdown(
    session: Session, clock: Clock
) -> None:
    clock.now = 89.0
    assert session.seconds_left() is None
    session.identify(SOMEBODY)
    clock.now += 2.0
    assert session.seconds_quiet() == 178
    clock.now += 177.9
    assert session.seconds_left() is None
    clock.now += 0.1
    assert session.seconds_left() == 30
    session.broken()
    assert session.seconds_left() is None and session.seconds_quiet() == 180
    clock.now += 210.0
    assert session.seconds_left() == 0
    session.end()
    assert session.visitor is None
    clock.now += 90.0
    assert session.seconds_left() == 30


def test_nothing_is_cut_off_while_it_is_held_open(session: Session, clock: Clock) -> None:
    session.identify(SOMEBODY)
    first, second = session.keep_open(Busy.UPLOADING), session.keep_open(Busy.PRINTING)
    clock.now += 1000.0
    assert session.seconds_left() is None and session.busy == (Busy.UPLOADING, Busy.PRINTING)
    first.release()
    first.release()
    clock.now += 1000.0
    assert session.seconds_left() is None
    second.release()
    assert session.seconds_quiet() == 180
    clock.now += 180.0
    assert session.seconds_left() == 30


def test_a_hold_of_a_visit_that_is_over_holds_nothing(session: Session, clock: Clock) -> None:
    hold = session.keep_open(Busy.EXAMINING)
    session.end()
    clock.now += 90.0
    assert session.seconds_left() == 30
    hold.release()
    assert session.seconds_left() == 30


def test_the_last_page_ends_without_a_question(session: Session, clock: Clock) -> None:
    session.identify(SOMEBODY)
    session.close_soon(30)
    clock.now += 29.5
    assert session.seconds_quiet() == 1 and session.seconds_left() is None
    clock.now += 0.5
    assert session.seconds_left() == 0
    session.take_time()
    clock.now += 179.0
    assert session.seconds_left() is None


def test_a_page_that_asks_counts_down_first(session: Session, clock: Clock) -> None:
    session.close_soon(30, ask=True)
    clock.now += 31.0
    assert session.seconds_left() == 29


def test_one_person_a_visit(session: Session) -> None:
    session.identify(SOMEBODY)
    number = session.number
    session.identify(SOMEBODY)
    with pytest.raises(AlreadyIdentified):
        session.identify(OTHER)
    session.end()
    assert not session.is_now(number)
    session.identify(OTHER)
    assert session.visitor == OTHER


def test_a_visitor_prints_masked() -> None:
    assert str(SOMEBODY) == "Visitor(张**, bidder, card)"
    assert SOMEBODY.submitter.number == "210402199001011234"


def test_everything_forgets_though_something_fails() -> None:
    done: list[str] = []

    def fail() -> None:
        raise OSError("gone")

    forgetting = Forgetting()
    forgetting.add("one", lambda: done.append("one"))
    forgetting.add("two", fail)
    forgetting.add("three", lambda: done.append("three"))
    with pytest.raises(ValueError, match="two is forgotten already"):
        forgetting.add("two", fail)
    with pytest.raises(ExceptionGroup):
        forgetting.all()
    assert done == ["one", "three"]
