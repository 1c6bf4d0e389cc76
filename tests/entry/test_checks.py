"""What is said of values: gently while somebody types, strictly at the end of a step."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from kiosk import words
from kiosk.entry.checks import Fault, faults_of, handed_in, look_at
from kiosk.entry.dates import check_date, complete, in_full, joined, parts_of
from kiosk.entry.finding import Finding, Verdict
from kiosk.entry.numbers import bank_account, credit_code, id_number, telephone
from kiosk.entry.writing import grouped, plain, shown
from kiosk.sync.form import FieldKind, Hints, Said
from tests.entry.forms_of_tests import CODE, NUMBER, SHA, filled, form, shipped

TODAY = date(2026, 11, 23)
ZH, EN = words.load("zh"), words.load("en")
EMPTY, OPEN, GOOD, WRONG = Verdict.EMPTY, Verdict.OPEN, Verdict.GOOD, Verdict.WRONG


def code(stem: str) -> str:
    return stem + uscc.calc_check_digit(stem)


def number(stem: str) -> str:
    return stem + mod_11_2.calc_check_digit(stem)


def last_changed(text: str) -> str:
    return text[:-1] + ("1" if text[-1] != "1" else "2")


CODES = [
    (CODE, GOOD, ""),
    ("91110000600037341L", GOOD, ""),
    (code("12210400MB0A1234X"), GOOD, ""),
    (code("N2210411MF0123456"), GOOD, ""),  # a village's cooperative
    (last_changed(CODE), WRONG, "code_check"),
    (CODE[:9] + CODE[10] + CODE[9] + CODE[11:], WRONG, "code_check"),
    (CODE[:17], OPEN, "code_length"),
    ("9", OPEN, "code_length"),
    (CODE + "1", WRONG, "code_length"),
    ("91210400MAO", WRONG, "code_sign"),  # a letter O
    ("9121040I", WRONG, "code_sign"),
    ("91A", WRONG, "code_check"),
    ("B1", WRONG, "code_check"),
    ("0", WRONG, "code_check"),
]
NUMBERS = [
    (NUMBER, GOOD, ""),
    ("11010519491231002X", GOOD, ""),
    (number("81000019800101001"), GOOD, ""),
    (number("82000019800101001"), GOOD, ""),
    (number("83000019800101001"), GOOD, ""),
    (number("91115619800101001"), GOOD, ""),
    (number("71010019800101001"), GOOD, ""),
    ("ABC123456789012", GOOD, ""),
    ("ABC12345678901", OPEN, "number_length"),
    ("A", OPEN, "number_length"),
    ("ABCD", WRONG, "number_check"),
    (last_changed(NUMBER), WRONG, "number_check"),
    (number("21040219801301123"), WRONG, "number_check"),  # a thirteenth month
    (number("21040219810229123"), WRONG, "number_check"),
    (number("21040220270101123"), WRONG, "number_check"),  # not born yet
    (number("00040219800101123"), WRONG, "number_check"),
    (number("81010119800101001"), WRONG, "number_check"),
    (NUMBER[:17], OPEN, "number_length"),
    ("2", OPEN, "number_length"),
    (NUMBER + "1", WRONG, "number_length"),
    ("21040X", WRONG, "number_check"),
]
TELEPHONES = [
    # text, any number, mobile only
    ("13842310026", GOOD, GOOD),
    ("19912345678", GOOD, GOOD),
    ("1", OPEN, OPEN),
    ("1384231002", OPEN, OPEN),
    ("138423100261", WRONG, WRONG),
    ("12842310026", WRONG, WRONG),
    ("02453910026", GOOD, WRONG),
    ("024-53910026", GOOD, WRONG),
    ("010-12345678", GOOD, WRONG),
    ("024-539", OPEN, WRONG),
    ("0", OPEN, WRONG),
    ("53910026", OPEN, WRONG),
    ("4008123123", GOOD, WRONG),
    ("23800138000", WRONG, WRONG),
    ("-", OPEN, OPEN),
    ("024-53910026-", OPEN, WRONG),
    ("024-53910026-8001", GOOD, WRONG),
    ("01062345678-8001", GOOD, WRONG),
    ("400-812-3123-5", GOOD, WRONG),
    ("024-53910026-1234567", WRONG, WRONG),
    ("024-539-8001", OPEN, WRONG),
    ("13842310026-1", WRONG, WRONG),
    ("+8613842310026", GOOD, WRONG),
    ("008613842310026", GOOD, WRONG),
    ("+86-24-53910026", GOOD, WRONG),
    ("+862453910026-8001", GOOD, WRONG),
    ("+852-21234567", GOOD, WRONG),
    ("852-21234567", GOOD, WRONG),
    ("0085221234567-12", GOOD, WRONG),
    ("853-28281234", GOOD, WRONG),
    ("+886-2-23456789", GOOD, WRONG),
    ("+85221234567890123", WRONG, WRONG),
    ("+", OPEN, WRONG),
    ("+8", OPEN, WRONG),
    ("+0000", WRONG, WRONG),
    ("1+", WRONG, WRONG),
    ("²²²²²²²²", WRONG, WRONG),
    ("１３８４２３１００２６", WRONG, WRONG),
]
ACCOUNTS = [
    ("12345678", GOOD, ""),
    ("4000023419200012345", GOOD, "account_look_again"),
    ("6222021001116245702", GOOD, ""),  # of 19 digits, with its check digit
    ("1234567", OPEN, ""),
    ("1" * 30, GOOD, ""),
    ("1" * 31, WRONG, ""),
    ("1234a", WRONG, ""),
    ("²" * 10, WRONG, ""),
    ("１２３４５６７８９０", WRONG, ""),
]


@pytest.mark.parametrize(("text", "verdict", "fault"), CODES)
def test_credit_codes(text: str, verdict: Verdict, fault: str) -> None:
    assert (credit_code(text).verdict, credit_code(text).fault) == (verdict, fault)


@pytest.mark.parametrize(("text", "verdict", "fault"), NUMBERS)
def test_numbers_of_cards(text: str, verdict: Verdict, fault: str) -> None:
    found = id_number(text, TODAY)
    assert (found.verdict, found.fault) == (verdict, fault)


@pytest.mark.parametrize(("text", "any_number", "mobile"), TELEPHONES)
def test_telephones(text: str, any_number: Verdict, mobile: Verdict) -> None:
    assert telephone(text, mobile=False).verdict is any_number
    assert telephone(text, mobile=True).verdict is mobile


def test_a_landline_without_its_area_code_is_told_so() -> None:
    assert telephone("53910026", mobile=False).fault == "area_code"
    assert telephone("53910026", mobile=True).fault == "mobile_first"


@pytest.mark.parametrize(("text", "verdict", "remark"), ACCOUNTS)
def test_accounts_have_a_length_and_cards_a_remark(
    text: str, verdict: Verdict, remark: str
) -> None:
    assert (bank_account(text).verdict, bank_account(text).remark) == (verdict, remark)


HINTS = Hints(label=Said(zh="日期", en="Date"), days_back=10, days_ahead=5)
DATES = [
    ("2026-11-23", GOOD, ""), ("2026-11-13", GOOD, ""), ("2026-11-12", WRONG, "date_early"),
    ("2026-11-28", GOOD, ""), ("2026-11-29", WRONG, "date_late"),
    ("2026-11-2", WRONG, "date_early"),
    ("2026", OPEN, "date_part"), ("2026-", OPEN, "date_part"), ("2026-11-", OPEN, "date_part"),
    ("2026-0-1", OPEN, "date_part"), ("202-11-23", OPEN, "date_part"),
    ("-11-23", OPEN, "date_part"),
    ("2026-13-", WRONG, "date_month"), ("2026-00-01", WRONG, "date_month"),
    ("2026-02-29", WRONG, "date"), ("2026-11-31", WRONG, "date"), ("0000-11-23", WRONG, "date"),
    ("1899-11-23", WRONG, "date"), ("2026-11-00", WRONG, "date"),
    ("2026-²²-01", WRONG, "date"), ("２０２６-11-20", WRONG, "date"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "verdict", "fault"), DATES)
def test_dates(text: str, verdict: Verdict, fault: str) -> None:
    found = check_date(text, HINTS, TODAY)
    assert (found.verdict, found.fault) == (verdict, fault)


def test_without_a_proven_clock_no_date_is_too_early_or_too_late() -> None:
    assert check_date("2030-01-01", HINTS, None).verdict is GOOD
    assert check_date("2030-02-30", HINTS, None).verdict is WRONG
    assert id_number(number("21040220270101123"), None).verdict is GOOD


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_day_is_good_exactly_within_its_bounds(day: date) -> None:
    near = TODAY - timedelta(days=10) <= day <= TODAY + timedelta(days=5)
    for text in (f"{day:%Y-%m-%d}", f"{day.year}-{day.month}-{day.day}"):
        assert (check_date(text, HINTS, TODAY).verdict is GOOD) == near
        assert in_full(text) == f"{day.year}-{day.month:02}-{day.day:02}"
        assert joined(*parts_of(text)) == text


def test_the_cursor_goes_on_when_no_digit_can_follow() -> None:
    assert [complete(text, 2) for text in ("1", "0", "3", "4", "12")] == [
        False, False, False, True, True,
    ]  # fmt: skip
    assert complete("2026", 4) and not complete("202", 4) and not complete("", 2)
    assert joined("", "", "") == "" and joined("2026", "6", "") == "2026-6-"


VALID: dict[str, list[str]] = {
    "credit": [text for text, verdict, _ in CODES if verdict is GOOD],
    "number": [text for text, verdict, _ in NUMBERS if verdict is GOOD],
    "mobile": [text for text, _, verdict in TELEPHONES if verdict is GOOD],
    "landline": [text for text, verdict, _ in TELEPHONES if verdict is GOOD],
    "account": [text for text, verdict, _ in ACCOUNTS if verdict is GOOD],
    "date": ["2026-11-23"],
}


def judged(kind: str, text: str) -> Finding:
    return {
        "credit": lambda: credit_code(text),
        "number": lambda: id_number(text, TODAY),
        "mobile": lambda: telephone(text, mobile=True),
        "landline": lambda: telephone(text, mobile=False),
        "account": lambda: bank_account(text),
        "date": lambda: check_date(text, Hints(label=HINTS.label), TODAY),
    }[kind]()


@pytest.mark.parametrize("kind", VALID)
def test_on_the_way_to_something_right_nothing_is_called_wrong(kind: str) -> None:
    for text in VALID[kind]:
        for length in range(1, len(text)):
            assert judged(kind, text[:length]).verdict is not WRONG, text[:length]


@given(st.text(min_size=1, max_size=40) | st.text("0123456789-+X²１", min_size=1, max_size=20))
def test_no_text_makes_a_check_fail(text: str) -> None:
    for kind in VALID:
        assert judged(kind, text).verdict in Verdict
    for each in form().fields.values():
        value: Any = [text] if each.kind in {FieldKind.CHOICES, FieldKind.ATTACHMENT} else text
        if each.kind is not FieldKind.GROUP:
            assert look_at(each, value, TODAY).verdict in Verdict


@given(st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_sign_never_passes(place: int, sign: str) -> None:
    for kind, text in (("credit", CODE), ("number", NUMBER)):
        other = text[:place] + sign + text[place + 1 :]
        assert (judged(kind, other).verdict is GOOD) == (other == text)


def keys(found: tuple[Fault, ...]) -> dict[Any, str]:
    return {fault.path if len(fault.path) > 1 else fault.path[0]: fault.key for fault in found}


def without(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def test_nothing_is_wrong_with_what_is_filled_in() -> None:
    assert faults_of(form(), filled(), TODAY) == ()


def test_an_empty_form_names_every_field_that_is_required_in_its_order() -> None:
    told = form()
    found = faults_of(told, {}, TODAY)
    asked = [name for name, each in told.fields.items() if each.required]
    assert [fault.path[0] for fault in found] == asked
    assert keys(found)["kind"] == "choose"
    assert keys(found)["files"] == "attach"
    assert keys(found)["sure"] == "confirm"
    assert keys(found)["group"] == "group"
    assert {fault.path[0] for fault in faults_of(told, {}, TODAY, step=1)} == {
        "kind", "several", "group", "files", "sure",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"plain": "一"}, {"plain": "too_short"}),
        ({"plain": "   "}, {"plain": "missing"}),
        ({"plain": "一" * 11}, {"plain": "too_long"}),
        ({"plain": "  一二  "}, {}),
        ({"latin": "x" * 21}, {"latin": "too_long"}),
        ({"credit_code": CODE[:17]}, {"credit_code": "code_length"}),
        ({"amount": "0.5"}, {"amount": "amount_low"}),
        ({"amount": "1000.01"}, {"amount": "amount_high"}),
        ({"amount": "12."}, {"amount": "amount"}),
        ({"amount": "12.345"}, {"amount": "amount"}),
        ({"date": "2026-11-24"}, {"date": "date_late"}),
        ({"kind": "two"}, {"only_two": "missing"}),
        ({"kind": "two", "only_two": "x"}, {}),
        ({"several": ["a", "b", "c"]}, {"several": "too_many"}),
        ({"several": []}, {"several": "choose"}),
        ({"group": []}, {"group": "group"}),
        ({"group": [{}]}, {("group", 0, "what"): "missing"}),
        ({"group": [{"what": "甲", "cost": "x"}]}, {("group", 0, "cost"): "amount"}),
        ({"group": [{"what": "甲"}] * 4}, {"group": "too_many"}),
        ({"files": [SHA, SHA]}, {"files": "twice"}),
        ({"sure": False}, {"sure": "confirm"}),
        ({"telephone": "53910026"}, {"telephone": "area_code"}),
    ],
    ids=str,
)
def test_at_the_end_of_a_step(change: dict[str, Any], wrong: dict[Any, str]) -> None:
    assert keys(faults_of(form(), {**filled(), **change}, TODAY)) == wrong


def test_what_is_not_asked_for_is_neither_judged_nor_handed_in() -> None:
    values = {**filled(), "only_two": "一" * 99, "telephone": ""}
    assert faults_of(form(), values, TODAY) == ()
    handed = handed_in(form(), values)
    assert "only_two" not in handed and "telephone" not in handed
    assert handed_in(form(), {"date": "2026-1-2", "plain": " 甲 ", "group": [{"what": " 乙"}]}) == {
        "plain": "甲", "date": "2026-01-02", "group": [{"what": "乙"}],
    }  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_fault_has_words_that_name_field_and_remedy_but_not_the_value(language: str) -> None:
    spoken = words.load(language)
    bad: dict[str, Any] = dict.fromkeys(form().fields, "坏值99") | {
        "several": ["a", "b", "c"], "group": [{"what": "坏值" * 20, "cost": "坏"}], "files": [],
        "sure": False, "kind": "two",
    }  # fmt: skip
    found = faults_of(form(), bad, TODAY)
    assert len(found) >= 10
    for fault in found:
        text = fault.named(spoken, language)
        assert fault.hints.label.in_language(language) in text
        assert fault.under(spoken) in text and len(fault.under(spoken)) > 3
        assert "坏值" not in repr(fault)
        assert not {"{", "}"} & set(text)


def test_every_fault_that_a_check_can_name_has_words_that_fit_below_a_field() -> None:
    told = {"length": "17", "sign": "O", "least": "2", "most": "1500", "over": "12",
            "bound": "99,999,999,999.99", "field": "x", "remedy": "y"}  # fmt: skip
    for spoken, most in ((ZH, 31), (EN, 60)):
        for key, text in words.section(spoken, "check").items():
            assert len(text.format(**told)) <= most, key


def test_shipped_forms_can_be_filled_in() -> None:
    for told in shipped().values():
        found = faults_of(told, {}, TODAY)
        required = [each for each in told.fields.values() if each.required]
        assert len(found) == len(required)


def test_an_objection_asks_for_more_than_a_question() -> None:
    told = shipped()["question-objection"]
    asked = {fault.path[0] for fault in faults_of(told, {"kind": "question"}, TODAY)}
    more = {fault.path[0] for fault in faults_of(told, {"kind": "objection"}, TODAY)}
    assert more - asked == {"about", "known_on", "request"}


GROUPED = [
    (FieldKind.MOBILE, "1384231", "138 4231"), (FieldKind.MOBILE, "13842310026", "138 4231 0026"),
    (FieldKind.TELEPHONE, "024-53910026", "024-53910026"), (FieldKind.MOBILE, "138", "138"),
    (FieldKind.BANK_ACCOUNT, "123456789", "1234 5678 9"),
    (FieldKind.AMOUNT, "1234567.5", "1,234,567.5"),
    (FieldKind.AMOUNT, "0012", "0012"), (FieldKind.AMOUNT, "12.", "12."),
    (FieldKind.AMOUNT, ".", "."),
    (FieldKind.TEXT, "a, b", "a, b"), (FieldKind.CREDIT_CODE, CODE, CODE),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "stands"), GROUPED)
def test_digits_stand_in_groups_and_are_read_without(
    kind: FieldKind, text: str, stands: str
) -> None:
    assert grouped(kind, text) == stands
    assert plain(kind, stands) == text


@given(st.sampled_from(sorted(FieldKind)), st.text("0123456789.-", max_size=24))
def test_grouping_never_loses_a_sign(kind: FieldKind, text: str) -> None:
    assert plain(kind, grouped(kind, text)) == text


def test_the_review_shows_values_as_people_write_them() -> None:
    told, values = form(), filled()

    def seen(name: str, language: str = "zh", **more: Any) -> str:
        spoken = words.load(language)
        return shown(
            told.fields[name], {**values, **more}.get(name), spoken, language, {SHA: "a.pdf"}
        )

    assert seen("date", date="2026-01-02") == "2026 年 1 月 2 日"
    assert seen("amount") == "12.50\n人民币壹拾贰元伍角"
    assert seen("kind") == "其一" and seen("kind", "en") == "其一 (en)"
    assert seen("several", several=["a", "c"]) == "A、C"
    assert seen("group", group=[{"what": "甲", "cost": "1000"}, {"what": "乙"}]) == "甲、1,000\n乙"
    assert seen("files") == "a.pdf"
    assert seen("sure") == "已确认"
    assert seen("telephone") == ""
    assert seen("mobile") == "138 4231 0026"
