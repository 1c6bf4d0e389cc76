"""What the upload screen says at each step, without a window."""

from datetime import UTC, datetime, timedelta

import pytest

from kiosk import words
from kiosk.examination.examine import Examination
from kiosk.examination.kinds import Kind
from kiosk.examination.verdict import Finding, Verdict
from kiosk.private.files import StagedFile
from kiosk.private.identity import Identity
from kiosk.private.transfer import FileTransfer, State, Transfer, Trouble, file_state
from kiosk.session import Visitor
from kiosk.sync.submission import Role, Way
from kiosk.upload.chosen import Loss, Stage, manifest_of
from kiosk.upload.intake import Step
from kiosk.upload.lines import banner, rate_text, sent_lines
from kiosk.upload.model import HandingIn
from kiosk.upload.projects import Found, OpenProject
from kiosk.upload.source import Candidate, Folder, Listing
from kiosk.upload.source import Trouble as SourceTrouble

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
ZH = words.load("zh")
PROJECT = OpenProject("r1", "FS-1", "浑河北路\n道路维修", "建设局", NOW + timedelta(hours=1))
VISITOR = Visitor(Identity("张明远", "210402198001011238"), Role.BIDDER, Way.CARD)


def candidate(name: str, size: int = 5000) -> Candidate:
    return Candidate((name.encode(),), name, size, None, None)  # type: ignore[arg-type]


def examination(name: str, *findings: Finding, size: int = 5000) -> Examination:
    return Examination(name, name, size, "a" * 64, Kind.PDF, "application/pdf", 3, findings)


def staged(name: str, digest: str = "a") -> StagedFile:
    return StagedFile(f"id-{name}", name, "application/pdf", 5000, digest * 64)


def ready(name: str, digest: str = "a") -> Step:
    findings = (Finding(Verdict.OPENS_PAGES, {"pages": 3}), Finding(Verdict.CLEAN))
    return Step(Stage.READY, 0.0, examination(name, *findings), staged(name, digest))


@pytest.fixture
def model() -> HandingIn:
    made = HandingIn()
    made.take_time(NOW)
    made.begin()
    return made


def at_files(model: HandingIn, *names: str) -> None:
    model.understood()
    model.choose_project(PROJECT)
    model.browse("stick")
    for name in names:
        model.tick(candidate(name))
    model.take_ticked()


def test_the_warning_comes_once_and_steps_lead_back(model: HandingIn) -> None:
    assert model.step == "warning" and not model.back()
    model.understood()
    assert model.step == "project" and not model.back()
    model.choose_project(PROJECT)
    model.browse("stick")
    model.show(Listing((Folder((b"d",), "d"),), ()))
    model.enter((b"d",))
    assert model.back() and model.place == () and model.step == "browse"
    assert model.back() and model.step == "source" and model.source == ""
    assert model.back() and model.step == "project"
    model.forget()
    model.begin()
    assert model.step == "project" and model.project is None


def test_files_are_chosen_examined_removed(model: HandingIn) -> None:
    at_files(model, "a.pdf", "b.pdf")
    assert model.step == "files" and model.examining and not model.can_hand_in
    assert [line.badge for line in model.lines(ZH)] == ["等待检查", "等待检查"]
    model.hear(1, Step(Stage.CHECKING, 0.47))
    model.hear(2, ready("b.pdf"))
    first, second = model.lines(ZH)
    assert (first.badge, first.part) == ("正在检查 47%", 0.47)
    assert (second.badge, second.tone) == ("已选择，未送达", "plain")
    assert second.under == "5.0 KB　可以打开，3 页 · 未发现病毒"
    refused = examination("a.pdf", Finding(Verdict.EMPTY))
    model.hear(1, Step(Stage.REFUSED, examination=refused))
    first, line = model.lines(ZH)
    assert first == second
    assert (line.badge, line.tone, line.removable) == ("已拒绝", "bad", True)
    assert line.under == "不会上传：文件是空的。请检查是否保存成功。"
    assert model.can_hand_in and model.main_text(ZH) == "上传 1 个文件"
    assert "有 1 个文件不会上传" in model.banner(ZH, online=True).text
    # What is in the list stays ticked; what was removed can be chosen again.
    model.browse("stick")
    model.tick(candidate("b.pdf"))
    assert model.ticked == {} and model.is_chosen((b"b.pdf",))
    model.remove(2)
    model.tick(candidate("b.pdf"))
    assert list(model.ticked) == [(b"b.pdf",)]
    model.tick(candidate("b.pdf"))
    assert model.ticked == {}


