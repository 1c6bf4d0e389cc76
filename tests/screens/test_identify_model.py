"""Identification without a window: roles, codes, a scanner that types, broken lines."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from devices.idcard.identity import CardKind
from devices.idcard.identity import Identity as CardIdentity
from display.notice import Zone
from kiosk import traceless, words
from kiosk.identify.marking import marked_lines
from kiosk.identify.model import HEEDED, REFUSED, IdentifyModel
from kiosk.identify.reading import Told
from kiosk.identify.signs import lines_of, notice_of, title_of
from kiosk.identify.wedge import Wedge
from kiosk.staff.accounts import StaffRefused
from kiosk.sync.authorisation import Authorisation, sign_authorisation
from kiosk.sync.check_in import Presence, presence_event, read_presence
from kiosk.sync.signatures import KeySet, public_key
from kiosk.sync.submission import Role, Way

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
KEY, OTHER_KEY = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KEYS = KeySet(keys=(public_key(KEY),))
CARD = CardIdentity(CardKind.RESIDENT, "张明远", "11010119000101000X")


def code(**more: object) -> str:
    given: dict[str, object] = {
        "id": "abcdefgh",
        "unit": "辽宁浑河建设工程有限公司",
        "credit_code": "91210400MA0TQ5Y3X7",
        "name": "张明远",
        "role": Role.AGENCY,
        "issued_at": NOW - timedelta(days=1),
        "expires_at": NOW + timedelta(days=1),
    }
    key = more.pop("key", KEY)
    assert isinstance(key, Ed25519PrivateKey)
    return sign_authorisation(Authorisation.model_validate({**given, **more}), key)


@pytest.fixture
def model() -> IdentifyModel:
    one = IdentifyModel(Zone.LOBBY, has_reader=True)
    one.begin()
    return one


@pytest.mark.parametrize("zone", Zone)
def test_experts_only_in_their_corridor(zone: Zone) -> None:
    model = IdentifyModel(zone, has_reader=True)
    model.read(CARD)
    assert (Role.EXPERT in model.roles) is (zone is Zone.EXPERTS_CORRIDOR)
    chosen = model.choose(Role.EXPERT)
    assert (chosen is not None) is (zone is Zone.EXPERTS_CORRIDOR)


def test_a_card_and_a_role_are_a_visitor_and_then_forgotten(model: IdentifyModel) -> None:
    model.read(CARD)
    assert (model.page, model.name) == ("roles", "张**")
    visitor = model.choose(Role.PURCHASER)
    assert visitor is not None
    assert (visitor.identity.name, visitor.role, visitor.way) == (
        "张明远", Role.PURCHASER, Way.CARD
    )  # fmt: skip
    assert model._identity is None and model.name == ""
    assert model.choose(Role.PURCHASER) is None


def test_what_the_reader_says_waits_for_its_page(model: IdentifyModel) -> None:
    model.told(Told.LIFTED)
    assert (model.said, model.attention) == ("lifted", True)
    model.choose_way("code")
    model.told(Told.FOUND)
    assert model.said == "code"
    model.choose_way("card")
    assert (model.said, model.attention) == ("preparing", False)
    model.fail()
    model.told(Told.WAITING)
    assert model.said == "unavailable"


def test_without_a_reader_other_ways_stay() -> None:
    model = IdentifyModel(Zone.LOBBY, has_reader=False)
    model.begin()
    assert model.said == "no_reader"
    visitor = model.scanned(code(), KEYS, NOW)
    assert visitor is not None
    assert (visitor.role, visitor.way, visitor.unit) == (
        Role.AGENCY, Way.AUTHORISATION, "辽宁浑河建设工程有限公司"
    )  # fmt: skip
    assert visitor.submitter.number == "91210400MA0TQ5Y3X7"
    assert visitor.submitter.authorisation == "abcdefgh"


@pytest.mark.parametrize(
    ("scanned", "now", "said"),
    [
        (code(), None, "code_no_time"),
        (code(expires_at=NOW), NOW, "code_expired"),
        (code(issued_at=NOW + timedelta(seconds=1)), NOW, "code_early"),
        (code(key=OTHER_KEY), NOW, "code_unknown_key"),
        (code()[:-6] + "AAAAAA", NOW, "code_wrong"),
        ("https://example.com/a-code-of-a-parcel-service", NOW, "code_wrong"),
        (code(role=Role.EXPERT), NOW, "code_expert"),
        (code(id="withdrawn-one"), NOW, "code_withdrawn"),
    ],
)
def test_a_code_that_does_not_do_says_why(
    model: IdentifyModel, scanned: str, now: datetime | None, said: str
) -> None:
    assert model.scanned(scanned, KEYS, now, {"withdrawn-one"}) is None
    assert model.said == said
    for language in ("zh", "en"):
        told = words.load(language)
        assert title_of(told, said) and lines_of(told, said)[0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_there_are_words_for_all_that_the_reader_says(language: str) -> None:
    told = words.load(language)
    staff = {*HEEDED, "staff_waiting", "staff_no_reader", "code_no_scanner"}
    for said in (*Told, "preparing", "no_reader", "unavailable", "code", *staff):
        assert title_of(told, said) and lines_of(told, said)[0], said


def test_arrow_keys_mark_a_role(model: IdentifyModel) -> None:
    model.read(CARD)
    model.move(1)
    assert model.marked == model.roles[0]
    model.move(-1)
    assert model.marked == model.roles[-1]


def typed(text: str, gap_s: float) -> str | None:
    wedge, at = Wedge(), 100.0
    for sign in text:
        at += gap_s
        wedge.typed(sign, at)
    return wedge.entered(at + gap_s)


def test_a_scanner_types_faster_than_a_hand() -> None:
    text = code()
    assert typed(text, 0.02) == text
    assert typed(text, 0.15) is None
    assert typed("12345", 0.02) is None
    assert typed("a" * 1300, 0.001) is None


def test_what_was_typed_before_is_not_part_of_the_code() -> None:
    wedge = Wedge()
    wedge.typed("abc", 1.0)
    for number, sign in enumerate(code()):
        wedge.typed(sign, 3.0 + number * 0.01)
    assert wedge.entered(3.0 + len(code()) * 0.01) == code()
    assert wedge.entered(20.0) is None


@given(st.lists(st.tuples(st.text("甲乙，", min_size=1, max_size=6), st.booleans())))
def test_marks_stay_where_they_were(parts: list[tuple[str, bool]]) -> None:
    said = "".join(f"[b]{text}[/b]" if bold else text for text, bold in parts)
    plain = "".join(text for text, _ in parts)

    def broken(text: str) -> list[tuple[int, int]]:
        assert text == plain
        return [(at, min(at + 4, len(text))) for at in range(0, len(text), 4)]

    lines = marked_lines(said, broken).split("\n")
    joined = "".join(lines).replace("[/b][b]", "")
    assert joined == said.replace("[/b][b]", "")
    for line in lines:
        assert line.count("[b]") == line.count("[/b]")


def test_a_check_in_travels_whole() -> None:
    from uuid import UUID

    model = IdentifyModel(Zone.LOBBY, has_reader=True)
    model.read(CARD)
    visitor = model.choose(Role.BIDDER)
    assert visitor is not None
    presence = Presence(who=visitor.submitter, role=visitor.role, at=NOW)
    event = presence_event(presence, "FS-02", UUID(int=1, version=4))
    assert read_presence(event) == presence
    assert "张明远" not in repr(presence)


def test_the_memory_is_prepared_whatever_else_is_set() -> None:
    given = {"GLIBC_TUNABLES": "glibc.malloc.arena_max=2:glibc.malloc.perturb=0", "HOME": "/"}
    wanted = traceless.prepared(given)
    assert wanted["HOME"] == "/" and wanted["PYTHONMALLOC"] == "malloc"
    assert set(wanted["GLIBC_TUNABLES"].split(":")) == {
        "glibc.malloc.arena_max=2",
        "glibc.malloc.perturb=85",
        "glibc.malloc.tcache_count=0",
    }
    assert not traceless.is_prepared(given)
    assert traceless.is_prepared(wanted) is traceless._on_glibc()


def test_every_refusal_of_a_staff_member_has_words(model: IdentifyModel) -> None:
    def all_below(kind: type[StaffRefused]) -> set[type[StaffRefused]]:
        below = set(kind.__subclasses__())
        return below.union(*map(all_below, below))

    # A wrong PIN is not asked for here.
    assert {kind.__name__ for kind in all_below(StaffRefused)} - {"WrongPin"} == {
        kind.__name__ for kind in REFUSED
    }
    for kind, said in REFUSED.items():
        model.refuse_staff(kind())
        assert (model.said, model.attention) == (said, True)


def test_what_is_said_of_a_staff_card_stays_although_it_still_lies_there(
    model: IdentifyModel,
) -> None:
    model.choose_way("staff")
    model.told(Told.WAITING)
    assert (model.said, model.attention) == ("staff_waiting", False)
    model.told(Told.FOUND)
    assert model.said == "found"
    model.refuse_staff(next(iter(REFUSED))())
    for what in (Told.WAITING, Told.FOUND, Told.STILL_THERE):
        model.told(what)
        assert model.said == "staff_unknown"
    model.told(Told.UNPLUGGED)
    assert model.said == "unplugged"
    model.told(Told.WAITING)
    assert model.said == "staff_waiting"
    model.vouch()
    model.told(Told.LIFTED)
    assert (model.page, model.said) == ("vouch", "staff_waiting")
    model.end_vouching(late=True)
    assert (model.page, model.way, model.said) == ("ways", "staff", "staff_timeout")


def test_a_scanner_that_is_gone_is_told_in_its_way_only(model: IdentifyModel) -> None:
    model.told_scanner(False)
    assert model.said == "preparing"
    model.choose_way("code")
    assert (model.said, model.attention) == ("code_no_scanner", True)
    model.told_scanner(True)
    assert model.said == "code"
    model.scanned("x", KEYS, NOW)
    model.told_scanner(False)
    assert model.said == "code_wrong"


def test_the_notice_speaks_of_what_the_card_is_read_for() -> None:
    zh = words.load("zh")
    assert "签到" in notice_of(zh, "card", "check_in")[1]
    assert "上传" not in notice_of(zh, "card", "check_in")[1]
    assert "上传" in notice_of(zh, "card", "upload")[1]
    assert "工作人员" in notice_of(zh, "staff", "check_in")[0]
