"""Filling in a form by touch and by the keyboard on the desk."""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kivy.core.window import Window
from PIL import Image
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from kiosk.central.forms import read_forms
from kiosk.entry.inputs import EntryInput
from kiosk.entry.screen import PAUSE_S
from kiosk.private.identity import Identity
from kiosk.session import Visitor
from kiosk.sync.form import FieldKind
from kiosk.sync.submission import Manifest, Role, Way
from kiosk.upload.attaching import Attaching
from tests.screens.in_window.layout import faults
from tests.screens.in_window.terminal import Terminal

FORMS = Path(__file__).parents[3] / "assets" / "forms"
SHOTS = os.environ.get("MINGTANG_SHOTS", "")
NUMBER = "21040219800101123" + mod_11_2.calc_check_digit("21040219800101123")


def visitor(role: Role = Role.BIDDER) -> Visitor:
    return Visitor(Identity("张明远", NUMBER), role, Way.CARD)


@pytest.fixture
def open_entry(
    open_terminal: Callable[..., Terminal], tmp_path: Path
) -> Iterator[Callable[..., Terminal]]:
    def open_one(role: Role = Role.BIDDER, **told: Any) -> Terminal:
        private = {"private": {"key": str(tmp_path / "private.key")}}
        terminal = open_terminal(**{"size": (1920, 1080), "sections": private, **told})
        terminal.receive_site(*read_forms(FORMS))
        terminal.start()
        terminal.until(lambda: terminal.app.visit.ready, patience_s=30)
        terminal.app.visit.identify(visitor(role), terminal.app.words)
        terminal.app.open_service("entry", "")
        terminal.until(lambda: terminal.screen("entry").state == "known")
        terminal.settle()
        return terminal

    yield open_one


