"""Whose card it is, what an account allows, and what its document must not give away."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.staff.accounts import (
    RIGHTS,
    Action,
    Ended,
    Expired,
    NoRight,
    NotYetValid,
    StaffRefused,
    TimeNotProven,
    UnknownCard,
    WrongPin,
    check_pin,
    check_valid,
    ended,
    ends_soon,
    may,
    recognise,
)
from kiosk.sync.contract import UnreadableDocument
from kiosk.sync.decision import RIGHTS as DECIDING
from kiosk.sync.signatures import KeySet, public_key
from kiosk.sync.site import document_id, read_site_document, site_document
from kiosk.sync.staff import (
    FormerKey,
    StaffAccount,
    StaffRole,
    StaffSalt,
    WeakPin,
    card_mark,
    check_strength,
    is_vouched,
    new_key,
    new_salt,
    public_at,
    public_half,
    vouched,
)

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
NUMBER, OTHER, PIN = "11010119900307758X", "110101199003077758", "271828"
SALT = StaffSalt(salt="ab" * 16, time_cost=1, memory_kib=1024, lanes=1)
SIGNS = new_key(NUMBER, PIN)
CENTRE, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KEYS = KeySet(keys=(public_key(CENTRE),))


def account(**more: object) -> StaffAccount:
    given: dict[str, object] = {
        "key": "k3f9a2b1",
        "name": "王芳",
        "roles": (StaffRole.DESK,),
        "valid_from": NOW - timedelta(days=1),
        "expires_at": NOW + timedelta(days=1),
        "card": card_mark(NUMBER, SALT),
        "signs": SIGNS,
        "changed_at": NOW - timedelta(days=1),
    }
    return StaffAccount.model_validate({**given, **more})


def test_a_card_is_found_by_its_number_alone_however_it_is_spelled() -> None:
    mine, other = account(), account(key="another1", card=card_mark(OTHER, SALT))
    for number in (NUMBER, NUMBER.lower(), f" {NUMBER[:6]} {NUMBER[6:]}"):
        assert recognise((other, mine), SALT, number, Action.ASSIST, NOW) is mine
    with pytest.raises(UnknownCard):
        recognise((mine,), SALT, OTHER, Action.ASSIST, NOW)
    with pytest.raises(UnknownCard):
        recognise((mine,), new_salt(), NUMBER, Action.ASSIST, NOW)
    with pytest.raises(UnknownCard):
        recognise((mine,), None, NUMBER, Action.ASSIST, NOW)


@pytest.mark.parametrize(
    ("at", "refused"),
    [
        (NOW - timedelta(days=1), None),
        (NOW - timedelta(days=1, microseconds=1), NotYetValid),
        (NOW + timedelta(days=1, microseconds=-1), None),
        (NOW + timedelta(days=1), Expired),
        (None, TimeNotProven),
    ],
)
def test_an_account_holds_from_its_beginning_until_its_end(
    at: datetime | None, refused: type[StaffRefused] | None
) -> None:
    if refused is None:
        check_valid(account(), at)
    else:
        with pytest.raises(refused):
            check_valid(account(), at)
        with pytest.raises(refused):
            recognise((account(),), SALT, NUMBER, Action.ASSIST, at)


def test_every_role_may_do_what_the_table_says_and_nothing_else() -> None:
    everybody = {Action.ASSIST, Action.SIGN_IN, Action.VIEW_HEALTH}
    arrangement = Action.VIEW_ARRANGEMENT
    outbox = {Action.VIEW_OUTBOX, Action.RETRY_OUTBOX, Action.RETURN_OUTBOX}
    evidence, neutral = Action.VIEW_EVIDENCE, {Action.NEUTRAL, Action.END_NEUTRAL}
    allowed = {
        StaffRole.EDITOR: {*everybody, evidence, arrangement, Action.PROPOSE, *neutral},
        StaffRole.APPROVER: {*everybody, evidence, arrangement, Action.APPROVE, *neutral},
        StaffRole.SUPERVISOR: {
            *(*everybody, arrangement, *neutral),
            *(evidence, Action.EXPORT_EVIDENCE, Action.VIEW_OUTBOX),
        },
        StaffRole.TECHNICIAN: {
            *(*everybody, *outbox, Action.TEST_DEVICES, Action.NEUTRAL),
            *(Action.TEST_BOARD, Action.EXPORT_OUTBOX, Action.ADJUST_TERMINAL),
        },
        StaffRole.DESK: {*everybody, Action.TEST_DEVICES, *outbox},
    }
    for role in StaffRole:
        found = {action for action in Action if may(account(roles=(role,)), action)}
        assert found == allowed[role], role
    assert set(RIGHTS) == set(Action)
    for right, roles in DECIDING.items():
        assert RIGHTS[Action(right.value)] is roles, "one table"


def test_without_a_right_a_valid_card_does_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RIGHTS, Action.ASSIST, frozenset({StaffRole.EDITOR}))  # type: ignore[arg-type]
    with pytest.raises(NoRight):
        recognise((account(),), SALT, NUMBER, Action.ASSIST, NOW)
    both = account(roles=(StaffRole.DESK, StaffRole.EDITOR))
    assert recognise((both,), SALT, NUMBER, Action.ASSIST, NOW) is both


def test_card_and_pin_together_are_the_key_and_nothing_else_is() -> None:
    key = check_pin(account(), NUMBER, PIN)
    assert public_half(key) == SIGNS.public
    assert public_half(check_pin(account(), NUMBER.lower(), PIN)) == SIGNS.public
    for number, pin in ((NUMBER, "271829"), (OTHER, PIN), (NUMBER, "")):
        with pytest.raises(WrongPin):
            check_pin(account(), number, pin)
    with pytest.raises(WrongPin):
        check_pin(account(signs=new_key(NUMBER, PIN)).model_copy(
            update={"signs": SIGNS.model_copy(update={"salt": "cd" * 16})}
        ), NUMBER, PIN)  # fmt: skip
    with pytest.raises(WrongPin):
        check_pin(account(card=None, signs=None, removed_at=NOW), NUMBER, PIN)


def test_two_accounts_of_one_pin_do_not_look_alike() -> None:
    other = new_key(NUMBER, PIN)
    assert other.public != SIGNS.public and other.salt != SIGNS.salt
    salt = new_salt()
    for how in (salt, other):
        assert (how.time_cost, how.memory_kib, how.lanes) == (3, 65536, 4)
    assert salt.salt != new_salt().salt


def test_each_time_has_the_key_that_counted_then() -> None:
    first, second = "11" * 32, "22" * 32
    one = account(
        former=(
            FormerKey(public=first, until=NOW - timedelta(hours=2)),
            FormerKey(public=second, until=NOW),
        )
    )
    moments = (-3, first), (-2, second), (-0.1, second), (0, SIGNS.public), (9, SIGNS.public)
    for hours, public in moments:
        assert public_at(one, NOW + timedelta(hours=hours)) == public, hours
    gone = account(
        card=None, signs=None, removed_at=NOW, former=(FormerKey(public=first, until=NOW),)
    )
    assert public_at(gone, NOW - timedelta(hours=1)) == first
    assert public_at(gone, NOW) is None


def test_only_the_centre_vouches_for_an_account_and_for_every_word_of_it() -> None:
    mine = vouched(account(), CENTRE)
    assert is_vouched(mine, KEYS)
    assert is_vouched(StaffAccount.model_validate(site_document(mine)), KEYS), "on its way"
    revoked = KEYS.keys[0].model_copy(update={"revoked": True})
    for other, keys in (
        (account(), KEYS),
        (vouched(account(), STRANGER), KEYS),
        (mine, KeySet(keys=())),
        (mine, KeySet(keys=(revoked,))),
        (mine.model_copy(update={"roles": (StaffRole.APPROVER,)}), KEYS),
        (mine.model_copy(update={"signs": new_key(NUMBER, PIN)}), KEYS),
        (mine.model_copy(update={"expires_at": NOW + timedelta(days=9)}), KEYS),
        (mine.model_copy(update={"former": (FormerKey(public="11" * 32, until=NOW),)}), KEYS),
        (account(key="another1").model_copy(update={"voucher": mine.voucher}), KEYS),
    ):
        assert not is_vouched(other, keys)


@pytest.mark.parametrize(
    "pin",
    ["12345", "1" * 13, "abcdef", "111111", "123456", "987654", "890123", "199003", "１２３４５６"],
)
def test_a_pin_that_is_tried_first_is_refused(pin: str) -> None:
    with pytest.raises(WeakPin) as refused:
        check_strength(pin, NUMBER)
    assert pin not in str(refused.value).replace("such as 123456", "")


def test_the_document_holds_neither_number_nor_pin_and_is_read_again() -> None:
    for each in (account(), SALT):
        document = site_document(each)
        assert read_site_document(document) == each
        for secret in (NUMBER, PIN):
            assert secret not in str(document) and secret not in repr(each)
    assert document_id(account()) == "staff:k3f9a2b1" and document_id(SALT) == "staff-salt:this"
    assert site_document(SALT) | {"_id": "", "type": ""} == {
        "_id": "", "type": "", "salt": "ab" * 16, "time_cost": 1, "memory_kib": 1024, "lanes": 1
    }  # fmt: skip
    assert account().card not in repr(account()) and SIGNS.public not in repr(account())


@pytest.mark.parametrize(
    "more",
    [
        {"roles": ()},
        {"roles": ("desk", "desk")},
        {"roles": ("owner",)},
        {"expires_at": NOW - timedelta(days=1)},
        {"signs": "secret"},
        {"signs": {**dict(SIGNS), "memory_kib": 1024 * 1024}},
        {"signs": {**dict(SIGNS), "time_cost": 1000}},
        {"signs": {**dict(SIGNS), "public": "11" * 31}},
        {"signs": None},
        {"card": NUMBER},
        {"card": None},
        {"removed_at": NOW},
        {"former": [{"public": "11" * 32, "until": NOW}] * 51},
    ],
)
def test_a_document_that_is_no_account_is_refused_without_its_content(
    more: dict[str, object],
) -> None:
    document = {**site_document(account()), **more}
    if "expires_at" in more:
        document["expires_at"] = "2020-01-01T00:00:00Z"
    with pytest.raises(UnreadableDocument) as refused:
        read_site_document(document)
    assert NUMBER not in str(refused.value) and SIGNS.salt not in str(refused.value)


@pytest.mark.parametrize(
    ("known", "passed", "why"),
    [
        ({}, timedelta(), None),
        ({}, timedelta(days=400), Ended.EXPIRED),
        ({"expires_at": NOW + timedelta(days=800)}, timedelta(days=400), None),
        ({"roles": (StaffRole.EDITOR,)}, timedelta(), Ended.CHANGED),
        ({"card": None, "signs": None, "removed_at": NOW}, timedelta(), Ended.REMOVED),
        (None, timedelta(), Ended.REMOVED),
        (None, timedelta(days=400), Ended.EXPIRED),
    ],
    ids=["holds", "expired", "prolonged", "changed", "removed", "gone", "gone after its time"],
)
def test_why_somebody_is_signed_in_no_more(
    known: dict[str, object] | None, passed: timedelta, why: Ended | None
) -> None:
    mine = account()
    by_now = [] if known is None else [account(**known, changed_at=NOW + passed)]
    assert ended(mine, by_now, NOW + passed) is why
    assert ended(mine, [mine], None) is None, "nothing expires without proven time"


def test_the_end_is_told_ten_minutes_before_and_not_once_it_was_prolonged() -> None:
    mine = account()
    before = mine.expires_at - timedelta(minutes=10)
    assert ends_soon(mine, [mine], before) == mine.expires_at
    assert ends_soon(mine, [mine], before - timedelta(seconds=1)) is None
    assert ends_soon(mine, [mine], None) is None
    later = account(expires_at=mine.expires_at + timedelta(days=1))
    assert ends_soon(mine, [later], before) is None