@pytest.mark.parametrize("loss", list(Loss))
def test_every_loss_has_its_words(model: HandingIn, loss: Loss) -> None:
    at_files(model, "a.pdf")
    model.hear(1, Step(Stage.LOST, loss=loss))
    [line] = model.lines(ZH)
    assert line.badge == "未选入" and line.under == ZH[f"upload.{loss}"]
    assert not model.can_hand_in and model.main_text(ZH) == "还没有可以上传的文件"


def test_same_content_is_told_by_the_other_name(model: HandingIn) -> None:
    at_files(model, "b.pdf")
    same = examination("b.pdf", Finding(Verdict.SAME_CONTENT, {"name": "a.pdf"}))
    model.hear(1, Step(Stage.REFUSED, examination=same))
    assert "“a.pdf”完全相同" in model.lines(ZH)[0].under


def test_the_deadline_and_unproven_time_close_the_way(model: HandingIn) -> None:
    at_files(model, "a.pdf")
    model.hear(1, ready("a.pdf"))
    assert model.can_hand_in
    model.take_time(None)
    assert not model.can_hand_in and "尚未得到服务器证实" in model.banner(ZH, online=True).text
    assert model.nothing_texts(ZH)[0] == "暂时不能上传"
    model.take_time(PROJECT.closes_at - timedelta(microseconds=1))
    assert model.can_hand_in
    model.take_time(PROJECT.closes_at)
    assert not model.can_hand_in and model.banner(ZH, online=True).tone == "bad"
    model.take_time(NOW)
    model.look_at_project(None)
    assert not model.can_hand_in
    later = OpenProject("r1", "FS-1", "x", "", PROJECT.closes_at + timedelta(hours=9))
    model.look_at_project(later)
    assert model.can_hand_in and model.project == later


def test_the_manifest_names_what_is_ready_and_the_public_terminal(model: HandingIn) -> None:
    made = manifest_of(VISITOR, "FS-02", PROJECT, [staged("a.pdf"), staged("b.pdf", "b")])
    assert made.public_terminal and made.terminal == "FS-02"
    assert (made.notice_id, made.tender_no, made.title) == ("r1", "FS-1", "浑河北路 道路维修")
    assert made.submitter.name == "张明远" and made.role is Role.BIDDER
    assert [file.name for file in made.files] == ["a.pdf", "b.pdf"]


def transfer(state: State, *sent: int, **more: object) -> Transfer:
    files = tuple(
        FileTransfer(f"{n}.pdf", 1000, done, file_state(state, done)) for n, done in enumerate(sent)
    )
    return Transfer("s", state, files, **{"rate": None, **more})


def test_nothing_is_called_delivered_before_the_receipt() -> None:
    for state in (State.WAITING, State.SENDING, State.PARKED, State.TOO_LATE):
        lines = sent_lines(transfer(state, 1000, 470, 0), ZH)
        assert all(line.badge != "已送达" and not line.whole for line in lines)
    waiting = sent_lines(transfer(State.SENDING, 1000, 470, 0, rate=100.0), ZH)
    assert [line.badge for line in waiting] == ["传输中 99%", "传输中 47%", "已选择，未送达"]
    assert "等待服务器回执" in waiting[0].under
    assert waiting[1].under == "1.0 KB　100 B/秒 · 剩余约 5 秒"
    delivered = sent_lines(transfer(State.DELIVERED, 1000, 1000, 1000), ZH)
    assert {line.badge for line in delivered} == {"已送达"}
    for final in (State.TOO_LATE, State.PARKED):
        ended = sent_lines(transfer(final, 1000, 0), ZH)
        assert {(line.badge, line.tone) for line in ended} == {("未送达", "bad")}


def test_what_waits_for_the_server_says_so_and_each_sentence_ends() -> None:
    for told in (
        transfer(State.WAITING, 470, 0, problem=Trouble.OFFLINE),
        transfer(State.SENDING, 470, 0, paused=True),
    ):
        assert [line.badge for line in sent_lines(told, ZH)] == ["传输中 47%", "等待传输，未送达"]
        said = banner(told, ZH, online=True).text
        assert "尚未送达。" in said and "。。" not in said and said.endswith("。")


