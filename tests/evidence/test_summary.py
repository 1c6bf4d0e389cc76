from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from display.evidence import Entry, Kind, Proof, page_facts
from kiosk.evidence.summary import Summary
from tests.display.builders import MORNING
from tests.display.chain import follow

SECOND = timedelta(seconds=1)


class Chain:
    """Makes entries one after the other and sums them up."""

    def __init__(self) -> None:
        self.summary = Summary()
        self._last: Entry | None = None

    def note(
        self,
        after_s: float,
        kind: Kind,
        take: Callable[[Entry], None] | None = None,
        **facts: object,
    ) -> None:
        self._last = follow(self._last, "lobby", MORNING + after_s * SECOND, kind, facts)
        (take or self.summary.add)(self._last)

    def page(
        self, after_s: float, state: str, *, page: int = 0, due_s: float | None = None
    ) -> None:
        due = MORNING + (after_s if due_s is None else due_s) * SECOND
        self.note(after_s, Kind.ON_AIR, **page_facts("e1", page, f"n{page}", due, state))


def test_a_showing_counts_once_by_the_most_that_is_proven() -> None:
    chain = Chain()
    chain.page(0, "sent")
    chain.page(1, "acknowledged", due_s=0)
    chain.page(10, "sent", page=1)
    chain.page(20, "sent")
    chain.page(30, "sent", page=1)
    chain.page(31, "refused", page=1, due_s=30)
    chain.page(40, "sent")
    chain.page(41, "acknowledged", due_s=40)
    chain.page(42, "read back", due_s=40)
    chain.page(43, "sent", due_s=40)
    first, second = chain.summary.pages[("e1", 0)], chain.summary.pages[("e1", 1)]
    assert +first.proofs == Counter({Proof.SENT: 1, Proof.ACKNOWLEDGED: 1, Proof.READ_BACK: 1})
    assert +second.proofs == Counter({Proof.SENT: 1, Proof.REFUSED: 1})
    assert (first.times, second.times) == (3, 2)
    assert (first.notice, first.first) == ("n0", MORNING)
    assert second.last == MORNING + 31 * SECOND


def test_neutral_lasts_until_a_page_is_proven() -> None:
    chain = Chain()
    chain.note(0, Kind.ON_AIR, showing="neutral", state="sent", reason="no edition")
    chain.note(1, Kind.ON_AIR, showing="neutral", state="acknowledged")
    chain.page(5, "sent")
    chain.page(6, "refused", due_s=5)
    chain.page(8, "acknowledged")
    chain.note(20, Kind.ON_AIR, showing="dark", state="acknowledged")
    chain.note(30, Kind.ON_AIR, showing="neutral", state="acknowledged")
    spans = chain.summary.blanks
    assert [(span.what, span.state) for span in spans] == [
        ("neutral", "acknowledged"),
        ("dark", "acknowledged"),
        ("neutral", "acknowledged"),
    ]
    assert [span.length for span in spans] == [8 * SECOND, 10 * SECOND, None]
    assert spans[0].reason == "no edition"


def test_a_loss_lasts_until_the_card_answers() -> None:
    chain = Chain()
    chain.note(0, Kind.LINK, state="connected")
    chain.note(10, Kind.LINK, state="lost", reason="NoReply")
    chain.note(12, Kind.LINK, state="lost", reason="Unplugged")
    chain.note(15, Kind.LINK, state="connected")
    chain.note(50, Kind.LINK, state="lost")
    assert [(span.reason, span.length) for span in chain.summary.losses] == [
        ("NoReply", 5 * SECOND),
        ("", None),
    ]


def test_a_withdrawal_tells_how_long_it_took() -> None:
    chain = Chain()
    learned = "2026-11-23T00:30:00.000000Z"
    chain.note(2.5, Kind.WITHDRAWAL, notice="n1", learned_at=learned, state="acknowledged")
    (removal,) = chain.summary.removals
    assert (removal.notice, removal.seconds, removal.state) == ("n1", 2.5, "acknowledged")


