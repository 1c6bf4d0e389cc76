"""What a person is told of their own matters, and what nobody else learns by asking."""

import json

import pytest
import requests

from display.working_days import WorkingCalendar
from kiosk.central.matters import periods_of
from kiosk.central.openings import start_opening
from kiosk.central.tries import MOST
from kiosk.sync.submission import Person
from kiosk.sync.upload import SubmissionClient
from tests.central.test_submissions import DATA, problem, take
from tests.sync.handing_in import LI, ZHANG, deliver, form, handed, manifest, new_id, publish_form


@pytest.fixture
def server(centre):
    take(centre, "r1", closes_at="2026-03-17T06:00:00Z", opens_at="2026-03-17T07:00:00Z")
    with centre.served() as address:
        yield address


@pytest.fixture
def client(server):
    made = SubmissionClient(server)
    yield made
    made.close()


def test_my_matters_are_mine(centre, client):
    ids = [new_id(number, centre.clock()) for number in range(3)]
    mine = deliver(client, ids[0], manifest(handed(DATA)), [DATA])
    deliver(client, ids[1], manifest(handed(DATA), by=LI), [DATA])
    publish_form(centre.database, "deposit-return")
    centre.clock.pass_by(hours=3)
    start_opening(centre.database, "r1", centre.clock())
    late = manifest(notice_id="", form=form("deposit-return"))
    second = client.submit(ids[2], late)
    found = client.matters(Person(name="张三丰", number=ZHANG.number))
    assert [matter.signed for matter in found.matters] == [second, mine]
    period = found.matters[0].periods[0]
    assert (period.kind.value, period.days, period.until) == ("deposit_return", 5, "2026-03-24")
    assert found.matters[1].periods == ()


def test_before_the_opening_nobody_learns_of_a_submission_by_asking(centre, server, client):
    asked = Person(name=ZHANG.name, number=ZHANG.number)
    before = requests.post(f"{server}/v1/matters", json=asked.model_dump(), timeout=10)
    mine = deliver(client, new_id(1, centre.clock()), manifest(handed(DATA)), [DATA])
    after = requests.post(f"{server}/v1/matters", json=asked.model_dump(), timeout=10)
    assert before.content == after.content
    centre.clock.pass_by(hours=9)
    assert client.matters(asked).matters == (), "a clock alone opens nothing"
    start_opening(centre.database, "r1", centre.clock())
    assert [matter.signed for matter in client.matters(asked).matters] == [mine]


def test_who_asks_for_many_in_vain_is_made_to_wait(centre, server, client):
    publish_form(centre.database)
    client.submit(new_id(1, centre.clock()), manifest(notice_id="", form=form()))

    def ask(name):
        body = {"name": name, "number": ZHANG.number}
        return requests.post(f"{server}/v1/matters", json=body, timeout=10)

    for number in range(MOST):
        assert ask(f"张{number}").status_code == 200
        if number < MOST - 1:
            assert len(ask(ZHANG.name).json()["matters"]) == 1, "who is found may ask on"
    refused = ask(ZHANG.name)
    assert (refused.status_code, problem(refused)) == (429, "too-many")
    assert refused.headers["Retry-After"] == "600"
    centre.clock.pass_by(minutes=10)
    assert len(ask(ZHANG.name).json()["matters"]) == 1


@pytest.mark.parametrize("who", [("王五", ZHANG.number), ("张三丰", LI.number), ("无名", "X123")])
def test_a_stranger_learns_nothing_not_even_whether_there_is_anything(centre, server, client, who):
    body = Person(name=who[0], number=who[1]).model_dump()
    before = requests.post(f"{server}/v1/matters", json=body, timeout=10)
    deliver(client, new_id(1, centre.clock()), manifest(handed(DATA)), [DATA])
    after = requests.post(f"{server}/v1/matters", json=body, timeout=10)
    assert before.status_code == after.status_code == 200
    assert before.content == after.content
    assert json.loads(after.content)["matters"] == []


def test_the_periods_of_domain_rule_16(centre):
    calendar = WorkingCalendar()
    stored = type("S", (), {"received_at": centre.clock(), "manifest": {}})()
    wanted = {
        ("question-objection", "question"): ("answer_to_question", 3),
        ("question-objection", "objection"): ("answer_to_challenge", 7),
        ("deposit-return", ""): ("deposit_return", 5),
        ("bidder-registration", ""): None,
    }
    for (key, kind), expected in wanted.items():
        stored.manifest = {"form": {"form": key, "version": 1, "values": {"kind": kind}}}
        found = [(p.kind.value, p.days) for p in periods_of(stored, calendar)]
        assert found == ([] if expected is None else [expected])
