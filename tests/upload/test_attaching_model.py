"""Choosing files for a form on the upload screen, and the form on its way, without a window."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from kiosk import words
from kiosk.examination.examine import Examination
from kiosk.examination.kinds import Kind
from kiosk.examination.verdict import Finding, Verdict
from kiosk.private.files import StagedFile
from kiosk.private.transfer import FileTransfer, State, Transfer, Trouble, file_state
from kiosk.upload.attaching import Attaching
from kiosk.upload.chosen import Stage
from kiosk.upload.intake import Step
from kiosk.upload.model import HandingIn
from kiosk.upload.source import Candidate

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
ZH = words.load("zh")


def nobody(_files: Sequence[StagedFile]) -> None: ...


def candidate(name: str) -> Candidate:
    return Candidate((name.encode(),), name, 5000, None, None)  # type: ignore[arg-type]


def examined(name: str, *findings: Finding) -> Examination:
    return Examination(name, name, 5000, "a" * 64, Kind.PDF, "application/pdf", 3, findings)


def ready(name: str) -> Step:
    staged = StagedFile(name, name, "application/pdf", 5000, "a" * 64)
    return Step(Stage.READY, 0.0, examined(name), staged)


@pytest.fixture
def model() -> HandingIn:
    made = HandingIn()
    made.begin(Attaching("投标人登记", "营业执照", 2, (), nobody))
    return made


def test_no_project_is_asked_for_and_the_first_step_leads_back_to_the_form(
    model: HandingIn,
) -> None:
    assert model.step == "warning" and not model.back()
    model.understood()
    assert model.step == "source"
    assert model.title(ZH, narrow=False) == "选择附件 · 营业执照"
    assert model.title(ZH, narrow=True) == "选择附件"
    assert model.step_names(ZH)[1] == "填写表格"
    model.browse("stick")
    assert model.back() and model.step == "source" and not model.back()
    attaching = model.attaching
    model.forget()
    assert model.attaching is None and model.step == "project"
    model.begin(attaching)
    assert model.step == "source", "the warning was read in this visit"


def test_no_more_files_can_be_ticked_than_the_field_takes(model: HandingIn) -> None:
    model.understood()
    model.browse("stick")
    model.tick(candidate("a.pdf"))
    assert not model.full
    model.tick(candidate("b.pdf"))
    model.tick(candidate("c.pdf"))
    assert model.full and list(model.ticked) == [(b"a.pdf",), (b"b.pdf",)]
    model.tick(candidate("a.pdf"))
    assert not model.full
    model.tick(candidate("c.pdf"))
    model.take_ticked()
    assert model.full
    refused = examined("b.pdf", Finding(Verdict.EMPTY))
    model.hear(1, Step(Stage.REFUSED, examination=refused))
    assert not model.full, "a refused file takes no room"


def test_ready_files_go_into_the_form_without_a_proven_time_and_are_not_handed_in(
    model: HandingIn,
) -> None:
    model.take_time(None)
    model.understood()
    model.browse("stick")
    model.tick(candidate("a.pdf"))
    model.take_ticked()
    assert not model.can_hand_in
    assert model.banner(ZH, online=False).text == "放入表格后与表格一起提交。现在还没有提交。"
    model.hear(1, ready("a.pdf"))
    assert model.can_hand_in and model.main_text(ZH) == "放入表格（1 个）"
    assert [line.badge for line in model.lines(ZH)] == ["已选择，未送达"]
    model.hear(1, Step(Stage.REFUSED, examination=examined("a.pdf", Finding(Verdict.EMPTY))))
    assert model.main_text(ZH) == "还没有可以放入的文件" and not model.can_hand_in
    assert model.banner(ZH, online=True).text.startswith("有 1 个文件不会放入表格")


def on_its_way(state: State, **more: object) -> Transfer:
    file = FileTransfer("a.pdf", 5000, 0, file_state(state, 0))
    return Transfer("s", state, (file,), None, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("transfer", "badge"),
    [
        (on_its_way(State.WAITING), "已保存，未送达"),
        (on_its_way(State.WAITING, problem=Trouble.OFFLINE), "已保存，未送达"),
        (on_its_way(State.SENDING), "传输中"),
        (on_its_way(State.PARKED, problem=Trouble.REJECTED), "未送达"),
        (on_its_way(State.TOO_LATE), "未送达"),
        (on_its_way(State.DELIVERED), "已送达"),
    ],
)
def test_a_form_is_delivered_by_its_receipt_only(transfer: Transfer, badge: str) -> None:
    model = HandingIn()
    model.follow("s", "投标人登记")
    assert model.lines(ZH) == [] and model.title(ZH, narrow=False) == "资料录入 · 投标人登记"
    model.take_transfer(transfer)
    form, file = model.lines(ZH)
    assert (form.name, form.badge, file.name) == ("投标人登记", badge, "a.pdf")
    told = [form.badge, file.badge, model.banner(ZH, online=True).text]
    delivered = transfer.state is State.DELIVERED
    assert any(text.startswith("已送达") for text in told) is delivered
    assert (form.tone == "good") is delivered
