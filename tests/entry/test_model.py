"""Filling in a form, without a window."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from kiosk import words
from kiosk.entry.forms import draft_text, newest, offers, version
from kiosk.entry.model import EntryModel, Tone
from kiosk.private.files import StagedFile
from kiosk.sync.form import Form, Prefill
from kiosk.sync.submission import Role
from tests.entry.forms_of_tests import CODE, NUMBER, SHA, filled, form, shipped

TODAY = date(2026, 11, 23)
ZH = words.load("zh")
CARD = {Prefill.NAME: "张明远", Prefill.NUMBER: NUMBER}


OTHER_SHA = "b" * 64


def file(name: str = "a.pdf", sha256: str = SHA) -> StagedFile:
    return StagedFile(name, name, "application/pdf", 3, sha256)


@dataclass(frozen=True)
class Draft:
    form: str
    version: int
    saved_at: datetime = datetime(2026, 11, 23, 1, 11, tzinfo=UTC)


def model(values: dict[str, Any] | None = None) -> EntryModel:
    made = EntryModel()
    made.begin(form(), CARD)
    for name, value in (values or {}).items():
        made.put((name,), value)
    return made


def tone(made: EntryModel, *path: str | int) -> tuple[Tone, str]:
    look = made.look(path, ZH, TODAY)
    return look.tone, look.text


def test_only_marked_fields_take_something_from_the_card_and_say_so() -> None:
    made = model()
    assert made.value(("plain",)) == "张明远" and made.value(("id_number",)) == NUMBER
    assert tone(made, "plain") == (Tone.GOOD, "已按证件填入，可以修改")
    assert made.value(("latin",)) is None
    made.put(("plain",), "李四")
    assert tone(made, "plain") == (Tone.GOOD, "")


def test_while_one_types_nothing_is_wrong_and_afterwards_it_is() -> None:
    made = model()
    for length in range(1, 18):
        made.put(("credit_code",), CODE[:length])
        assert tone(made, "credit_code") == (Tone.PLAIN, "")
    made.leave(("credit_code",))
    assert tone(made, "credit_code") == (Tone.BAD, "应为 18 位，现在是 17 位")
    made.put(("credit_code",), CODE[:16])
    assert tone(made, "credit_code") == (Tone.PLAIN, "")
    made.put(("credit_code",), CODE)
    assert tone(made, "credit_code") == (Tone.GOOD, "")
    made.put(("credit_code",), CODE[:-1] + ("1" if CODE[-1] != "1" else "2"))
    assert tone(made, "credit_code")[0] is Tone.BAD


def test_leaving_an_empty_field_says_nothing_until_the_step_ends() -> None:
    made = model()
    made.leave(("latin",))
    assert tone(made, "latin") == (Tone.PLAIN, "")
    faults = made.next(TODAY)
    assert made.step == 0 and faults[0].path == ("latin",)
    assert tone(made, "latin") == (Tone.BAD, "请填写这一项")
    assert tone(made, "telephone") == (Tone.PLAIN, ""), "it may stay empty"


def test_a_step_without_faults_goes_on_to_the_review() -> None:
    made = model(filled())
    made.attach("files", [file()])
    assert made.next(TODAY) == () and made.step == 1
    assert made.next(TODAY) == () and made.reviewing
    assert made.fields == ()
    lines = made.review(ZH, "zh", TODAY)
    assert [len(each) for each in lines] == [10, 5]
    assert not [line for step in lines for line in step if line.fault]
    values, files = made.content()
    assert values == filled() and files == (file(),)


def test_the_review_leads_to_what_is_wrong() -> None:
    made = model(filled() | {"group": [{"cost": "1"}]})
    made.go(2)
    lines = {line.path[0]: line for step in made.review(ZH, "zh", TODAY) for line in step}
    assert lines["group"].path == ("group", 0, "what")
    assert lines["group"].fault == "请填写这一项"
    assert lines["telephone"].text == "（未填写）"
    first = made.faults(TODAY)[0]
    assert made.step_of(first.path) == 1
    made.go(1)
    assert tone(made, "group", 0, "what") == (Tone.BAD, "请填写这一项")


def test_an_answer_that_asks_for_more_changes_the_shape() -> None:
    made = model()
    made.go(1)
    before = made.shape
    made.put(("kind",), "one")
    assert made.shape == before
    made.put(("kind",), "two")
    assert made.shape == before + 1
    assert "only_two" in [each.name for each in made.fields]


def test_entries_of_a_group_keep_what_was_said_of_them() -> None:
    made = model()
    assert made.value(("group",)) == [{}], "one is asked for"
    made.add_entry("group")
    made.put(("group", 0, "what"), "甲")
    made.put(("group", 1, "cost"), "x")
    made.go(1)
    made.go(2)
    assert tone(made, "group", 1, "what") == (Tone.BAD, "请填写这一项")
    made.remove_entry("group", 0)
    assert made.value(("group",)) == [{"cost": "x"}]
    assert tone(made, "group", 0, "what") == (Tone.BAD, "请填写这一项")


def test_the_same_content_is_attached_once_and_handed_in_once() -> None:
    made = model(filled() | {"files": []})
    assert made.attach("files", [file()]) == ()
    assert made.attach("files", [file("b.pdf")]) == (file("b.pdf"),), "it has no use"
    assert made.value(("files",)) == [SHA] and made.files("files") == (file(),)
    assert made.detach("files", SHA) == (file(),)
    assert made.value(("files",)) == [] and made.content()[1] == ()


def test_a_file_of_two_fields_goes_with_the_last_of_them() -> None:
    made = EntryModel()
    made.begin(shipped()["bidder-registration"], {})
    made.attach("licence", [file()])
    made.attach("account_proof", [file("again.pdf"), file("b.pdf", OTHER_SHA)])
    assert made.draft()[1] == (file(), file("b.pdf", OTHER_SHA))
    assert made.detach("licence", SHA) == ()
    assert made.detach("account_proof", SHA) == (file(),)


def test_a_draft_holds_files_and_confirmations_and_goes_on_where_it_was() -> None:
    made = model(filled() | {"files": [], "telephone": ""})
    made.attach("files", [file()])
    kept, files = made.draft()
    assert kept["sure"] is True and kept["files"] == [SHA] and files == (file(),)
    assert "telephone" not in kept and kept["credit_code"] == CODE
    other = EntryModel()
    other.resume(form(), "1", kept, files)
    assert other.step == 1 and other.value(("plain",)) == "张明远"
    assert tone(other, "plain") == (Tone.GOOD, ""), "nothing is filled in from the card again"
    kept["group"][0]["what"] = "changed"
    assert other.value(("group", 0, "what")) == "甲", "the draft is a copy"
    other.lose(files)
    assert not other.lost_files and other.content() == (filled(), (file(),))


def test_files_of_a_draft_that_are_gone_must_be_chosen_again() -> None:
    other = EntryModel()
    kept = (file(), file("b.pdf", OTHER_SHA))
    other.resume(form(), "1", filled() | {"files": [SHA, OTHER_SHA]}, kept)
    other.lose([file()])
    assert other.lost_files and other.value(("files",)) == [SHA]
    assert tone(other, "files") == (Tone.BAD, "这些文件已不在本机，请重新选择：b.pdf")
    assert "请重新选择" in other.saved_text(ZH)
    other.attach("files", [file("c.pdf", OTHER_SHA)])
    assert not other.lost_files and tone(other, "files")[0] is Tone.GOOD
    other.lose([])
    assert [each.path for each in other.faults(TODAY)] == [("files",)]
    other.forget()
    assert not other.lost_files


def test_a_draft_names_no_file_that_it_does_not_have() -> None:
    other = EntryModel()
    other.resume(form(), "1", filled(), ())
    assert other.value(("files",)) == [] and other.draft()[1] == ()


@pytest.mark.parametrize("step", ["", "99", "-1", "x"])
def test_a_step_that_is_not_there_is_no_obstacle(step: str) -> None:
    made = EntryModel()
    made.resume(form(), step, {"plain": "甲乙", "gone": "x"})
    assert 0 <= made.step <= 2 and "gone" not in made.draft()[0]


def test_forget_leaves_nothing() -> None:
    made = model(filled())
    made.attach("files", [file("秘密.pdf")])
    made.lose([])
    made.attach("files", [file("秘密.pdf")])
    made.next(TODAY)
    made.forget()
    assert made.form is None and made.step == 0
    kept = repr(vars(made))
    for secret in ("张明远", CODE, NUMBER, "13842310026", "秘密", SHA):
        assert secret not in kept


def test_the_draft_line_says_what_is_so() -> None:
    made = model()
    assert made.saved_text(ZH) == ""
    made.saved, made.saved_clock = "saved", "09:11"
    assert made.saved_text(ZH) == "草稿已加密保存 09:11"
    made.saved = "failed"
    assert "没有保存" in made.saved_text(ZH)


def numbered(number: int, key: str = "every-kind", **more: Any) -> Form:
    return form(version=number, key=key, **more)


def test_of_each_form_the_newest_version_is_offered_to_its_roles() -> None:
    known = (numbered(1), numbered(3), numbered(2), numbered(1, "other", roles=["agency"]))
    assert [(each.key, each.version) for each in newest(known)] == [("every-kind", 3), ("other", 1)]
    assert [each.form.version for each in offers(known, Role.BIDDER, ())] == [3]
    assert [each.form.key for each in offers(known, Role.AGENCY, ())] == ["other"]
    assert offers(shipped().values(), Role.EXPERT, ()) == ()
    assert len(offers(shipped().values(), Role.BIDDER, ())) == 5


def test_a_draft_goes_on_with_the_version_it_was_begun_with() -> None:
    known = (numbered(1), numbered(2))
    (offer,) = offers(known, Role.BIDDER, [Draft("every-kind", 1)])
    assert offer.form.version == 1
    assert draft_text(offer, ZH) == "有草稿，11 月 23 日 09:11 保存"
    (offer,) = offers(known, Role.BIDDER, [Draft("every-kind", 9)])
    assert (offer.form.version, offer.draft, draft_text(offer, ZH)) == (2, None, "")
    assert version(known, "every-kind", 9) is None