def test_nothing_is_lost_that_is_not_understood() -> None:
    chain = Chain()
    chain.note(0, Kind.WITHDRAWAL, notice="n1")
    chain.note(0, Kind.WITHDRAWAL, notice="n1", learned_at="yesterday", state="sent")
    chain.note(0, Kind.ON_AIR, showing="page", state="sent")
    chain.note(0, Kind.ON_AIR, **{**page_facts("e", 0, "n", MORNING, "sent"), "state": "dreamt"})
    chain.note(0, Kind.CLOCK, state="set")
    assert len(chain.summary.others) == chain.summary.count == 5


def test_the_line_ends_what_is_known_of_the_board() -> None:
    """A program that died and came back opens the line anew; how long it was neutral is unknown."""
    chain = Chain()
    chain.note(0, Kind.LINK, state="connected")
    chain.note(1, Kind.ON_AIR, showing="neutral", state="acknowledged")
    chain.note(21_600, Kind.LINK, state="connected")
    chain.page(21_602, "acknowledged")
    chain.note(21_610, Kind.ON_AIR, showing="dark", state="acknowledged")
    chain.note(21_620, Kind.LINK, state="lost")
    chain.note(21_630, Kind.LINK, state="connected")
    first, second = chain.summary.blanks
    assert (first.until, first.restarted) == (MORNING + 21_600 * SECOND, True)
    assert (second.length, second.restarted) == (10 * SECOND, False)


def test_what_was_before_goes_on_into_the_period() -> None:
    chain = Chain()
    before, summary = chain.summary.before, chain.summary
    chain.note(-50, Kind.LINK, before, state="lost")
    chain.note(-40, Kind.ON_AIR, before, showing="neutral", state="acknowledged")
    chain.note(-30, Kind.LINK, before, state="connected")
    assert summary.blanks == summary.losses == [], "over before the period"
    chain.note(-20, Kind.ON_AIR, before, showing="dark", state="sent")
    chain.note(-19, Kind.ON_AIR, before, showing="dark", state="acknowledged")
    chain.note(-10, Kind.LINK, before, state="lost")
    chain.note(-5, Kind.ON_AIR, before, showing="neutral", state="sent")
    chain.page(1, "acknowledged")
    chain.note(5, Kind.LINK, state="connected")
    (blank,), (loss,) = summary.blanks, summary.losses
    assert (blank.what, blank.length, blank.outside) == ("neutral", 6 * SECOND, True)
    assert (loss.length, loss.outside) == (15 * SECOND, True)
    assert summary.count == 2
    assert summary.told_before is not None
    assert summary.told_before.at == MORNING - 5 * SECOND


def test_entries_of_another_time_among_the_others_keep_the_state() -> None:
    chain = Chain()
    between, summary = chain.summary.between, chain.summary
    chain.note(0, Kind.LINK, state="lost")
    chain.note(-9000, Kind.LINK, between, state="connected")
    chain.note(-8999, Kind.LINK, between, state="lost")
    chain.note(9, Kind.LINK, state="connected")
    assert summary.elsewhen == 2
    assert [(span.outside, span.length) for span in summary.losses] == [
        (False, None),
        (True, 9008 * SECOND),
    ]


def test_what_was_noted_without_proof_of_the_time_is_marked() -> None:
    chain = Chain()
    learned = "2026-11-23T00:30:00.000000Z"
    gone = {"notice": "n1", "learned_at": learned, "state": "acknowledged"}
    chain.note(2, Kind.WITHDRAWAL, None, **gone, unproven=True)
    chain.note(-2, Kind.WITHDRAWAL, None, **gone)
    chain.note(3, Kind.ON_AIR, showing="dark", state="acknowledged", unproven=True)
    chain.note(4, Kind.ALARM, what="entries lost", count=3)
    chain.note(5, Kind.ALARM, what="entries lost", count=4)
    summary = chain.summary
    assert summary.unproven == 2
    assert [removal.seconds for removal in summary.removals] == [None, None]
    assert summary.blanks[0].unproven
    assert summary.lost == 7
