"""The table of working days: what staff may write, and what they are told when it is wrong."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.working_days_table import DayException, DayKind, Table, TableError, parse

SHIPPED = Path(__file__).parents[2] / "assets" / "settings" / "working-days.toml"


def test_reads_days_and_years() -> None:
    table = parse(
        'complete_years = [2027]\n[days]\n2027-01-09 = { day = "work", note = "补1月4日" }\n'
        '2027-01-04 = { day = "off", note = " 盘点 " }\n',
        "t.toml",
    )
    assert table.complete_years == {2027}
    assert table.exceptions == {
        date(2027, 1, 9): DayException(DayKind.WORK, "补1月4日"),
        date(2027, 1, 4): DayException(DayKind.OFF, "盘点"),
    }


def test_shipped_table_says_nothing_and_its_samples_are_right() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert parse(text, SHIPPED.name) == Table()
    samples = text.replace("# 2027", "2027")
    assert len(parse(samples, SHIPPED.name).exceptions) == 2


def test_empty_file_is_an_empty_table() -> None:
    assert parse("", "t.toml") == Table()


RIGHT = '{ day = "off", note = "why" }'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"[days]\n2027-02-30 = {RIGHT}", ["2027-02-30", "year-month-day"]),
        (f"[days]\n2027-1-9 = {RIGHT}", ["2027-1-9", "year-month-day"]),
        (f'[days]\n"２027-01-09" = {RIGHT}', ["year-month-day"]),
        (f"[days]\n0227-01-09 = {RIGHT}", ["0227-01-09", "year-month-day"]),
        ('[days]\n2027-01-09 = { day = "free", note = "x" }', ["2027-01-09", '"work" or "off"']),
        ('[days]\n2027-01-09 = { note = "x" }', ["2027-01-09", '"work" or "off"']),
        ('[days]\n2027-01-09 = { day = ["off"], note = "x" }', ["2027-01-09", '"work" or "off"']),
        ('[days]\n2027-01-09 = { day = "off" }', ["2027-01-09", "reason"]),
        ('[days]\n2027-01-09 = { day = "off", note = " " }', ["2027-01-09", "reason"]),
        ('[days]\n2027-01-09 = { day = "off", notes = "x" }', ["2027-01-09", "notes"]),
        ('[days]\n2027-01-09 = "off"', ["2027-01-09", "what kind of day"]),
        (f"2027-01-09 = {RIGHT}", ["2027-01-09", "below [days]"]),
        ("days = []", ["days", "[days]"]),
        ("complete_years = 2027", ["complete_years", "[2027]"]),
        ("complete_years = [27]", ["complete_years", "[2027]"]),
        ("complete_years = [true]", ["complete_years", "[2027]"]),
        ("[days]\n2027-01-09 = off", ["2027-01-09", "line 2"]),
        (f"[days]\n2027-01-09 = {RIGHT}\n2027-01-09 = {RIGHT}", ["2027-01-09", "once"]),
        ("[days", ["is no TOML"]),
    ],
)
def test_mistakes_name_file_date_and_remedy(text: str, told: list[str]) -> None:
    with pytest.raises(TableError) as caught:
        parse(text, "t.toml")
    for part in ["t.toml", *told]:
        assert part in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(TableError) as caught:
        parse('[days]\n2027-01-09 = "off"\n2027-13-09 = { day = "x" }', "t.toml")
    assert len(str(caught.value).splitlines()) == 4


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text, "t.toml")
    except TableError as problem:
        assert str(problem).startswith("t.toml: ")


NOTES = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=8)


@given(
    st.dictionaries(
        st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.tuples(st.sampled_from(DayKind), NOTES)
    )
)
def test_whatever_is_written_is_read(days: dict[date, tuple[DayKind, str]]) -> None:
    lines = [f'{day} = {{ day = "{kind}", note = "{note}" }}' for day, (kind, note) in days.items()]
    table = parse("\n".join(["[days]", *lines]), "t.toml")
    assert table.exceptions == {day: DayException(*entry) for day, entry in days.items()}
