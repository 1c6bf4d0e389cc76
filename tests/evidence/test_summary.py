from collections import Counter
from datetime import timedelta

from display.evidence import Entry, Kind, Proof, follow, page_facts
from kiosk.evidence.summary import Summary
from tests.display.builders import MORNING

SECOND = timedelta(seconds=1)


class Chain:
    """Makes entries one after the other and sums them up."""

    def __init__(self) -> None:
        self.summary = Summary()
        self._last: Entry | None = None

    def note(self, after_s: float, kind: Kind, **facts: object) -> None:
        self._last = follow(self._last, "lobby", MORNING + after_s * SECOND, kind, facts)
        self.summary.add(self._last)

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
