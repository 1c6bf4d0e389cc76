"""What a member of staff enters of a visitor, without a window; and where a check-in leads."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from devices.idcard.identity import CardKind
from display.notice import Category, Notice, NoticeKind, Zone
from kiosk import words
from kiosk.identify.assist import (
    DOCUMENTS,
    GUIDES,
    AssistModel,
    Document,
    Entered,
    card_kind,
)
from kiosk.identify.check_in import CheckInModel, Destination, destinations
from kiosk.identify.model import roles_at
from kiosk.openings.model import openings_on
from kiosk.private.identity import Identity
from kiosk.session import Assistant, Visitor
from kiosk.sync.check_in import read_assistance
from kiosk.sync.site import Building, Room
from kiosk.sync.staff import StaffAccount, StaffKey, StaffRole
from kiosk.sync.submission import Role, Way

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)
OWN, NUMBER = "11010119900307758X", "110101199003077758"
HONG_KONG, FOREIGNER_2023, FOREIGNER_2017 = (
    "810000199408230021", "911124198108030024", "USA110000010100",
)  # fmt: skip
ACCOUNT = StaffAccount(
    key="k3f9a2b1",
    name="王芳",
    roles=(StaffRole.DESK,),
    valid_from=NOW - timedelta(days=1),
    expires_at=NOW + timedelta(days=1),
    card="0" * 64,
    signs=StaffKey(salt="ab" * 16, time_cost=1, memory_kib=1024, lanes=1, public="0" * 64),
    changed_at=NOW,
)


@pytest.fixture
def model() -> AssistModel:
    one = AssistModel(roles_at(Zone.LOBBY))
    one.begin(ACCOUNT, OWN)
    return one


def enter(model: AssistModel, **values: str | bool) -> None:
    whole: dict[str, str | bool] = {
        "document": "resident", "name": "刘洋", "number": NUMBER, "role": "bidder", "seen": True,
        **values,
    }  # fmt: skip
    for name, value in whole.items():
        model.put(Entered(name), value)


def test_a_visitor_and_a_record_come_of_it_and_nothing_stays(model: AssistModel) -> None:
    enter(model, name=" 刘  洋 ", number=" 110101 19900307 7758 ")
    assert model.first_fault(TODAY) is None
    visitor, event = model.confirmed(NOW, "FS-02", UUID(int=1, version=4))
    assert (visitor.identity.name, visitor.identity.number) == ("刘 洋", NUMBER)
    assert (visitor.role, visitor.way) == (Role.BIDDER, Way.ASSISTED)
    assert visitor.assisted_by == Assistant("k3f9a2b1", "王芳")
    assert visitor.submitter.assisted_by == "k3f9a2b1 王芳"
    told = read_assistance(event)
    assert (told.who, told.staff, told.staff_name) == (visitor.submitter, "k3f9a2b1", "王芳")
    assert (told.at, told.document) == (NOW, CardKind.RESIDENT)
    model.forget()
    assert not model.begun and model.value(Entered.NUMBER) == "" and model.staff_name == ""
    with pytest.raises(ValueError, match="nobody"):
        model.confirmed(NOW, "FS-02", UUID(int=1, version=4))


@pytest.mark.parametrize(
    ("values", "where", "fault"),
    [
        ({"name": ""}, Entered.NAME, "name_missing"),
        ({"name": "刘"}, Entered.NAME, "name_wrong"),
        ({"name": "刘洋2"}, Entered.NAME, "name_wrong"),
        ({"name": "买买提·吐尔逊"}, Entered.NAME, ""),
        ({"name": "𠮷田"}, Entered.NAME, ""),
        ({"name": "O'BRIEN, ANN"}, Entered.NAME, "name_wrong"),
        ({"name": "O'Brien-Smith Ann"}, Entered.NAME, ""),
        ({"number": ""}, Entered.NUMBER, "number_missing"),
        ({"number": NUMBER[:-1] + "7"}, Entered.NUMBER, "number_wrong"),
        ({"number": HONG_KONG}, Entered.NUMBER, "number_wrong"),
        ({"number": OWN}, Entered.NUMBER, "number_own"),
        ({"number": OWN.lower()}, Entered.NUMBER, "number_own"),
        ({"number": OWN, "document": "other"}, Entered.NUMBER, "number_own"),
        ({"number": HONG_KONG, "document": "hk_macau_taiwan"}, Entered.NUMBER, ""),
        ({"number": NUMBER, "document": "hk_macau_taiwan"}, Entered.NUMBER, "number_wrong"),
        ({"number": FOREIGNER_2023, "document": "foreigner"}, Entered.NUMBER, ""),
        ({"number": FOREIGNER_2017, "document": "foreigner"}, Entered.NUMBER, ""),
        ({"number": "e12345678", "document": "other"}, Entered.NUMBER, ""),
        ({"number": "E12", "document": "other"}, Entered.NUMBER, "number_other"),
        ({"number": "护照1234", "document": "other"}, Entered.NUMBER, "number_other"),
        ({"role": ""}, Entered.ROLE, "role_missing"),
        ({"role": "expert"}, Entered.ROLE, "role_missing"),
        ({"seen": False}, Entered.SEEN, "seen_missing"),
    ],
)
def test_what_is_wrong_is_named_where_it_is(
    model: AssistModel, values: dict[str, str | bool], where: Entered, fault: str
) -> None:
    enter(model, **values)
    assert model.fault(where, TODAY) == fault
    assert model.first_fault(TODAY) == (where if fault else None)
    assert [each for each in Entered if model.fault(each, TODAY)] == ([where] if fault else [])
    for language in ("zh", "en"):
        assert not fault or words.load(language)[f"assist.{fault}"]


def test_nobody_born_tomorrow_is_vouched_for(model: AssistModel) -> None:
    enter(model)
    assert model.fault(Entered.NUMBER, date(1990, 3, 7)) == ""
    assert model.fault(Entered.NUMBER, date(1990, 3, 6)) == "number_wrong"
    assert model.fault(Entered.NUMBER, None) == ""


def test_experts_are_vouched_for_in_their_corridor_only() -> None:
    model = AssistModel(roles_at(Zone.EXPERTS_CORRIDOR))
    model.begin(ACCOUNT, OWN)
    enter(model, role="expert")
    assert model.first_fault(TODAY) is None


def test_faults_are_told_after_one_has_left_a_field(model: AssistModel) -> None:
    assert model.look(Entered.NAME, TODAY) == ("plain", "")
    model.put(Entered.NAME, "刘")
    assert model.look(Entered.NAME, TODAY) == ("plain", "")
    model.leave(Entered.NAME)
    assert model.look(Entered.NAME, TODAY) == ("bad", "name_wrong")
    model.put(Entered.NAME, "刘洋")
    assert model.look(Entered.NAME, TODAY) == ("good", "")
    model.leave(Entered.NUMBER)
    assert model.look(Entered.NUMBER, TODAY) == ("plain", "")
    model.first_fault(TODAY)
    assert model.look(Entered.NUMBER, TODAY) == ("bad", "number_missing")


def test_every_document_has_a_name_and_every_card_a_document() -> None:
    assert set(DOCUMENTS) == set(Document)
    kinds = {card_kind(each, number) for each in Document for number in ("A", "1")}
    assert kinds == {*CardKind, None}
    for language in ("zh", "en"):
        for name in (*DOCUMENTS.values(), *GUIDES.values(), *Entered):
            assert name == "document" or words.load(language)[f"assist.{name}"]


# Where a check-in leads


def notice(id: str, opens_at: datetime, room: str = "302") -> Notice:
    return Notice(
        id=id,
        kind=NoticeKind.TENDER,
        category=Category.CONSTRUCTION,
        title=f"{id}施工招标公告",
        published_at=NOW - timedelta(days=20),
        tender_no=id,
        opens_at=opens_at,
        room=room,
    )


def at(hour: float) -> datetime:
    return datetime(2026, 11, 22, 16, tzinfo=UTC) + timedelta(hours=hour)


def test_what_is_to_come_or_runs_is_a_destination_the_next_one_first() -> None:
    rooms = (Room(key="k1", name="302", floor="3 楼", way="乘 2 号电梯"),)
    notices = [
        notice("丙", at(10)),
        notice("乙", at(9)),
        notice("甲", at(7)),
        notice("丁", at(11), ""),
    ]
    found = destinations(openings_on(TODAY, notices, NOW, Building(), rooms))
    assert found == [
        Destination("10:00", "302", "3 楼　乘 2 号电梯", "丙施工招标公告"),
        Destination("09:00", "302", "3 楼　乘 2 号电梯", "乙施工招标公告", running=True),
    ]


@pytest.mark.parametrize(
    ("role", "count", "shown", "where"),
    [
        (Role.BIDDER, 0, 0, "where_unknown"),
        (Role.AGENCY, 2, 2, "where"),
        (Role.PURCHASER, 5, 3, "where_more"),
        (Role.EXPERT, 5, 0, "where_expert"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_a_check_in_says_where_to_go(
    role: Role, count: int, shown: int, where: str, late: bool
) -> None:
    model, zh = CheckInModel(), words.load("zh")
    visitor = Visitor(Identity("刘洋", NUMBER), role, Way.CARD)
    model.begin(visitor, NOW, "FS-02", UUID(int=1, version=4), zh)
    found = [Destination("09:00", "302", "", str(number)) for number in range(count)]
    if late:
        model.kept(zh)
        model.found(found, zh)
    else:
        model.found(found, zh)
        assert not model.openings
        model.kept(zh)
    assert len(model.openings) == shown and model.where == zh[f"check_in.{where}"]
    model.forget()
    assert not model.openings and not model.where
