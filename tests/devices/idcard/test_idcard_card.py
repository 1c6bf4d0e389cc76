"""The text of a card: four layouts, names that need care, numbers with wrong check digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from idcard_bench import expected_name

from devices.errors import Garbled
from devices.idcard.card import NotAnIdentity, identity_of
from devices.idcard.identity import CardKind, Identity, masked_name, masked_number
from devices.idcard.numbers import WrongNumber, check_number
from devices.idcard.virtual.cards import CARDS, Card, NotACard, card_from, complete

GOOD = {name: card for name, card in CARDS.items() if not card.fault and name != "wrong-digit"}


def read(card: Card) -> Identity:
    return identity_of(memoryview(card.text()))


def changed(card: Card, at: int, text: str) -> memoryview:
    raw = text.encode("utf-16-le")
    block = bytearray(card.text())
    block[at : at + len(raw)] = raw
    return memoryview(block)


@pytest.mark.parametrize("name", GOOD)
def test_every_card_gives_kind_name_and_number(name: str) -> None:
    card = GOOD[name]
    assert read(card) == Identity(CardKind(card.layout), expected_name(card), card.number)


def test_the_made_up_cards_cover_what_needs_care() -> None:
    assert {card.layout for card in GOOD.values()} == set(CardKind)
    assert any(len(card.name) == 15 for card in GOOD.values())
    assert {len(card.latin) for card in GOOD.values()} >= {60, 46}
    assert any(ord(letter) > 0xFFFF for card in GOOD.values() for letter in card.name)
    assert any(0xE000 <= ord(letter) < 0xF900 for card in GOOD.values() for letter in card.name)
    assert len({card.number for card in GOOD.values()}) == len(GOOD)


def golden(*fields: tuple[int, str]) -> memoryview:
    """A block written out by hand from the description, independent of the virtual cards."""
    block = bytearray(b"\x20\x00" * 128)
    for at, text in fields:
        raw = text.encode("utf-16-le")
        block[at : at + len(raw)] = raw
    return memoryview(block)


def test_golden_resident() -> None:
    # 11010519491231002X is the example number of GB 11643.
    block = golden(
        (0, "样张"),
        (30, "1"),
        (32, "01"),
        (36, "19491231"),
        (122, "11010519491231002X"),
        (188, "20200101"),
        (204, "长期"),
    )
    assert identity_of(block) == Identity(CardKind.RESIDENT, "样张", "11010519491231002X")


def test_golden_foreigners() -> None:
    old = golden(
        (0, "SPECIMEN, A"),
        (122, "USA110000010100"),
        (188, "20200101"),
        (204, "20300101"),
        (220, "19000101"),
        (248, "I"),
    )
    assert identity_of(old).name == "SPECIMEN, A"
    # The 35th character is the space before the given name; it must not be lost.
    surname = "SPECIMEN-OF-A-VERY-LONG-FAMILYNAME"
    assert len(surname) == 34
    new = golden(
        (36, "19000101"),
        (52, surname + " "),
        (220, "ANNA"),
        (122, complete("91184019000101000")),
        (188, "20200101"),
        (204, "20300101"),
        (248, "Y"),
    )
    assert identity_of(new).name == f"{surname} ANNA"


def test_a_foreigner_without_a_latin_name_has_the_chinese_one() -> None:
    for layout in ("foreigner-2017", "foreigner-2023"):
        card = next(card for card in GOOD.values() if card.layout == layout)
        plain = Card(layout, "样张外", card.number)
        assert read(plain).name == "样张外"


@pytest.mark.parametrize(
    ("kind", "number", "reason"),
    [
        (CardKind.RESIDENT, "110105194912310020", "check digit"),
        (CardKind.RESIDENT, "11010519491231002x", "eighteen"),
        (CardKind.RESIDENT, "１1010519491231002X", "eighteen"),
        (CardKind.RESIDENT, complete("81000019000101000"), "begin"),
        (CardKind.RESIDENT, complete("11010519000230000"), "date"),
        (CardKind.HK_MACAU_TAIWAN, "11010519491231002X", "begin"),
        (CardKind.FOREIGNER_2023, "11010519491231002X", "begin"),
        (CardKind.FOREIGNER_2017, "USA11000001010", "three letters"),
        (CardKind.FOREIGNER_2017, "usa110000010100", "three letters"),
    ],
)
def test_wrong_numbers(kind: CardKind, number: str, reason: str) -> None:
    with pytest.raises(WrongNumber, match=reason) as problem:
        check_number(kind, number)
    assert number not in str(problem.value)


@given(st.integers(0, 17), st.integers(1, 10))
def test_any_one_wrong_digit_is_seen(at: int, step: int) -> None:
    number = CARDS["resident"].number
    digits = "0123456789X" if at == 17 else "0123456789"
    wrong = digits[(digits.index(number[at]) + step) % len(digits)]
    if wrong != number[at]:
        with pytest.raises(WrongNumber):
            check_number(CardKind.RESIDENT, number[:at] + wrong + number[at + 1 :])


def test_a_wrong_check_digit_on_a_card_is_reported_without_the_number() -> None:
    with pytest.raises(NotAnIdentity, match="check digit") as problem:
        read(CARDS["wrong-digit"])
    assert CARDS["wrong-digit"].number not in str(problem.value)


@pytest.mark.parametrize(
    ("at", "text", "reason"),
    [
        (248, "Q", "letter"),
        (36, "1900010A", "date"),
        (204, "永远", "date"),
        (0, " 张", "hole"),
        (0, "张  样", "hole"),
        (0, "张\u202e样", "characters"),
        (0, "张\n样", "characters"),
    ],
)
def test_a_block_of_no_layout_is_garbled(at: int, text: str, reason: str) -> None:
    with pytest.raises(Garbled, match=reason) as problem:
        identity_of(changed(CARDS["resident"], at, text))
    assert not problem.value.raw


def test_half_a_surrogate_is_garbled_and_not_repeated() -> None:
    block = bytearray(CARDS["resident"].text())
    block[2:4] = b"\x42\xd8"
    with pytest.raises(Garbled, match="UTF-16") as problem:
        identity_of(memoryview(block))
    assert problem.value.__suppress_context__


def test_a_blank_name_is_no_identity() -> None:
    with pytest.raises(NotAnIdentity, match="blank"):
        identity_of(changed(CARDS["resident"], 0, " " * 15))


@given(st.binary(min_size=256, max_size=256))
def test_any_256_bytes_are_a_named_error_or_an_identity(block: bytes) -> None:
    with pytest.raises((Garbled, NotAnIdentity)):
        identity_of(memoryview(block))


@given(st.integers(1, 255))
def test_a_shifted_block_is_never_an_identity(by: int) -> None:
    for card in GOOD.values():
        block = card.text()
        with pytest.raises((Garbled, NotAnIdentity)):
            identity_of(memoryview(block[by:] + card.photo[:by]))


def test_masks() -> None:
    assert masked_number("210400190001010008") == "2****************8"
    assert [masked_number(number) for number in ("", "1", "12")] == ["", "*", "**"]
    assert [masked_name(name) for name in ("", "张", "样张", "SPECIMEN, A")] == [
        "**",
        "**",
        "样**",
        "S**",
    ]
    shown = repr([Identity(CardKind.RESIDENT, "样张甲", "11010519491231002X")])
    assert "张甲" not in shown and "1949" not in shown


def test_a_card_described_in_a_file() -> None:
    text = 'layout = "resident"\nname = "样张己"\nnumber = "11010119000101000"\n'
    assert card_from(text).number == CARDS["resident"].number
    for wrong, reason in (
        (text + 'colour = "red"', "colour is unknown"),
        ('name = "样"', "layout is missing"),
        (text.replace('"样张己"', "3"), "name is a text"),
        (text.replace("样张己", "样" * 16), "do not fit"),
        (text.replace("resident", "passport"), "one of"),
        ("=", "card:"),
    ):
        with pytest.raises(NotACard, match=reason):
            card_from(wrong)