def test_what_stays_out_is_listed_last_once_all_is_examined(model: HandingIn) -> None:
    at_files(model, "a.pdf", "b.pdf", "c.pdf")
    refused = examination("a.pdf", Finding(Verdict.EMPTY))
    model.hear(1, Step(Stage.REFUSED, examination=refused))
    model.hear(2, Step(Stage.LOST, loss=Loss.DISK))
    assert [each.ticket for each in model.files] == [1, 2, 3]
    model.hear(3, ready("c.pdf"))
    assert [each.ticket for each in model.files] == [3, 1, 2]
    at_files(model, "d.pdf")
    assert [each.ticket for each in model.files] == [3, 4, 1, 2]
    model.hear(4, ready("d.pdf"))
    assert [each.ticket for each in model.files] == [3, 4, 1, 2]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "1.0 KB/秒 · 剩余约 1 秒"),
        (59, "1.0 KB/秒 · 剩余约 59 秒"),
        (61, "1.0 KB/秒 · 剩余约 1 分"),
        (5400, "1.0 KB/秒 · 剩余约 1.5 小时"),
    ],
)
def test_rate_and_remaining_time(seconds: float, said: str) -> None:
    assert rate_text(ZH, 1000.0, seconds) == said


@pytest.mark.parametrize(
    ("told", "tone", "part"),
    [
        (transfer(State.SENDING, 1), "brand", "断网也不会丢"),
        (transfer(State.WAITING, 1, problem=Trouble.OFFLINE), "attention", "自动继续传输"),
        (transfer(State.WAITING, 1, problem=Trouble.DISK), "attention", "读取文件时出错"),
        (transfer(State.WAITING, 1, paused=True), "attention", "点“继续”从断点接着传"),
        (transfer(State.PARKED, 1, problem=Trouble.REJECTED), "bad", "先到服务台说明"),
        (transfer(State.TOO_LATE, 0, refused_at=NOW), "bad", "服务器在 09:12:00 答复"),
        (transfer(State.TOO_LATE, 0), "bad", "已过截止时间"),
        (transfer(State.DELIVERED, 9), "good", "已送达"),
    ],
)
def test_what_is_said_of_a_submission(told: Transfer, tone: str, part: str) -> None:
    said = banner(told, ZH, online=True)
    assert said.tone == tone and part in said.text


def test_without_a_network_it_says_so_before_the_sender_does() -> None:
    said = banner(transfer(State.SENDING, 1), ZH, online=False)
    assert said.tone == "attention" and "只有拿到回执才算送达" in said.text


def test_on_its_way_and_when_silence_counts(model: HandingIn) -> None:
    at_files(model, "a.pdf")
    model.hear(1, ready("a.pdf"))
    model.handed_in("s", ZH)
    assert model.step == "sending" and list(model.files) == [] and model.moving
    assert not model.back()
    sent = Transfer("s", State.SENDING, (FileTransfer("a.pdf", 5000, 0, file_state(
        State.SENDING, 0)),), None)  # fmt: skip
    model.take_transfer(sent)
    assert model.moving and not model.ended
    # What the examination found is still told.
    assert "可以打开，3 页" in model.lines(ZH)[0].under
    model.take_transfer(transfer(State.WAITING, 1, problem=Trouble.OFFLINE))
    assert not model.moving
    model.take_transfer(transfer(State.WAITING, 1, paused=True))
    assert not model.moving
    for state in (State.DELIVERED, State.TOO_LATE, State.PARKED):
        model.take_transfer(transfer(state, 1))
        assert model.ended and not model.moving
    assert model.main_text(ZH) == "知道了"
    model.forget()
    assert model.submission == "" and model.transfer is None and model.lines(ZH) == []


def test_empty_lists_say_why(model: HandingIn) -> None:
    model.understood()
    assert model.nothing_texts(ZH) == ("", "")
    model.take_projects(Found(()))
    assert model.nothing_texts(ZH)[0] == "现在没有接收文件的项目"
    model.query = "桥"
    assert "“桥”" in model.nothing_texts(ZH)[0]
    model.state = "trouble"
    assert model.nothing_texts(ZH)[0] == ZH["lookup.trouble"]
    model.choose_project(PROJECT)
    model.browse("stick")
    assert model.folder_texts(ZH)[0] == "正在读取文件列表…"
    model.show(Listing((), ()))
    assert model.folder_texts(ZH)[0] == "这里没有可以选的文件"
    for trouble in SourceTrouble:
        model.cannot_list(trouble)
        assert model.folder_texts(ZH) == ("读不出文件列表", ZH[f"sources.{trouble}"])