def shoot(terminal: Terminal, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        terminal.picture(Path(SHOTS) / f"{name}.png")


def begin(terminal: Terminal, title: str = "投标人登记") -> Any:
    terminal.tap(title, "FormRow")
    terminal.until(lambda: terminal.shown == "form")
    terminal.settle()
    return terminal.screen("form")


STEM = "91210400MA0TQ5Y3X"
CODE = STEM + uscc.calc_check_digit(STEM)
ACCOUNT = "4000023419200012345"


def field(terminal: Terminal, *path: str | int) -> Any:
    """The box of a field."""
    return next(box for box in terminal.screen("form").cursor.all_boxes if box.path == path)


def key(terminal: Terminal, label: str) -> Any:
    return next(each for each in terminal.widgets("Key") if each.text == label)


def press(terminal: Terminal, text: str) -> None:
    """Tap keys of the keyboard on screen, one for each character."""
    for character in text:
        terminal.tap_widget(key(terminal, character))


def focused(terminal: Terminal) -> Any:
    """Path of the field with the cursor."""
    return terminal.screen("form").cursor.field


def tap_field(terminal: Terminal, *path: str | int) -> None:
    """Put a finger on a field, which must be in sight."""
    box = field(terminal, *path)
    terminal.tap_widget(box.stops[0])
    terminal.until(lambda: box.stops[0].focus)
    terminal.settle()


def choose(terminal: Terminal, text: str, name: str, kind: str = "OptionChip") -> None:
    """Tap a value or a statement, and wait: what scrolls takes a finger only when it lifts."""
    before = terminal.screen("form").model.value((name,))
    terminal.tap(text, kind)
    terminal.until(lambda: terminal.screen("form").model.value((name,)) != before)
    terminal.settle()


def tab(terminal: Terminal, *modifiers: str) -> None:
    Window.dispatch("on_key_down", 9, 43, "\t", list(modifiers))
    Window.dispatch("on_key_up", 9, 43)
    terminal.settle()


def type_keys(terminal: Terminal, text: str) -> None:
    """Type on the keyboard on the desk, into the field with the cursor."""
    terminal.type(text)


def wait_for_list(terminal: Terminal) -> None:
    terminal.until(lambda: terminal.shown == "entry" and terminal.screen("entry").offered)
    terminal.settle()


def wait_for_draft(terminal: Terminal) -> None:
    model = terminal.screen("form").model
    terminal.until(lambda: model.saved == "saved")


def stand_in_picking(
    terminal: Terminal, content: bytes = b"%PDF-1.7 licence", name: str = "营业执照.pdf"
) -> None:
    """Stages one file at once, as the screen of sticks and phones would."""

    def pick(attaching: Attaching) -> None:
        terminal.app.visit.private.ask(
            "stage",
            lambda store: store.stage(io.BytesIO(content), name=name, media_type="application/pdf"),
            lambda staged: attaching.taken([staged]),
            lambda: None,
        )

    terminal.app.attach_files = pick


def drafts(terminal: Terminal, who: Visitor) -> list[Any]:
    """What the encrypted store has of somebody."""
    found: list[Any] = []
    terminal.app.visit.private.ask(
        "test",
        lambda store: store.drafts(who.identity),
        lambda got: found.append(got),
        lambda: None,
    )
    terminal.until(lambda: found)
    return list(found[0])


def manifest(terminal: Terminal, submission: str) -> Manifest:
    found: list[Any] = []
    terminal.app.visit.private.ask(
        "test",
        lambda store: store._database.conn.execute(
            "SELECT content FROM items WHERE id = ?", [submission]
        ).fetchone(),
        lambda got: found.append(got),
        lambda: None,
    )
    terminal.until(lambda: found)
    return Manifest.model_validate_json(found[0][0])


def test_a_bidder_is_registered_with_the_keyboard_on_screen_and_one_error_on_the_way(
    open_entry: Callable[..., Terminal],
) -> None:
    terminal = open_entry()
    shoot(terminal, "list")
    screen = begin(terminal)
    model, keyboard = screen.model, screen.ids.keyboard
    assert focused(terminal) == ("unit_name",) and keyboard.raised
    press(terminal, "hunhe")
    terminal.tap("浑河", "Key")
    assert not field(terminal, "unit_name").note, "too short is not wrong while one types"
    press(terminal, "gongsi")
    terminal.tap("公司", "Key")
    assert model.value(("unit_name",)) == "浑河公司"
    assert field(terminal, "unit_name").tone == "good"
    shoot(terminal, "typed")
    terminal.tap("完成", "Key")
    assert focused(terminal) == ("credit_code",)
    wrong = CODE[:-1] + ("7" if CODE[-1] != "7" else "8")
    press(terminal, wrong[:-1])
    assert field(terminal, "credit_code").tone == "plain"
    press(terminal, wrong[-1])
    assert field(terminal, "credit_code").note == "校验不通过，请对照营业执照重新输入"
    terminal.until(lambda: model.saved == "saved")
    terminal.settle()
    assert terminal.says("草稿已加密保存 09:12")
    assert terminal.says("仅本人再次验证后可见，24 小时后自动清除")
    shoot(terminal, "wrong")
    terminal.tap("完成", "Key")
    press(terminal, "zhang")
    terminal.tap("完成", "Key")
    assert len(model.value(("legal_representative",))) == 1
    assert field(terminal, "legal_representative").note == "内容太短，至少 2 个字"
    assert focused(terminal) == ("established_on",)
    press(terminal, "2015")
    press(terminal, "6")
    press(terminal, "1")
    assert model.value(("established_on",)) == "2015-6-1"
    assert field(terminal, "established_on").tone == "good"
    shoot(terminal, "date")
    terminal.tap("完成", "Key")
    terminal.until(lambda: not keyboard.raised)
    terminal.settle()
    assert not faults(terminal), faults(terminal)
    shoot(terminal, "choice")
    choose(terminal, "企业", "unit_kind")
    choose(terminal, "服务", "trades")
    choose(terminal, "工程施工", "trades")
    assert model.value(("trades",)) == ["works", "services"]
    terminal.tap("下一步", "PrimaryStop")
    assert model.step == 0
    assert focused(terminal) == ("credit_code",)
    assert field(terminal, "address").note == "请填写这一项"
    shoot(terminal, "stays")
    tap_field(terminal, "credit_code")
    for _ in range(1):
        terminal.tap_widget(next(k for k in terminal.widgets("Key") if k.face.act.name == "DELETE"))
    press(terminal, CODE[-1])
    assert field(terminal, "credit_code").tone == "good"
    terminal.tap("完成", "Key")
    press(terminal, "san")
    terminal.tap("完成", "Key")
    model.put(("address",), "辽宁省抚顺市望花区和平路 1 号")
    terminal.tap("下一步", "PrimaryStop")
    assert model.step == 1
    assert field(terminal, "contact_name").note == "已按证件填入，可以修改"
    assert focused(terminal) == ("mobile",)
    press(terminal, "1384231")
    assert field(terminal, "mobile").stops[0].text == "138 4231"
    assert not field(terminal, "mobile").note
    shoot(terminal, "mobile")
    press(terminal, "0026")
    assert model.value(("mobile",)) == "13842310026"
    terminal.tap("下一步", "PrimaryStop")
    assert model.step == 2
    model.put(("account_name",), "浑河公司")
    model.put(("bank_name",), "中国银行抚顺望花支行")
    tap_field(terminal, "bank_account")
    press(terminal, ACCOUNT)
    assert field(terminal, "bank_account").stops[0].text == "4000 0234 1920 0012 345"
    assert field(terminal, "bank_account").remark
    shoot(terminal, "account")
    terminal.tap("下一步", "PrimaryStop")
    assert model.step == 3
    stand_in_picking(terminal)
    terminal.tap_widget(field(terminal, "licence").stops[0])
    terminal.until(lambda: model.value(("licence",)))
    terminal.settle()
    assert terminal.says("营业执照.pdf") and terminal.says("16 B")
    shoot(terminal, "files")
    # One tap leads to the first thing that is missing.
    terminal.tap("核对提交", "StepTab")
    assert terminal.says("还有 1 处需要修改")
    shoot(terminal, "review-fault")
    terminal.tap("去改第一处", "PrimaryStop")
    assert model.step == 3
    assert focused(terminal) == ("confirmed",)
    assert field(terminal, "confirmed").note == "请阅读后勾选确认"
    choose(terminal, "真实、完整", "confirmed", "StatementBox")
    terminal.tap("回到核对", "PrimaryStop")
    assert model.reviewing and not model.faults(screen._today())
    terminal.settle()
    assert not faults(terminal), faults(terminal)
    shoot(terminal, "review")
    terminal.tap("提交", "PrimaryStop")
    terminal.until(lambda: terminal.shown == "upload")
    upload = terminal.screen("upload").model
    terminal.until(lambda: upload.transfer is not None)
    terminal.settle()
    assert model.form is None
    assert terminal.says("已保存，未送达") and not terminal.says("已送达")
    assert terminal.says("只有拿到回执才算送达")
    assert not faults(terminal), faults(terminal)
    shoot(terminal, "handed-in")
    told = manifest(terminal, upload.submission)
    assert told.form is not None
    assert told.form.values["credit_code"] == CODE
    assert told.form.values["established_on"] == "2015-06-01"
    assert [file.name for file in told.files] == ["营业执照.pdf"]
    assert told.form.values["licence"] == [told.files[0].sha256]
    assert (told.title, told.role) == ("投标人登记", Role.BIDDER)
    assert drafts(terminal, visitor()) == []
    terminal.tap("返回", "HeaderButton")
    assert terminal.shown == "entry"


def test_a_question_is_asked_with_the_keyboard_on_the_desk(
    open_entry: Callable[..., Terminal],
) -> None:
    terminal = open_entry()
    screen = begin(terminal, "询问 / 异议")
    model = screen.model
    assert focused(terminal) == ("kind",)
    terminal.key("right")
    assert model.value(("kind",)) == "objection"
    terminal.settle()
    assert focused(terminal) == ("kind",), "the cursor stays where it was"
    assert [each.name for each in model.fields][-2:] == ["about", "known_on"]
    terminal.key("left")
    assert model.value(("kind",)) == "question"
    terminal.settle()
    tab(terminal)
    assert focused(terminal) == ("tender_no",)
    type_keys(terminal, "fszb-2026-081")
    assert model.value(("tender_no",)) == "fszb-2026-081"
    terminal.key("enter")
    assert focused(terminal) == ("project_name",)
    type_keys(terminal, "daolugongcheng")
    assert model.value(("project_name",)) in (None, "")
    terminal.key("escape")
    assert terminal.shown == "form"
    type_keys(terminal, "daolu gongcheng ")
    assert model.value(("project_name",)) == "道路工程"
    tab(terminal, "shift")
    assert focused(terminal) == ("tender_no",)
    tab(terminal)
    tab(terminal)
    assert screen.ids.primary.focus
    tab(terminal, "shift")
    assert focused(terminal) == ("project_name",) and field(terminal, "project_name").stops[0].focus
    terminal.key("enter")
    terminal.key("enter")
    assert model.step == 1
    terminal.until(lambda: focused(terminal) == ("content",))
    type_keys(terminal, "zhaobiao wenjian ")
    type_keys(terminal, "a1")
    terminal.key("enter")
    assert model.value(("content",)).startswith("招标文件")
    assert "\n" not in model.value(("content",))
    assert field(terminal, "content").note == "内容太短，至少 10 个字"
    terminal.key("pagedown")
    terminal.key("escape")
    assert terminal.shown == "form" and not screen.ids.keyboard.raised
    picture = terminal.path.with_name("put-away.png")
    terminal.picture(picture)
    with Image.open(picture) as drawn:
        # Where the strip of candidates was.
        below = drawn.convert("RGB").getpixel((drawn.width // 2, drawn.height - 380))
    assert below == (0xF3, 0xF5, 0xFA), "the keys leave nothing behind"
    terminal.key("escape")
    assert terminal.shown == "entry"
    assert model.form is None


def test_a_draft_is_offered_to_the_same_person_only_and_goes_on_with_its_version(
    open_entry: Callable[..., Terminal],
) -> None:
    terminal = open_entry()
    screen = begin(terminal, "保证金退还申请")
    model = screen.model
    begun_with = model.form
    terminal.tap_widget(key(terminal, "123"))
    press(terminal, "20260812")
    terminal.tap("完成", "Key")
    terminal.until(lambda: model.saved == "saved")
    assert [draft.values["tender_no"] for draft in drafts(terminal, visitor())] == ["20260812"]
    terminal.app.end_visit()
    terminal.settle()
    # Meanwhile the centre changes the form.
    newer = begun_with.model_copy(update={"version": 2})
    terminal.receive_site(newer)
    terminal.until(lambda: terminal.app.visit.ready)
    stranger = Visitor(Identity("李四", "11010519491231002X"), Role.BIDDER, Way.CARD)
    terminal.app.visit.identify(stranger, terminal.app.words)
    terminal.app.open_service("entry", "")
    terminal.until(lambda: terminal.screen("entry").state == "known")
    terminal.settle()
    assert not terminal.says("有草稿")
    begin(terminal, "保证金退还申请")
    assert model.form.version == 2 and model.value(("tender_no",)) is None
    terminal.app.end_visit()
    terminal.until(lambda: terminal.app.visit.ready)
    terminal.app.visit.identify(visitor(), terminal.app.words)
    terminal.app.open_service("entry", "")
    terminal.until(lambda: terminal.screen("entry").state == "known")
    terminal.settle()
    assert terminal.says("有草稿，11 月 23 日 09:12 保存")
    assert not faults(terminal), faults(terminal)
    shoot(terminal, "list-draft")
    terminal.tap("保证金退还申请", "FormRow")
    shoot(terminal, "go-on")
    terminal.tap("继续填写", "PrimaryButton")
    terminal.until(lambda: terminal.shown == "form")
    assert model.form.version == 1 and model.value(("tender_no",)) == "20260812"
    terminal.tap("返回", "HeaderButton")
    terminal.until(lambda: terminal.shown == "entry" and terminal.screen("entry").offered)
    terminal.settle()
    terminal.tap("保证金退还申请", "FormRow")
    terminal.tap("重新填写", "OutlineButton")
    terminal.until(lambda: terminal.shown == "form")
    assert model.form.version == 2 and model.value(("tender_no",)) is None
    assert drafts(terminal, visitor()) == []


def test_what_is_typed_is_saved_at_a_pause_too(open_entry: Callable[..., Terminal]) -> None:
    terminal = open_entry()
    screen = begin(terminal)
    press(terminal, "hunhe")
    terminal.tap("浑河", "Key")
    assert screen.model.saved == "nothing"
    terminal.until(lambda: screen.model.saved == "saved", patience_s=PAUSE_S + 8)


def test_a_store_that_cannot_keep_the_draft_says_so(
    open_entry: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.private.store import PrivateStore
    from kiosk.store.errors import DiskTrouble

    terminal = open_entry()
    screen = begin(terminal)

    def full(*_: object, **__: object) -> None:
        raise DiskTrouble("full")

    monkeypatch.setattr(PrivateStore, "save_draft", full)
    press(terminal, "hunhe")
    terminal.tap("浑河", "Key")
    terminal.tap("完成", "Key")
    terminal.until(lambda: screen.model.saved == "failed")
    terminal.settle()
    assert terminal.says("草稿没有保存")
    assert not terminal.says("草稿已加密保存")
    assert not faults(terminal), faults(terminal)


def test_the_field_with_the_cursor_is_never_behind_the_keys(
    open_entry: Callable[..., Terminal],
) -> None:
    for size in ((1366, 768), (1080, 1920)):
        terminal = open_entry(size=size)
        for large in (False, True):
            terminal.app.theme.large = large
            terminal.settle()
            screen = begin(terminal, "合同备案")
            for step in range(len(screen.model.form.steps)):
                screen.model.go(step)
                terminal.settle()
                for box in list(screen.cursor.all_boxes):
                    for stop in box.stops:
                        if not isinstance(stop, EntryInput):
                            continue
                        screen.cursor.put(stop)
                        terminal.settle()
                        terminal.settle()
                        view = screen.ids.pages
                        low, high = (
                            view.to_window(*view.pos)[1],
                            view.to_window(view.x, view.top)[1],
                        )
                        _, foot = stop.to_window(*stop.pos)
                        assert low - 1 <= foot and foot + stop.height <= high + 1, (size, box.path)
                        assert foot >= screen.ids.keyboard.top - 1
            terminal.tap("返回", "HeaderButton")
            wait_for_list(terminal)
        terminal.close()


LOOKS = [
    ((1920, 1080), "zh", ""), ((1920, 1080), "zh", "large contrast"),
    ((1080, 1920), "zh", "large contrast"), ((1080, 1920), "en", "large"),
    ((1366, 768), "en", "large"), ((1366, 768), "zh", ""),
]  # fmt: skip


@pytest.mark.parametrize(("size", "language", "look"), LOOKS, ids=str)
def test_nothing_is_cut_off_covered_too_small_or_pale(
    open_entry: Callable[..., Terminal], size: tuple[int, int], language: str, look: str
) -> None:
    terminal = open_entry(size=size, language=language)
    terminal.app.theme.large = "large" in look
    terminal.app.theme.contrast = "contrast" in look
    terminal.settle()
    name = f"{size[0]}-{language}-{look.replace(' ', '-')}"
    found = [f"list: {fault}" for fault in faults(terminal)]
    shoot(terminal, f"{name}-list")
    for form_key in ("contract-filing", "question-objection"):
        offer = next(o for o in terminal.screen("entry").offered if o.form.key == form_key)
        terminal.screen("entry").choose(offer.form.key)
        terminal.until(lambda: terminal.shown == "form")
        screen = terminal.screen("form")
        model = screen.model
        for name_of, each in offer.form.fields.items():
            if each.kind is FieldKind.AMOUNT:
                model.put((name_of,), "98765432109.87")
            elif each.kind is FieldKind.CHOICE:
                model.put((name_of,), each.options[-1])
        if form_key == "contract-filing":
            model.put(("payments", 0, "amount"), "12.345")
        for step in range(len(offer.form.steps) + 1):
            model.go(step)
            screen._save()
            wait_for_draft(terminal)
            model.go(max(0, step - 1))
            model.go(step)
            terminal.settle()
            terminal.settle()
            found += [f"{form_key} {step}: {fault}" for fault in faults(terminal)]
            shoot(terminal, f"{name}-{form_key}-{step}")
        terminal.app.back()
        wait_for_list(terminal)
        for draft in drafts(terminal, visitor()):
            terminal.screen("entry")._desk.drop(draft.form, lambda: None, lambda: None)
    assert not found, "\n".join(found)


def test_the_end_of_the_visit_leaves_nothing(open_entry: Callable[..., Terminal]) -> None:
    import gc

    terminal = open_entry()
    screen = begin(terminal)
    press(terminal, "hunhe")
    terminal.tap("浑河", "Key")
    screen.model.go(1)
    terminal.settle()
    terminal.app.end_visit()
    terminal.settle()
    assert terminal.shown == "home"
    assert screen._desk is None and terminal.screen("entry")._desk is None
    assert not screen.cursor.boxes and not screen.ids.content.children
    # Taking hold of what another thread's database gives up just then would crash.
    terminal.until(lambda: terminal.app.visit.ready)
    gc.collect()
    secrets = ("浑河", "张明远", NUMBER)
    seen = [
        each
        for each in gc.get_objects()
        if issubclass(type(each), EntryInput) and any(secret in each.text for secret in secrets)
    ]
    assert not seen
    assert not [row for row in screen.ids.review.data if row]
    assert screen.model.form is None


def answer(terminal: Terminal, question: Callable[[Any], Any]) -> Any:
    """What the encrypted store says."""
    found: list[Any] = []
    terminal.app.visit.private.ask("test", question, found.append, lambda: None)
    terminal.until(lambda: found)
    return found[0]


def come_back(terminal: Terminal) -> None:
    """The same person, after the visit: to the list of forms."""
    terminal.until(lambda: terminal.app.visit.ready)
    terminal.app.visit.identify(visitor(), terminal.app.words)
    terminal.app.open_service("entry", "")
    terminal.until(lambda: terminal.screen("entry").state == "known")
    terminal.settle()


def go_on(terminal: Terminal, title: str) -> Any:
    terminal.tap(title, "FormRow")
    terminal.tap("继续填写", "PrimaryButton")
    terminal.until(lambda: terminal.shown == "form")
    terminal.settle()
    return terminal.screen("form")


@pytest.mark.parametrize("by_countdown", [False, True], ids=["button", "countdown"])
def test_what_was_typed_just_before_the_end_of_the_visit_is_saved(
    open_entry: Callable[..., Terminal], by_countdown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow this machine is, the pause is not over when the visit ends.
    monkeypatch.setattr("kiosk.entry.screen.PAUSE_S", 600.0)
    terminal = open_entry()
    screen = begin(terminal)
    press(terminal, "hunhe")
    terminal.tap("浑河", "Key")
    press(terminal, "gong")
    assert screen.model.saved == "nothing" and screen.model.value(("unit_name",)) == "浑河"
    if by_countdown:
        terminal.pass_time(terminal.settings.screen.identified_idle_s + 1)
        terminal.pass_time(terminal.settings.screen.countdown_s + 1)
    else:
        terminal.tap("结束", "HeaderButton")
    terminal.until(lambda: terminal.shown in {"home", "rating"} and terminal.app.visit.ready)
    (draft,) = drafts(terminal, visitor())
    assert draft.values["unit_name"].startswith("浑河") and len(draft.values["unit_name"]) > 2, (
        "what was being composed is taken as it would be chosen"
    )


def test_a_draft_keeps_confirmed_boxes_and_files_for_its_owner(
    open_entry: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tick is saved by the end of the visit only.
    monkeypatch.setattr("kiosk.entry.screen.PAUSE_S", 600.0)
    terminal = open_entry()
    screen = begin(terminal)
    screen.model.go(3)
    terminal.settle()
    for name, content in (("营业执照.pdf", b"one"), ("章程.pdf", b"two")):
        stand_in_picking(terminal, content, name)
        terminal.tap_widget(field(terminal, "licence").stops[-1])
        terminal.until(lambda name=name: name in [f.name for f in screen.model.files("licence")])
        terminal.settle()
    choose(terminal, "真实、完整", "confirmed", "StatementBox")
    kept = screen.model.files("licence")
    terminal.app.end_visit()
    terminal.settle()
    come_back(terminal)
    screen = go_on(terminal, "投标人登记")
    assert screen.model.step == 3 and screen.model.value(("confirmed",)) is True
    terminal.until(lambda: answer(terminal, lambda store: store.staged()) == kept)
    assert screen.model.files("licence") == kept and not screen.model.lost_files
    assert terminal.says("章程.pdf")
    # One is damaged meanwhile: the form says so, and the rest of the draft is there.
    screen._save()
    wait_for_draft(terminal)
    terminal.app.end_visit()
    terminal.settle()
    terminal.until(lambda: terminal.app.visit.ready)
    (terminal.path.parent / "staged" / kept[1].id).unlink()
    come_back(terminal)
    screen = go_on(terminal, "投标人登记")
    terminal.until(lambda: screen.model.lost_files)
    terminal.settle()
    assert terminal.says("这些文件已不在本机，请重新选择：章程.pdf")
    assert terminal.says("草稿里的部分附件已不在本机")
    assert screen.model.files("licence") == kept[:1]
    assert not faults(terminal), faults(terminal)
    shoot(terminal, "lost-files")
    terminal.tap("移除", "PlainStop")
    terminal.until(lambda: answer(terminal, lambda store: store.staged()) == ())
    assert screen.model.files("licence") == ()


def test_every_control_is_reached_and_worked_by_the_keyboard_on_the_desk(
    open_entry: Callable[..., Terminal],
) -> None:
    terminal = open_entry()
    stand_in_picking(terminal)
    screen = begin(terminal, "合同备案")
    model = screen.model

    def on(*path: str | int) -> None:
        for _ in range(30):
            if focused(terminal) == path:
                return
            tab(terminal)
        raise AssertionError(f"Tab does not lead to {path}")

    def space() -> None:
        Window.dispatch("on_key_down", 32, 44, " ", [])
        Window.dispatch("on_key_up", 32, 44)
        terminal.settle()

    seen = set()
    for number, step in enumerate(model.form.steps):
        assert model.step == number
        for name in step.fields:
            each = model.form.fields[name]
            if name not in [shown.name for shown in model.fields]:
                continue
            seen.add(each.kind)
            if each.kind is FieldKind.GROUP:
                count = len(model.value((name,)))
                box = field(terminal, name)
                while box.stops and not box.stops[-1].focus:
                    tab(terminal)
                space()
                assert len(model.value((name,))) == count + 1
                assert focused(terminal) == (name, count, each.fields[0].name)
                on(name)
                space()
                assert len(model.value((name,))) == count, "the first stop of the group removes"
                continue
            on(name)
            if each.kind is FieldKind.CHOICE:
                terminal.key("right")
                assert model.value((name,)) in each.options
            elif each.kind is FieldKind.STATEMENT:
                space()
                assert model.value((name,)) is True
            elif each.kind is FieldKind.ATTACHMENT:
                terminal.key("enter")
                terminal.until(lambda name=name: model.files(name))
                terminal.settle()
                assert focused(terminal) == (name,)
                tab(terminal, "shift")
                on(name)
                space()
                assert not model.files(name), "the first stop removes the file"
                space()
                terminal.until(lambda name=name: model.files(name))
                terminal.settle()
            elif each.kind is FieldKind.DATE:
                type_keys(terminal, "20260801")
                assert model.value((name,)) == "2026-08-01"
        model.go(number + 1)
        terminal.settle()
    assert {FieldKind.GROUP, FieldKind.STATEMENT, FieldKind.ATTACHMENT, FieldKind.DATE} <= seen
    assert model.reviewing and not screen.ids.primary.focus
    tab(terminal)
    assert screen.ids.review.focus
    terminal.key("down")
    terminal.key("down")
    row = screen.ids.review._cursor.row(screen.ids.review)
    shoot(terminal, "review-by-keys")
    terminal.key("enter")
    assert focused(terminal)[0] == row["path"][0] and not model.reviewing
    screen.ids.primary.focus = True
    model.go(len(model.form.steps))
    terminal.settle()
    assert not screen.ids.primary.focus, "the Enter that led here must not hand in"
    tab(terminal)
    tab(terminal)
    assert screen.ids.primary.focus
