"""Handing over what was handed in: after staff said that the opening has started, not before."""

import fcntl
import json
import os
from datetime import timedelta

import pytest

from kiosk.central.handed_over import CannotHandOver, hand_over, submissions_to
from kiosk.central.openings import (
    NoOpening,
    NotStarted,
    NotYet,
    UnknownNotice,
    start_opening,
)
from kiosk.central.withdrawal import withdraw
from kiosk.sync.upload import SubmissionClient
from tests.central.test_submissions import DATA, submissions, take
from tests.sync.handing_in import ZHANG, content, deliver, handed, manifest, new_id


@pytest.fixture
def client(centre):
    take(centre, "r1", closes_at="2026-03-17T06:00:00Z", opens_at="2026-03-17T07:00:00Z")
    with centre.served() as address:
        made = SubmissionClient(address)
        yield made
        made.close()


def asked(centre, notice="r1"):
    return submissions_to(centre.database, submissions(centre), notice, centre.clock())


def test_staff_take_over_after_the_opening_only(centre, client, tmp_path):
    names = [*["标书.pdf"] * 2, "..", "很" * 255]
    datas = [content(10, number) for number in range(4)]
    files = [handed(data, name) for data, name in zip(datas, names, strict=True)]
    deliver(client, new_id(1, centre.clock()), manifest(*files), datas)
    centre.clock.pass_by(hours=3, seconds=-1)
    for ask in (asked, lambda c: start_opening(c.database, "r1", c.clock())):
        with pytest.raises(NotYet) as caught:
            ask(centre)
        assert caught.value.until == centre.clock() + timedelta(seconds=1)
    with pytest.raises(UnknownNotice):
        asked(centre, "r9")
    centre.clock.pass_by(days=30)
    with pytest.raises(NotStarted):
        asked(centre)
    noted = start_opening(centre.database, "r1", centre.clock())
    centre.clock.pass_by(hours=1)
    assert start_opening(centre.database, "r1", centre.clock()) == noted, "noted once"
    for _ in range(2):
        receipts = hand_over(asked(centre), tmp_path / "o")
    folder = tmp_path / "o" / receipts[0].number
    assert [p.name for p in (tmp_path / "o").iterdir()] == [receipts[0].number]
    taken = sorted(path for path in folder.iterdir() if path.suffix != ".json")
    assert [path.read_bytes() for path in taken] == datas
    assert json.loads((folder / "submission.json").read_bytes())["submitter"]["name"] == "张三丰"
    assert ZHANG.number not in (folder / "submission.json").read_text()


def test_a_postponed_opening_stays_closed_and_no_other_notice_opens_it(centre, client):
    deliver(client, new_id(1, centre.clock()), manifest(handed(DATA)), [DATA])
    take(centre, "clar", "amendment", "2026-03-17T02:00:00Z")
    take(centre, "award", "award", "2026-03-17T03:00:00Z")
    take(centre, "later", "amendment", "2026-03-17T03:30:00Z", opens_at="2026-03-19T07:00:00Z")
    centre.clock.pass_by(days=1)
    for notice in ("r1", "clar", "award", "later"):
        with pytest.raises(NotYet):
            start_opening(centre.database, notice, centre.clock())
        with pytest.raises(NotYet):
            asked(centre, notice)
    centre.clock.pass_by(days=2)
    start_opening(centre.database, "clar", centre.clock())
    assert len(asked(centre)) == len(asked(centre, "later")) == 1


def test_what_was_handed_in_under_an_amendment_is_handed_over_too(centre, client):
    take(centre, "clar", "amendment", "2026-03-17T02:00:00Z")
    deliver(client, new_id(1, centre.clock()), manifest(handed(DATA), notice_id="clar"), [DATA])
    centre.clock.pass_by(days=1)
    start_opening(centre.database, "r1", centre.clock())
    assert len(asked(centre)) == 1


def test_the_prequalification_of_a_tender_is_secret_as_long_as_the_tender(centre, client):
    take(centre, "p", "prequalification", "2026-03-01T01:00:00Z", closes_at="2026-03-05T01:00:00Z")
    with pytest.raises(NotYet) as caught:
        start_opening(centre.database, "p", centre.clock())
    assert caught.value.until.hour == 7


def test_what_was_cancelled_before_is_never_opened(centre, client):
    take(centre, "end", "cancellation", "2026-03-17T03:00:00Z")
    centre.clock.pass_by(days=1)
    with pytest.raises(NoOpening):
        start_opening(centre.database, "r1", centre.clock())
    withdraw(centre.database, "end", now=centre.clock())
    start_opening(centre.database, "r1", centre.clock())


def test_a_killed_hand_over_leaves_nothing_and_two_are_not_at_once(centre, client, tmp_path):
    deliver(client, new_id(1, centre.clock()), manifest(handed(DATA)), [DATA])
    centre.clock.pass_by(days=1)
    start_opening(centre.database, "r1", centre.clock())
    (left := tmp_path / ".7KQ4-92WM-DXHE.0123abcd").mkdir()
    (left / "001 a.pdf").write_bytes(b"half")
    (tmp_path / ".other").mkdir()
    line = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(line, fcntl.LOCK_EX)
    with pytest.raises(CannotHandOver, match="another hand-over"):
        hand_over(asked(centre), tmp_path)
    assert left.exists()
    os.close(line)
    (receipt,) = hand_over(asked(centre), tmp_path)
    assert not left.exists() and (tmp_path / ".other").exists()
    assert (tmp_path / receipt.number).is_dir()
