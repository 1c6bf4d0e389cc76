"""The one rule of both ends: what invites, until when, what is secret."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.notice import Category, Notice, NoticeKind
from kiosk.sync.project import INVITING, invitation_of, invitations, secret_until

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)


def day(number: float) -> datetime:
    return NOW + timedelta(days=number)


def notice(
    id: str, kind: str, published: float, closes: float | None = None, opens: float | None = None
) -> Notice:
    return Notice(
        id=id,
        kind=NoticeKind(kind),
        category=Category.CONSTRUCTION,
        title=id,
        published_at=day(published),
        tender_no="A-1",
        closes_at=None if closes is None else day(closes),
        opens_at=None if opens is None else day(opens),
    )


TENDER = notice("t", "tender", -9, 3, 4)


@pytest.mark.parametrize(
    ("others", "closes", "opens"),
    [
        ([], 3, 4),
        ([notice("a", "amendment", -2, 30)], 30, 4),
        ([notice("a", "amendment", -2, None, 30)], 3, 30),
        ([notice("a", "amendment", -2)], 3, 4),
        ([notice("a", "amendment", -2, 30), notice("b", "amendment", -1, 5)], 5, 4),
        ([notice("b", "amendment", -1, 5), notice("a", "amendment", -2, 30)], 5, 4),
        # One from before the invitation was published does not concern it.
        ([notice("a", "amendment", -20, 50)], 3, 4),
        # Of an older invitation.
        ([notice("p", "prequalification", -30, -20), notice("a", "amendment", -25, 50)], 3, 4),
        # Other kinds move nothing.
        ([notice("c", "candidates", -1, 99, 99)], 3, 4),
    ],
)
def test_amendments_move_the_newest_invitation_before_them(others, closes, opens):
    found = invitation_of(TENDER, invitations([*others, TENDER]))
    assert found is not None
    assert (found.notice_id, found.closes_at, found.opens_at) == ("t", day(closes), day(opens))


def test_an_amendment_reopens_no_older_invitation():
    listed = invitations(
        [notice("p", "prequalification", -30, -20), TENDER, notice("a", "amendment", -2, 30)]
    )
    assert [(each.notice_id, each.closes_at) for each in listed] == [
        ("p", day(-20)),
        ("t", day(30)),
    ]
    assert listed[1].notices == ("t", "a")


def test_a_cancellation_ends_what_was_before_it():
    again = notice("t2", "tender", -1, 9)
    first, second = invitations([TENDER, notice("x", "cancellation", -2), again])
    assert first.ended_at == day(-2) and not first.takes_at(NOW) and not first.is_opened
    assert second.ended_at is None and second.takes_at(NOW)
    assert not second.takes_at(day(9)) and second.takes_at(day(9) - timedelta(microseconds=1))


def test_one_cancelled_after_its_opening_was_opened():
    (found,) = invitations([TENDER, notice("x", "cancellation", 5)])
    assert found.is_opened


def test_the_secret_of_a_tender_is_over_all_its_invitations():
    known = [notice("p", "prequalification", -30, -20), TENDER]
    assert secret_until(invitations(known)) == day(4)
    known.append(notice("a", "amendment", -2, None, 8))
    assert secret_until(invitations(known)) == day(8)
    known.append(notice("x", "cancellation", -1))
    assert secret_until(invitations(known)) == day(-20)
    assert secret_until(invitations([notice("w", "award", -1, 5)])) is None


def test_what_follows_an_invitation_belongs_to_it():
    award = notice("w", "award", -1)
    early = notice("e", "contract", -40)
    known = invitations([TENDER, award, early])
    assert invitation_of(award, known) == invitation_of(TENDER, known) == known[0]
    assert invitation_of(early, known) is None
    assert award.id not in known[0].notices


def test_without_its_invitation_the_oldest_amendment_stands_for_it():
    one, two = notice("a", "amendment", -5, 5), notice("b", "amendment", -4, 6)
    (found,) = invitations([two, one])
    assert (found.notice_id, found.closes_at, found.notices) == ("a", day(6), ("a", "b"))
    (found,) = invitations([two, one, TENDER])
    assert found.notice_id == "t"


@given(
    st.lists(
        st.tuples(st.sampled_from(list(NoticeKind)), st.integers(-9, 9),
                  st.none() | st.integers(-9, 99), st.none() | st.integers(-9, 99)),
        max_size=8,
    )
)  # fmt: skip
def test_whatever_is_published_only_invitations_take_and_each_notice_moves_one(drawn):
    project = [notice(f"n{n}", kind.value, *rest) for n, (kind, *rest) in enumerate(drawn)]
    found = invitations(project)
    kinds = {each.id: each.kind for each in project}
    assert sum(len(each.notices) for each in found) == len({n for e in found for n in e.notices})
    for each in found:
        assert kinds[each.notice_id] in INVITING | {NoticeKind.AMENDMENT}
        assert all(kinds[id] is NoticeKind.AMENDMENT for id in each.notices[1:])
    assert found == invitations(reversed(project))
    assert [each.published_at for each in found] == sorted(each.published_at for each in found)
