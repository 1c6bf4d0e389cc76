"""Events with a person in them: taken once, and kept without what they say of the person."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from devices.idcard.identity import CardKind
from kiosk.central.events import take
from kiosk.central.keyring import Keyring
from kiosk.central.schema import events
from kiosk.sync.check_in import Assistance, Presence, assistance_event, presence_event
from kiosk.sync.events import Event, ItemStatus
from kiosk.sync.submission import Role, Submitter, Way

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
NAME, NUMBER = "欧阳明远", "11010119900307758X"
CARD = Submitter(name=NAME, number=NUMBER, way=Way.CARD)
ASSISTED = Submitter(name=NAME, number=NUMBER, way=Way.ASSISTED, assisted_by="k3f9a2b1 王芳")


def assistance(**more: object) -> dict[str, object]:
    given: dict[str, object] = {
        "who": ASSISTED,
        "role": Role.BIDDER,
        "at": NOW,
        "staff": "k3f9a2b1",
        "staff_name": "王芳",
        "document": CardKind.RESIDENT,
    }
    told = Assistance.model_validate({**given, **more})
    return assistance_event(told, "FS-02", UUID(int=2, version=4)).model_dump(mode="json")


def presence() -> dict[str, object]:
    told = Presence(who=CARD, role=Role.BIDDER, at=NOW)
    return presence_event(told, "FS-02", UUID(int=1, version=4)).model_dump(mode="json")


def test_only_masks_and_keyed_hashes_are_kept(centre):
    answer = take(centre.database, [presence(), assistance()], centre.clock())
    assert [item.status for item in answer.results] == [ItemStatus.STORED] * 2
    with centre.database.reading() as connection:
        rows = connection.execute(select(events)).all()
    person = Keyring(centre.database.folder).person(NAME, NUMBER)
    plain = {Event.model_validate(each).digest for each in (presence(), assistance())}
    assert not plain & {row.digest for row in rows}, "a number could be tried until it fits"
    for row in rows:
        data = json.loads(row.data)
        assert data["who"]["person"] == person
        assert (data["who"]["name"], data["who"]["number"]) == ("欧**", f"1{'*' * 16}X")
    assert {json.loads(row.data).get("staff") for row in rows} == {None, "k3f9a2b1"}
    for file in centre.database.folder.rglob("*"):
        if file.is_file():
            raw = file.read_bytes()
            escaped = json.dumps(NAME)[1:-1].encode()
            assert not any(each in raw for each in (NUMBER.encode(), NAME.encode(), escaped))


def test_the_same_again_is_known_and_another_content_is_refused(centre):
    take(centre.database, [assistance()], centre.clock())
    (again,) = take(centre.database, [assistance()], centre.clock()).results
    assert again.status is ItemStatus.KNOWN
    (other,) = take(centre.database, [assistance(role=Role.AGENCY)], centre.clock()).results
    assert other.status is ItemStatus.ID_REUSED


@pytest.mark.parametrize(
    "more", [{"who": CARD}, {"staff": "nobody!"}, {"staff_name": ""}, {"document": "bus-pass"}]
)
def test_an_assistance_that_names_nobody_is_refused_without_its_content(centre, more):
    wire = assistance()
    wire["data"] |= {
        name: value.model_dump(mode="json") if isinstance(value, Submitter) else value
        for name, value in more.items()
    }
    (answer,) = take(centre.database, [wire], centre.clock()).results
    assert answer.status is ItemStatus.REFUSED
    assert NAME not in answer.detail and NUMBER not in answer.detail
