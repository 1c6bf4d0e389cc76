"""Amounts of yuan and their capitals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.entry.amount import MOST, WrongAmount, capitals, read_amount

OFFICIAL = {
    "1409.50": "壹仟肆佰零玖元伍角",
    "6007.14": "陆仟零柒元壹角肆分",
    "1680.32": "壹仟陆佰捌拾元零叁角贰分",
    "107000.53": "壹拾万柒仟元零伍角叁分",
    "16409.02": "壹万陆仟肆佰零玖元零贰分",
    "325.04": "叁佰贰拾伍元零肆分",
}
"""The examples of the rules themselves, article 4; the first form where there are two."""
TABLE = {
    "0": "零元整", "0.01": "壹分", "0.05": "伍分", "0.1": "壹角", "0.5": "伍角", "0.50": "伍角",
    "0.99": "玖角玖分", "1": "壹元整", "1.00": "壹元整", "1.01": "壹元零壹分", "1.10": "壹元壹角",
    "1.23": "壹元贰角叁分", "2": "贰元整", "9": "玖元整", "10": "壹拾元整",
    "10.05": "壹拾元零伍分", "10.5": "壹拾元零伍角", "11": "壹拾壹元整", "20": "贰拾元整",
    "99.99": "玖拾玖元玖角玖分", "100": "壹佰元整", "101": "壹佰零壹元整", "110": "壹佰壹拾元整",
    "111.11": "壹佰壹拾壹元壹角壹分", "200.20": "贰佰元零贰角", "999": "玖佰玖拾玖元整",
    "1000": "壹仟元整", "1001": "壹仟零壹元整", "1010": "壹仟零壹拾元整", "1100": "壹仟壹佰元整",
    "1011": "壹仟零壹拾壹元整", "5005.05": "伍仟零伍元零伍分", "9999": "玖仟玖佰玖拾玖元整",
    "10000": "壹万元整", "10001": "壹万零壹元整", "10010": "壹万零壹拾元整",
    "10100": "壹万零壹佰元整", "11000": "壹万壹仟元整", "20500": "贰万零伍佰元整",
    "50000": "伍万元整", "100000": "壹拾万元整", "100001": "壹拾万零壹元整",
    "101000": "壹拾万壹仟元整", "110000": "壹拾壹万元整", "200000.02": "贰拾万元零贰分",
    "800000": "捌拾万元整", "1000000": "壹佰万元整", "1000001": "壹佰万零壹元整",
    "1010101.01": "壹佰零壹万零壹佰零壹元零壹分",
    "1234567.89": "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分",
    "3600000.00": "叁佰陆拾万元整", "10000000": "壹仟万元整", "10000010": "壹仟万零壹拾元整",
    "20500000": "贰仟零伍拾万元整", "99999999.99": "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
    "100000000": "壹亿元整", "100000001": "壹亿零壹元整", "100010000": "壹亿零壹万元整",
    "110000000": "壹亿壹仟万元整", "101000000": "壹亿零壹佰万元整",
    "100100100": "壹亿零壹拾万零壹佰元整", "1000000000": "壹拾亿元整",
    "12345678901.23": "壹佰贰拾叁亿肆仟伍佰陆拾柒万捌仟玖佰零壹元贰角叁分",
    "1000000000000": "壹万亿元整", "1000100010001": "壹万零壹亿零壹万零壹元整",
    "999999999999999.99":
        "玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
}  # fmt: skip
FIGURES = "零壹贰叁肆伍陆柒捌玖"
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) + len(OFFICIAL) >= 70


@pytest.mark.parametrize(("text", "written"), (OFFICIAL | TABLE).items())
def test_capitals(text: str, written: str) -> None:
    assert capitals(read_amount(text)) == written


def in_figures(text: str) -> Decimal:
    """Read capitals back, by a way of its own: from left to right with a running group."""
    fen = Decimal(0)
    total = group = figure = 0
    for sign in text.removesuffix("整"):
        if sign in FIGURES:
            figure = FIGURES.index(sign)
        elif sign in UNITS:
            group, figure = group + figure * UNITS[sign], 0
        elif sign == "万":
            group, figure = (group + figure) * 10_000, 0
            total, group = total + group, 0
        elif sign == "亿":
            total, group, figure = (total + group + figure) * 100_000_000, 0, 0
        elif sign == "元":
            total, group, figure = total + group + figure, 0, 0
        elif sign in "角分":
            fen, figure = fen + figure * (10 if sign == "角" else 1), 0
    return total + fen / 100


@given(st.integers(0, int(MOST * 100)).map(lambda fen: Decimal(fen) / 100))
def test_capitals_say_the_amount(amount: Decimal) -> None:
    written = capitals(amount)
    assert in_figures(written) == amount
    assert "零零" not in written
    assert written.endswith("整") == (amount == int(amount))


@pytest.mark.parametrize(
    "text", ["", ".5", "1.", "1.234", "01", "-1", "1,000", "1e3", "１", "1 ", "9" * 16, "1.2.3"]
)
def test_what_is_no_amount_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(WrongAmount) as caught:
        read_amount(text)
    assert text == "" or text not in str(caught.value)


@pytest.mark.parametrize("amount", [Decimal("-0.01"), MOST + 1, Decimal("0.001")])
def test_what_cannot_be_written_is_refused(amount: Decimal) -> None:
    with pytest.raises(WrongAmount):
        capitals(amount)
