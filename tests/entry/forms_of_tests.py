"""A form with a field of every kind, and the forms that the product ships."""

from pathlib import Path
from typing import Any

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from kiosk.central.forms import read_forms
from kiosk.sync.form import Form

FOLDER = Path(__file__).parents[2] / "assets" / "forms"
CODE = "91210400MA0TQ5Y3X" + uscc.calc_check_digit("91210400MA0TQ5Y3X")
NUMBER = "21040219800101123" + mod_11_2.calc_check_digit("21040219800101123")
SHA = "a" * 64


def said(text: str) -> dict[str, str]:
    return {"zh": text, "en": f"{text} (en)"}


def every_kind() -> dict[str, Any]:
    """One field of every kind, two of them asked for only sometimes."""
    formats = ("latin", "long-text", "credit-code", "id-number", "mobile", "telephone",
               "bank-account", "amount", "date")  # fmt: skip
    free = {"latin", "long-text"}
    properties: dict[str, Any] = {"plain": {"type": "string", "minLength": 2, "maxLength": 10}}
    for name in formats:
        bounds = {"maxLength": 20} if name in free else {}
        properties[name.replace("-", "_")] = {"type": "string", "format": name, **bounds}
    properties |= {
        "kind": {"type": "string", "enum": ["one", "two"]},
        "several": {"type": "array", "items": {"type": "string", "enum": ["a", "b", "c"]},
                    "minItems": 1, "maxItems": 2, "uniqueItems": True},
        "group": {"type": "array", "minItems": 1, "maxItems": 3,
                  "items": {"type": "object", "additionalProperties": False,
                            "properties": {"what": {"type": "string", "maxLength": 20},
                                           "cost": {"type": "string", "format": "amount"}},
                            "required": ["what"]}},
        "files": {"type": "array", "items": {"type": "string", "format": "attachment"},
                  "minItems": 1, "maxItems": 2, "uniqueItems": True},
        "sure": {"type": "boolean", "const": True},
        "only_two": {"type": "string", "maxLength": 10},
    }  # fmt: skip
    hints: dict[str, Any] = {name: {"label": said(name)} for name in properties}
    hints["kind"]["options"] = {"one": said("其一"), "two": said("其二")}
    hints["several"]["options"] = {each: said(each.upper()) for each in "abc"}
    hints["group"]["fields"] = {"what": {"label": said("内容")}, "cost": {"label": said("金额")}}
    hints["plain"]["prefill"] = "name"
    hints["id_number"]["prefill"] = "number"
    hints["amount"] |= {"at_least": "1", "at_most": "1000"}
    hints["date"] |= {"days_back": 10, "days_ahead": 0}
    names = list(properties)
    return {
        "key": "every-kind",
        "version": 1,
        "roles": ["bidder"],
        "title": said("各种字段"),
        "structure": {
            "type": "object",
            "additionalProperties": False,
            "properties": properties,
            "required": [name for name in names if name not in {"only_two", "telephone"}],
            "allOf": [
                {
                    "if": {"properties": {"kind": {"const": "two"}}, "required": ["kind"]},
                    "then": {"required": ["only_two"]},
                }
            ],
        },
        "steps": [
            {"title": said("甲"), "fields": names[:10]},
            {"title": said("乙"), "fields": names[10:]},
        ],
        "hints": hints,
    }


def filled() -> dict[str, Any]:
    """Values of it with which nothing is wrong on 2026-11-23."""
    return {
        "plain": "张明远", "latin": "a@b.cn", "long_text": "一\n二", "credit_code": CODE,
        "id_number": NUMBER, "mobile": "13842310026", "bank_account": "12345678",
        "amount": "12.50", "date": "2026-11-23", "kind": "one", "several": ["a"],
        "group": [{"what": "甲", "cost": "1.00"}], "files": [SHA], "sure": True,
    }  # fmt: skip


def form(**changes: Any) -> Form:
    return Form.model_validate({**every_kind(), **changes})


def shipped() -> dict[str, Form]:
    return {each.key: each for each in read_forms(FOLDER)}
