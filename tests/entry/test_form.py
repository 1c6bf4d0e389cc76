"""Forms as data: what they may say, what is refused and how the place is named."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kiosk.central.forms import UnusableForm, read_form, read_forms
from kiosk.sync.contract import UnreadableDocument
from kiosk.sync.form import FieldKind, Form
from kiosk.sync.form_structure import TextFormat
from kiosk.sync.site import document_id, read_site_document, site_document
from kiosk.sync.submission import Role
from tests.entry.forms_of_tests import FOLDER, every_kind, filled, form, shipped


def test_every_kind_can_be_asked_for() -> None:
    kinds = {each.kind for each in form().fields.values()}
    assert kinds == set(FieldKind)
    group = form().fields["group"]
    assert [each.name for each in group.fields] == ["what", "cost"]
    assert [each.required for each in group.fields] == [True, False]


def test_every_format_of_the_schema_has_a_kind() -> None:
    assert {each.value for each in TextFormat} <= {each.value for each in FieldKind}


def test_written_and_read_again() -> None:
    told = form()
    written = site_document(told)
    assert read_site_document({**written, "_rev": "1-a"}) == told
    assert written["_id"] == document_id(told) == "form:every-kind:1"
    assert Form.model_validate_json(json.dumps(written)) == told


def test_a_field_is_asked_for_while_its_rule_holds() -> None:
    told = form()
    names = [each.name for each in told.asked(1, {})]
    assert "only_two" not in names
    asked = told.asked(1, {"kind": "two"})
    assert "only_two" in [each.name for each in asked]
    field = told.fields["only_two"]
    assert field.is_required({"kind": "two"}) and not field.is_required({"kind": "one"})


def test_a_field_may_be_shown_though_nothing_asks_for_it() -> None:
    told = every_kind()
    told["hints"]["only_two"]["always_shown"] = True
    field = Form.model_validate(told).fields["only_two"]
    assert field.is_asked({}) and not field.is_required({})


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    told = copy.deepcopy(every_kind())
    change(told)
    return told


def part(told: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = told["structure"]["properties"][name]
    return found


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "format": (lambda d: part(d, "mobile").update(format="phone"), "mobile"),
    "pattern": (lambda d: part(d, "plain").update(pattern="(a+)+$"), "plain.*pattern"),
    "reference": (lambda d: part(d, "plain").update({"$ref": "http://x"}), "ref"),
    "no bound": (lambda d: part(d, "plain").pop("maxLength"), "plain.*maxLength: is missing"),
    "bounds": (lambda d: part(d, "plain").update(minLength=11), "minLength: is larger"),
    "no limit": (lambda d: part(d, "files").pop("maxItems"), "files.*maxItems"),
    "open object": (lambda d: d["structure"].pop("additionalProperties"), "additionalProperties"),
    "number": (lambda d: part(d, "amount").update(type="number"), "amount"),
    "statement": (lambda d: part(d, "sure").update(const=False), "sure"),
    "file alone": (lambda d: d["structure"]["properties"].update(
        files={"type": "string", "format": "attachment"}), "attachments stand in an array"),
    "nested": (lambda d: part(d, "group")["items"]["properties"].update(
        what=part(d, "files")), "plain fields only"),
    "unknown required": (lambda d: d["structure"]["required"].append("none"), "none"),
    "unknown rule": (lambda d: d["structure"]["allOf"][0]["then"].update(required=["none"]),
                     "none"),
    "rule for nothing": (lambda d: d["structure"]["allOf"][0]["if"]["properties"]["kind"].update(
        const="three"), "kind is never three"),
    "rule where absent": (lambda d: d["structure"]["allOf"][0]["if"].update(required=[]),
                          "holds where it is absent"),
    "required twice": (lambda d: d["structure"]["required"].append("only_two"),
                       "only_two is required anyway"),
    "not placed": (lambda d: d["steps"][0]["fields"].remove("plain"), "steps: plain is missing"),
    "placed twice": (lambda d: d["steps"][1]["fields"].append("plain"), "plain stands twice"),
    "placed, unknown": (lambda d: d["steps"][1]["fields"].append("none"), "none does not stand"),
    "no hints": (lambda d: d["hints"].pop("plain"), "hints: plain is missing"),
    "option": (lambda d: d["hints"]["kind"]["options"].pop("two"), "kind.options: two is missing"),
    "options of text": (lambda d: d["hints"]["plain"].update(options={"a": {"zh": "a", "en": "a"}}),
                        "plain.options: not for the kind text"),
    "bound of text": (lambda d: d["hints"]["plain"].update(at_most="5"), "plain.at_most"),
    "prefill": (lambda d: d["hints"]["plain"].update(prefill="number"), "plain.prefill"),
    "group field": (lambda d: d["hints"]["group"]["fields"].pop("cost"), "group.fields: cost"),
    "one language": (lambda d: d["title"].pop("en"), "title.en"),
    "slip": (lambda d: d["hints"]["plain"].update(labl="x"), "plain.labl"),
    "role": (lambda d: d.update(roles=["visitor"]), "roles"),
    "version": (lambda d: d.update(version=0), "version"),
    "name": (lambda d: d["structure"]["properties"].update({"A b": {"type": "string",
             "maxLength": 3}}), "A b"),
    "too many": (lambda d: d["steps"].extend([d["steps"][0]] * 8), "steps"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_form_may_not_say_is_refused_by_its_place(case: str, tmp_path: Path) -> None:
    change, named = REFUSED[case]
    told = changed(change)
    path = tmp_path / "form.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(UnusableForm, match=f"form.json: .*{named}"):
        read_form(path)
    with pytest.raises(UnreadableDocument):
        read_site_document({**told, "type": "form", "_id": "form:every-kind:1"})


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"{", "is not JSON"),
        ("[]".encode("utf-16"), "UTF-8"),
        (b"[]", "not a table"),
        (b'{"key": "a", "key": "b"}', "key stands twice"),
        (b'{"type": "form"}', "unknown key type"),
        (b'{"keys": 1}', "unknown key keys"),
        (b"[" * 60_000, "is not JSON"),
        (b" " * 70_000, "larger than"),
    ],
)
def test_a_file_that_is_no_form_is_named(content: bytes, named: str, tmp_path: Path) -> None:
    path = tmp_path / "form.json"
    path.write_bytes(content)
    with pytest.raises(UnusableForm, match=named):
        read_form(path)


def test_a_folder_that_is_not_there_and_a_key_that_stands_twice(tmp_path: Path) -> None:
    with pytest.raises(UnusableForm, match="cannot be read"):
        read_forms(tmp_path / "none")
    for name in "ab":
        (tmp_path / f"{name}.json").write_text(json.dumps(every_kind()), encoding="utf-8")
    with pytest.raises(UnusableForm, match=r"b\.json: key every-kind stands twice"):
        read_forms(tmp_path)


def test_the_shipped_forms_are_the_five_to_begin_with() -> None:
    forms = shipped()
    assert set(forms) == {
        "bidder-registration", "contact-change", "contract-filing", "question-objection",
        "deposit-return",
    }  # fmt: skip
    for told in forms.values():
        Draft202012Validator.check_schema(told.structure)
        assert Role.EXPERT not in told.roles
        assert len(told.steps) <= 5, "they have room in the bar, with the review"
        assert told.about is not None
        kinds = {each.kind for each in told.fields.values()}
        assert {FieldKind.STATEMENT, FieldKind.ATTACHMENT} <= kinds
    assert list(forms["question-objection"].fields["kind"].options) == ["question", "objection"]
    assert FOLDER.is_dir()


def test_the_schema_itself_takes_what_the_example_holds() -> None:
    validator = Draft202012Validator(form().structure)
    assert validator.is_valid(filled())
    assert not validator.is_valid({**filled(), "kind": "two"})
    assert not validator.is_valid({**filled(), "more": "1"})
