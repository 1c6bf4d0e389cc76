import json

import pytest

from kiosk.central.ingest import Report


def _release(amount: str, currency: str = '"CNY"') -> str:
    return (
        '{"ocid": "o", "id": "1", "date": "2026-03-17T00:00:00Z", "tag": ["tender"], "tender":'
        f' {{"title": "题", "value": {{"amount": {amount}, "currency": {currency}}}}}}}'
    )


def _budget(centre) -> str:
    with centre.database.reading() as connection:
        text = connection.exec_driver_sql("SELECT doc FROM notices").scalar_one()
    return str(json.loads(text).get("budget", ""))


@pytest.mark.parametrize(
    ("amount", "budget"),
    [
        ("650000", "650000 CNY"),
        ("650000.0", "650000 CNY"),
        ("650000.50", "650000.50 CNY"),
        ("0.1", "0.1 CNY"),
        ("1e6", "1000000 CNY"),
        ("1.5e14", "150000000000000 CNY"),
        ("123456789012.34", "123456789012.34 CNY"),
        ("0", "0 CNY"),
        ("null", ""),
    ],
)
def test_amounts_are_written_plainly(centre, amount, budget):
    assert centre.take(_release(amount)).added == 1
    assert _budget(centre) == budget


@pytest.mark.parametrize(
    "amount",
    ["true", "false", '"650000"', "[]", "1e16", "1e400", "-1e999999999", "1e-400", "NaN"],
)
def test_what_is_no_amount_is_refused_by_its_field(centre, amount):
    report: Report = centre.take(_release(amount))
    assert (report.added, report.refused) == (0, 1)
    assert report.refusals[0].reason.startswith("tender.value.amount: ")


def test_a_number_beyond_the_arithmetic_is_refused(centre):
    report: Report = centre.take(_release("1e99999999999999999999999"), centre.portal("good"))
    assert (report.added, report.refused) == (1, 1)
    assert report.refusals[0].reason == "is not JSON that can be read"


def test_an_amount_without_a_currency_is_left_out(centre):
    assert centre.take(_release("650000", "null")).added == 1
    assert _budget(centre) == ""
