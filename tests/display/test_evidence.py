import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.evidence import (
    BEFORE_THE_FIRST,
    Break,
    Entry,
    Flaw,
    Kind,
    first_break,
    to_line,
)
from tests.display.chain import follow

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
FACTS = st.dictionaries(
    TEXT,
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=5,
    ),
    max_size=4,
)
MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]))


def chain_of(*facts: dict[str, object]) -> list[Entry]:
    chain: list[Entry] = []
    for number, told in enumerate(facts):
        at = NOON + timedelta(seconds=number)
        chain.append(follow(chain[-1] if chain else None, "大厅", at, Kind.ON_AIR, told))
    return chain


CHAIN = chain_of(*({"page": page, "showing": "page"} for page in range(9)))


@given(st.lists(st.tuples(st.sampled_from(Kind), MOMENTS, FACTS), max_size=6))
def test_a_chain_is_whole_and_survives_being_written(told):
    chain: list[Entry] = []
    for kind, at, facts in told:
        chain.append(follow(chain[-1] if chain else None, "大厅", at, kind, facts))
    assert [entry.number for entry in chain] == list(range(1, len(chain) + 1))
    assert all(after.previous == before.digest for before, after in pairwise(chain))
    assert first_break(chain) is None
    lines = [to_line(entry) for entry in chain]
    assert [json.loads(line)["facts"] for line in lines] == [entry.facts for entry in chain]
    assert not any("\n" in line for line in lines)


def test_the_first_entry_follows_sixty_four_zeros():
    """The digest was computed apart from this program: sha256sum of the canonical text."""
    entry = follow(None, "lobby", NOON, Kind.LINK, {"state": "lost", "reason": "线断了"})
    assert (entry.number, entry.previous) == (1, "0" * 64) == (1, BEFORE_THE_FIRST)
    assert to_line(entry) == (
        '{"at":"2026-11-23T04:00:00.000000Z","board":"lobby",'
        f'"digest":"{entry.digest}",'
        '"facts":{"reason":"线断了","state":"lost"},"kind":"link","number":1,'
        f'"previous":"{"0" * 64}"}}'
    )
    assert entry.digest == "8f8ff3426de648af28054d84a3e2f57e11d6172a7eadf8d0088cbf27f3a46dba"


@pytest.mark.parametrize(
    ("damaged", "found"),
    [
        (CHAIN[:3] + CHAIN[4:], Break(4, Flaw.NUMBER)),
        (CHAIN[1:], Break(1, Flaw.NUMBER)),
        ([*CHAIN[:3], CHAIN[4], CHAIN[3], *CHAIN[5:]], Break(4, Flaw.NUMBER)),
        ([*CHAIN[:3], CHAIN[2], *CHAIN[3:]], Break(4, Flaw.NUMBER)),
        (
            [*CHAIN[:3], replace(CHAIN[3], previous="1" * 64), *CHAIN[4:]],
            Break(4, Flaw.PREVIOUS),
        ),
        ([*CHAIN[:3], replace(CHAIN[3], digest="1" * 64), *CHAIN[4:]], Break(4, Flaw.DIGEST)),
        ([*CHAIN[:3], replace(CHAIN[3], kind=Kind.ALARM), *CHAIN[4:]], Break(4, Flaw.DIGEST)),
        (
            [*CHAIN[:3], replace(CHAIN[3], at=CHAIN[3].at + timedelta(microseconds=1))],
            Break(4, Flaw.DIGEST),
        ),
        ([*CHAIN[:3], replace(CHAIN[3], facts={}), *CHAIN[4:]], Break(4, Flaw.DIGEST)),
        ([*CHAIN[:3], replace(CHAIN[3], board="x"), *CHAIN[4:]], Break(4, Flaw.OTHER_BOARD)),
        (
            [*CHAIN[:3], follow(CHAIN[2], "大厅", NOON, Kind.ON_AIR, {}), *CHAIN[4:]],
            Break(5, Flaw.PREVIOUS),
        ),
    ],
)
def test_damage_is_found_where_it_is(damaged, found):
    assert first_break(damaged) == found


def test_a_stretch_of_a_chain_can_be_judged_by_itself():
    assert first_break(CHAIN[3:6], from_the_first=False) is None
    assert first_break([*CHAIN[3:5], *CHAIN[6:]], from_the_first=False) == Break(6, Flaw.NUMBER)
    assert first_break([]) is None


def test_what_cannot_be_written_is_refused():
    for facts in ({"x": float("nan")}, {"x": NOON}, {"x": "\ud800"}, {"x": {1, 2}}):
        with pytest.raises(ValueError, match=r".+"):
            follow(None, "lobby", NOON, Kind.ALARM, facts)
    with pytest.raises(ValueError, match="time zone"):
        follow(None, "lobby", NOON.replace(tzinfo=None), Kind.ALARM, {})
