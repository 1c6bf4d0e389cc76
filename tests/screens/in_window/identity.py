"""Who somebody is: by card at the virtual reader, and what stays of it."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kivy.core.window import Window

from devices.idcard.identity import CardKind
from devices.idcard.virtual.cards import CARDS
from devices.idcard.virtual.server import Bench, serve
from devices.scanner.virtual import server as virtual_scanner
from kiosk.identify import vouching
from kiosk.identify.assist import Entered
from kiosk.jobs import Jobs
from kiosk.screens import SCREENS
from kiosk.session import Assistant, Busy
from kiosk.sync.authorisation import (
    Authorisation,
    WithdrawnCode,
    WithdrawnCodes,
    sign_authorisation,
)
from kiosk.sync.check_in import ASSISTANCE, CHECK_IN, read_assistance
from kiosk.sync.events import Event
from kiosk.sync.signatures import public_key
from kiosk.sync.site import Keys
from kiosk.sync.staff import StaffAccount, StaffRole, StaffSalt, card_mark, new_key
from kiosk.sync.submission import Role, Way
from kiosk.tour import type_text
from kiosk.visit import Visit
from tests.screens.in_window.layout import faults
from tests.screens.in_window.terminal import Terminal

CARD_S = 30.0
"""Patience with reader and thread."""
NAME, NUMBER = "样张甲", "110101190001010009"


class Desk:
    """A terminal with a reader beside it, and the hand that lays cards."""

    def __init__(self, terminal: Terminal, bench: Bench) -> None:
        self.terminal, self.bench = terminal, bench

    def lay(self, card: str = "resident") -> None:
        self.bench.lay(card)

    def read(self, card: str = "resident") -> None:
        """Lay a card, wait until it is read, and take it back."""
        terminal = self.terminal
        terminal.until(lambda: terminal.screen("identify").model.said == "waiting", CARD_S)
        self.lay(card)
        terminal.until(lambda: terminal.screen("identify").model.page == "roles", CARD_S)
        self.bench.lift()
        terminal.settle()

    def take_back(self) -> None:
        """Lift a card, and wait until the reader has noticed."""
        self.bench.lift()
        reading = self.terminal.screen("identify")._reading
        self.terminal.until(lambda: reading.polls and reading._reader._last is None, CARD_S)

    def read_now(self, card: str) -> None:
        """As `read`, whatever is said at first."""
        self.lay(card)
        self.terminal.until(lambda: self.terminal.screen("identify").model.page == "roles", CARD_S)
        self.bench.lift()
        self.terminal.settle()

    def come_in(self, tile: str = "签到") -> None:
        """From home to the role, by card."""
        self.terminal.tap(tile, "ServiceTile")
        self.read()


@pytest.fixture
def desk(open_terminal: Callable[..., Terminal], tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    stop, ready, bench = threading.Event(), threading.Event(), Bench()
    link = tmp_path / "reader"
    thread = threading.Thread(
        target=serve,
        kwargs={"link": link, "bench": bench, "stop": stop, "on_ready": lambda _: ready.set()},
    )
    thread.start()
    assert ready.wait(5)

    def open_desk(
        *,
        zone: str = "lobby",
        reader: bool = True,
        broken: bool = False,
        scanner: dict[str, Any] | None = None,
        **told: Any,
    ) -> Desk:
        """`broken`: the encrypted store cannot be opened."""
        if broken:
            (tmp_path / "key").mkdir()
            (tmp_path / "key" / "private.key").write_text("no key")
        sections: dict[str, Any] = {
            "private": {"key": str(tmp_path / "key" / "private.key")},
            "terminal": {"name": "FS-02", "data": str(tmp_path), "zone": zone},
        }
        if reader:
            sections["id_reader"] = {"port": str(link)}
        if scanner is not None:
            sections["scanner"] = scanner
        terminal = open_terminal(chinese=False, sections=sections, **told)
        terminal.receive(*terminal.generated())
        terminal.start()
        terminal.until(lambda: terminal.app.visit.ready or terminal.app.visit.trouble, CARD_S)
        return Desk(terminal, bench)

    yield open_desk
    stop.set()
    thread.join()


def shot(terminal: Terminal, name: str) -> None:
    """Keep a picture for whoever wants to look: set MINGTANG_SHOTS to a folder."""
    folder = os.environ.get("MINGTANG_SHOTS")
    if folder:
        terminal.picture(Path(folder) / f"{name.strip().replace(' ', '-')}.png")


def test_check_in_by_card_says_when_and_where_and_nothing_else(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    terminal.tap("签到", "ServiceTile")
    assert terminal.shown == "identify" and terminal.says("读取前请知悉")
    at.read()
    assert terminal.says("样**，您好") and not terminal.says(NAME) and not terminal.says(NUMBER)
    assert not terminal.says("评标专家")
    terminal.tap("投标人", "RoleButton")
    terminal.until(lambda: terminal.says("已签到"), CARD_S)
    assert terminal.shown == "check_in"
    assert terminal.says("投标人 · 样**") and terminal.says("09:12")
    assert terminal.says("完成并退出（30）")
    assert not terminal.says(NAME)
    terminal.tap("完成并退出")
    assert terminal.shown == "home"
    assert terminal.app.visit.visitor is None and not terminal.says("样**")


def test_everything_that_keeps_something_is_forgotten(desk: Callable[..., Desk]) -> None:
    app = desk().terminal.app
    # By name, so that whoever adds a service has to think of it here.
    elsewhere = {"lookup_model": "screens", "_presence": "dialog", "voice": "voice"}
    names = set(app.visit.forgetting.names)
    for name, kept in vars(app).items():
        ours = type(kept).__module__.startswith("kiosk.") and not isinstance(kept, (Jobs, Visit))
        if ours and any(hasattr(kept, verb) for verb in ("forget", "close")):
            assert elsewhere.get(name, name.strip("_")) in names, f"{name} is not forgotten"
    for name in set(SCREENS) - {"home"}:
        assert callable(getattr(app.screen_named(name), "forget", None)), name
    asked: list[str] = []
    for name in SCREENS:
        screen = app.screen_named(name)
        if name != "home":
            screen.forget = lambda name=name: asked.append(name)
    app.end_visit()
    assert set(asked) == set(SCREENS) - {"home"}


def test_the_button_and_the_countdown_end_a_personal_visit(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    at.come_in()
    terminal.tap("投标人", "RoleButton")
    terminal.until(lambda: terminal.says("已签到"), CARD_S)
    terminal.tap("返回")
    assert terminal.shown == "home" and terminal.says("投标人 · 样**")
    terminal.pass_time(1)
    terminal.tap("信息查询", "Tile")
    terminal.pass_time(2)
    assert terminal.says("结束 2:58")
    terminal.pass_time(160)
    assert not terminal.says("还在使用吗？")
    hold = terminal.app.visit.session.keep_open(Busy.UPLOADING)
    terminal.pass_time(500)
    assert not terminal.says("还在使用吗？")
    hold.release()
    terminal.pass_time(181)
    assert terminal.says("还在使用吗？") and terminal.says("清除您在本机的全部内容")
    terminal.tap("继续使用")
    terminal.tap("结束", "HeaderButton")
    assert terminal.shown == "home" and terminal.app.visit.visitor is None
    terminal.until(lambda: terminal.app.visit.ready, CARD_S)
    at.bench.lift()
    at.come_in()
    terminal.tap("代理机构", "RoleButton")
    terminal.until(lambda: terminal.says("代理机构 · 样**"))
    terminal.tap("返回")
    terminal.pass_time(31)
    assert terminal.says("还在使用吗？")
    terminal.pass_time(30)
    assert terminal.app.visit.visitor is None and not terminal.says("样**")


def test_the_reader_is_asked_only_while_the_screen_is_shown(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    reading = terminal.screen("identify")._reading
    terminal.tap("签到", "ServiceTile")
    assert not reading.polls and terminal.says("正在准备读卡器")
    terminal.until(lambda: reading.polls, CARD_S)
    terminal.tap("授权码")
    assert not reading.polls and terminal.says("请扫描单位授权码")
    terminal.tap("改用身份证")
    terminal.until(lambda: reading.polls, CARD_S)
    terminal.key("escape")
    assert terminal.shown == "home" and not reading.polls
    at.lay()
    terminal.settle()
    assert terminal.app.visit.visitor is None


def test_what_goes_wrong_with_a_card_says_what_to_do(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    model = terminal.screen("identify").model
    terminal.tap("签到", "ServiceTile")
    terminal.until(lambda: model.said == "waiting", CARD_S)
    for card, said in (
        ("no-identity-card", "这不是身份证件"),
        ("no-content", "这张证件里没有信息"),
        ("wrong-digit", "证件内容不完整"),
    ):
        at.lay(card)
        terminal.until(lambda said=said: terminal.says(said), CARD_S)
        at.bench.lift()
    at.read_now("foreigner-2023")
    assert terminal.says("S**，您好")
    terminal.key("escape")
    assert terminal.shown == "home" and terminal.screen("identify").model.name == ""


def test_by_keyboard_alone(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    terminal.app.open_service("check_in", "签到")
    at.read()
    terminal.key("down")
    terminal.key("enter")
    terminal.until(lambda: terminal.says("已签到"), CARD_S)
    terminal.key("enter")
    assert terminal.shown == "home" and terminal.app.visit.visitor is None


def test_a_scanned_code_identifies(desk: Callable[..., Desk]) -> None:
    at = desk(reader=False)
    terminal = at.terminal
    key = Ed25519PrivateKey.generate()
    terminal.receive_site(Keys(keys=(public_key(key),)))
    given = Authorisation(
        id="abcdefgh", unit="辽宁浑河建设工程有限公司", credit_code="91210400MA0TQ5Y3X7",
        name="张明远", role=Role.BIDDER, issued_at=terminal.now - timedelta(days=1),
        expires_at=terminal.now + timedelta(days=1),
    )  # fmt: skip
    terminal.tap("签到", "ServiceTile")
    assert terminal.says("本机没有读卡器")
    terminal.tap("授权码")
    for text in (
        "https://parcels.example.com/take-away/0123456789",
        sign_authorisation(given, key),
    ):
        assert not terminal.says("已签到")
        type_text(text)
        Window.dispatch("on_key_down", 13, 0, "\r", [])
        terminal.settle()
        terminal.until(
            lambda: terminal.says("不是本中心的授权码") or terminal.shown == "check_in", CARD_S
        )
    terminal.until(lambda: terminal.says("已签到"), CARD_S)
    assert terminal.says("投标人 · 张**")


def test_without_its_key_the_store_stays_closed_and_says_so(desk: Callable[..., Desk]) -> None:
    at = desk(broken=True)
    terminal = at.terminal
    terminal.tap("签到", "ServiceTile")
    terminal.until(lambda: terminal.says("个人服务暂时不能使用"), CARD_S)
    assert terminal.says("请到服务台办理") and terminal.app.visit.trouble
    terminal.tap("授权码")
    assert terminal.says("个人服务暂时不能使用")


@pytest.mark.parametrize(
    ("size", "language", "looks"),
    [
        ((1920, 1080), "zh", ("", "large contrast")),
        ((1080, 1920), "zh", ("", "large contrast")),
        ((1366, 768), "en", ("large",)),
        ((1080, 1920), "en", ("large",)),
    ],
    ids=str,
)
def test_every_page_in_every_look(
    desk: Callable[..., Desk], size: tuple[int, int], language: str, looks: tuple[str, ...]
) -> None:
    at = desk(size=size, language=language, zone="experts_corridor")
    terminal, app, found = at.terminal, at.terminal.app, []

    def look_at(page: str) -> None:
        terminal.settle()
        found.extend(f"{page} {look}: {fault}" for fault in faults(terminal))
        shot(terminal, f"{page} {size[0]}x{size[1]} {language} {look}")

    for look in looks:
        app.theme.large, app.theme.contrast = "large" in look, "contrast" in look
        look_at("home")
        app.open_service("check_in", "")
        terminal.settle()
        look_at("notice")
        terminal.until(lambda: terminal.screen("identify").model.said == "waiting", CARD_S)
        look_at("waiting")
        terminal.screen("identify").model.said = "not_an_identity_card"
        look_at("wrong card")
        terminal.screen("identify").choose_way("code")
        look_at("code")
        screen = terminal.screen("identify")
        screen.choose_way("staff")
        look_at("staff notice")
        for said in ("staff_waiting", "staff_unknown", "staff_no_time", "staff_timeout"):
            screen.model.said = said
            look_at(said)
        screen._rest()
        number = CARDS[STAFF_CARD].number
        screen._assist.begin(staff_account(terminal, number, name="欧阳春晓"), number)
        screen.model.vouch()
        look_at("vouch")
        screen._assist.put(Entered.NUMBER, number)
        screen._vouch.confirm()
        screen._vouch.left_text = app.words["assist.left"].format(seconds=59)
        look_at("vouch faults")
        screen._vouch.ids.keyboard.raised = False
        look_at("vouch without keys")
        screen._assist.trouble = "not_kept"
        look_at("vouch not kept")
        screen.step_back()
        screen.choose_way("card")
        at.read()
        look_at("roles")
        terminal.screen("identify").choose("agency")
        terminal.until(lambda: terminal.screen("check_in").model.state == "done", CARD_S)
        terminal.until(lambda: terminal.screen("check_in").model.openings, CARD_S)
        look_at("checked in")
        model = terminal.screen("check_in").model
        model.openings = [replace(one, running=True) for one in model.openings]
        look_at("checked in late")
        assert terminal.says(app.words["openings.running"])
        session = app.visit.session
        session._visitor = replace(
            session.visitor, role=Role.PURCHASER, assisted_by=Assistant(STAFF, "欧阳春晓")
        )
        app.visit.say(app.words)
        look_at("checked in assisted")
        app.home()
        look_at("home identified")
        app.open_lookup()
        terminal.settle()
        look_at("lookup identified")
        app.theme.large = app.theme.contrast = False
        large, contrast = "large" in look, "contrast" in look
        app.end_visit()
        app.theme.large, app.theme.contrast = large, contrast
        terminal.until(lambda: app.visit.ready, CARD_S)
    assert not found, "\n".join(found)


# Assistance

STAFF, STAFF_CARD = "k3f9a2b1", "resident-2"
SALT = StaffSalt(salt="ab" * 16, time_cost=1, memory_kib=1024, lanes=1)
SIGNS = new_key("110101199003077758", "271828")


def staff_account(terminal: Terminal, number: str, **more: Any) -> StaffAccount:
    given: dict[str, Any] = {
        "key": STAFF,
        "name": "王芳",
        "roles": (StaffRole.DESK,),
        "valid_from": terminal.now - timedelta(days=1),
        "expires_at": terminal.now + timedelta(days=1),
        "card": card_mark(number, SALT),
        "signs": SIGNS,
        "changed_at": terminal.now,
    }
    return StaffAccount(**{**given, **more})


def staff_lays(at: Desk, card: str = STAFF_CARD) -> None:
    """The third way, and the staff member's card on the reader."""
    terminal = at.terminal
    if terminal.screen("identify").model.way != "staff":
        terminal.settle()
        terminal.tap("没带证件，请工作人员协助")
        assert terminal.says("工作人员放证件前请知悉") and terminal.says("只读取工作人员的")
    terminal.until(lambda: terminal.screen("identify").model.said == "staff_waiting", CARD_S)
    at.lay(card)


def test_a_staff_member_vouches_for_a_visitor_without_card(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal, bench = at.terminal, at.bench
    model = terminal.screen("identify").model
    number = CARDS[STAFF_CARD].number
    terminal.receive_site(SALT, staff_account(terminal, number))
    terminal.app.open_service("check_in", "签到")
    staff_lays(at, "resident")
    terminal.until(lambda: terminal.says("这张证件没有工作人员账户"), CARD_S)
    at.take_back()
    at.lay(STAFF_CARD)
    terminal.until(lambda: model.page == "vouch", CARD_S)
    bench.lift()
    terminal.settle()
    assert terminal.says("协助人：王芳") and not terminal.says("评标专家")
    # By the desk's keyboard alone: Tab goes on, Space chooses, Enter confirms.
    page = terminal.screen("identify")._vouch
    terminal.key("enter")
    terminal.key("enter")
    assert page._at is page._boxes[Entered.ROLE].stops[0]
    page.confirm()
    terminal.settle()
    assert terminal.says("请录入姓名") and terminal.says("请录入号码")
    assert page._at is page._boxes[Entered.NAME].stops[0]
    terminal.type("Liu Yang")
    terminal.key("enter")
    terminal.type(number)
    terminal.key("enter")
    assert terminal.says("不能为自己作证明")
    terminal.key("left")
    page._focus(page._boxes[Entered.NUMBER].stops[0])
    for _ in number:
        terminal.key("backspace")
    terminal.type("11010119900307758x")
    terminal.key("enter")
    assert not terminal.says("不能为自己作证明")
    terminal.tap("投标人", "OptionChip")
    terminal.key("enter")
    terminal.key(" ")
    terminal.key("enter")
    terminal.key("enter")
    terminal.until(lambda: terminal.says("已签到"), CARD_S)
    visitor = terminal.app.visit.visitor
    assert terminal.says("投标人 · L**（王芳协助）")
    assert (visitor.identity.number, visitor.way, visitor.submitter.assisted_by) == (
        "11010119900307758X", Way.ASSISTED, f"{STAFF} 王芳",
    )  # fmt: skip
    owed = terminal.until(lambda: sent_by(terminal), CARD_S)
    assert [each.type for each in owed] == [ASSISTANCE, CHECK_IN]
    told = read_assistance(owed[0])
    assert (told.staff, told.staff_name, told.role) == (STAFF, "王芳", Role.BIDDER)
    assert told.document is CardKind.RESIDENT and told.who == visitor.submitter
    terminal.tap("完成并退出")
    assert terminal.app.visit.visitor is None and not terminal.screen("identify")._assist.begun
    assert not any("Liu" in text or number in text for text in kept_in(page))


def kept_in(page: Any) -> list[str]:
    return [each.text for each in page.walk() if hasattr(each, "text")] + [page.model.staff_name]


def sent_by(terminal: Terminal) -> list[Event]:
    """What waits for the server, from the encrypted store."""
    found: list[list[Event]] = []

    def question(store: Any) -> list[Event]:
        rows = store._database.conn.execute(
            "SELECT content FROM items WHERE kind = 'event' ORDER BY number"
        ).fetchall()
        return [Event.model_validate_json(content) for (content,) in rows]

    terminal.app.visit.private.ask("test", question, found.append, lambda: None)
    return terminal.until(lambda: found, CARD_S)[0]


def test_who_may_not_assist_is_told_why_and_a_late_one_begins_anew(
    desk: Callable[..., Desk],
) -> None:
    at = desk()
    terminal, model = at.terminal, at.terminal.screen("identify").model
    number = CARDS[STAFF_CARD].number
    expired = staff_account(terminal, number, expires_at=terminal.now)
    terminal.receive_site(SALT, expired)
    terminal.app.open_service("check_in", "签到")
    staff_lays(at)
    terminal.until(lambda: terminal.says("工作人员账户已过期"), CARD_S)
    at.take_back()
    terminal.receive_site(staff_account(terminal, number))
    at.lay(STAFF_CARD)
    terminal.until(lambda: model.page == "vouch", CARD_S)
    page = terminal.screen("identify")._vouch
    terminal.type("Zhou")
    assert "Zhou" in kept_in(page)
    page._until -= vouching.LIMIT_S - vouching.TELL_S
    terminal.until(lambda: terminal.says("之后需重新放证件"), CARD_S)
    page._until = 0.0
    terminal.until(lambda: terminal.says("等待时间过长，协助已取消"), CARD_S)
    assert not terminal.screen("identify")._assist.begun
    assert not any("Zhou" in text for text in kept_in(page))
    at.take_back()
    at.lay(STAFF_CARD)
    terminal.until(lambda: model.page == "vouch", CARD_S)
    assert not terminal.says("Zhou")
    terminal.key("escape")
    terminal.key("escape")
    assert model.page == "ways" and model.way == "staff"
    removed = {"removed_at": terminal.now, "card": None, "signs": None}
    terminal.receive_site(
        staff_account(terminal, number, **removed, changed_at=terminal.now + timedelta(seconds=1))
    )
    at.take_back()
    at.lay(STAFF_CARD)
    terminal.until(lambda: terminal.says("这张证件没有工作人员账户"), CARD_S)
    terminal.key("escape")
    assert terminal.shown == "home"


def test_without_a_reader_nobody_can_vouch(desk: Callable[..., Desk]) -> None:
    terminal = desk(reader=False).terminal
    terminal.tap("签到", "ServiceTile")
    assert terminal.says("用于确认签到的是您本人")
    terminal.tap("没带证件，请工作人员协助")
    assert terminal.says("协助要读取工作人员的证件")
    terminal.tap("改用身份证")
    assert terminal.says("本机没有读卡器")


# The serial scanner


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[virtual_scanner.Trigger]:
    """Beside the terminal, at the path `scanner` of its folder."""
    stop, ready, trigger = threading.Event(), threading.Event(), virtual_scanner.Trigger()
    told = {"link": tmp_path / "scanner", "trigger": trigger, "stop": stop}
    thread = threading.Thread(
        target=virtual_scanner.serve, kwargs={**told, "on_ready": lambda _: ready.set()}
    )
    thread.start()
    assert ready.wait(5)
    yield trigger
    stop.set()
    thread.join()


def test_a_serial_scanner_identifies_unless_the_code_was_withdrawn(
    desk: Callable[..., Desk], scanner: virtual_scanner.Trigger, tmp_path: Path
) -> None:
    at = desk(reader=False, scanner={"port": str(tmp_path / "scanner")})
    terminal, app = at.terminal, at.terminal.app
    key = Ed25519PrivateKey.generate()
    given = Authorisation(
        id="abcdefgh", unit="辽宁浑河建设工程有限公司", credit_code="91210400MA0TQ5Y3X7",
        name="张明远", role=Role.BIDDER, issued_at=terminal.now - timedelta(days=1),
        expires_at=terminal.now + timedelta(days=1),
    )  # fmt: skip
    withdrawn = WithdrawnCodes(codes=(WithdrawnCode(id=given.id, until=given.expires_at),))
    terminal.receive_site(Keys(keys=(public_key(key),)), withdrawn)
    model = terminal.screen("identify").model
    terminal.until(lambda: app.visit.scanner_facts() == {"link": "up", "problem": ""}, CARD_S)
    code = sign_authorisation(given, key)
    terminal.tap("签到", "ServiceTile")
    terminal.tap("授权码")
    scanner.scan("https://parcels.example.com/take-away/0123456789")
    terminal.until(lambda: terminal.says("不是本中心的授权码"), CARD_S)
    scanner.scan(code)
    terminal.until(lambda: terminal.says("授权码已被撤回"), CARD_S)
    terminal.tap("改用身份证")
    scanner.unplug()
    terminal.until(lambda: model.scanner_lost, CARD_S)
    assert app.visit.scanner_facts()["link"] == "lost"
    terminal.tap("授权码")
    assert terminal.says("扫码器没有连接")
    scanner.plug_in()
    terminal.until(lambda: terminal.says("请扫描单位授权码"), CARD_S)
    terminal.receive_site(WithdrawnCodes())
    scanner.scan(code)
    terminal.until(lambda: terminal.says("已签到"), CARD_S)
    assert terminal.says("投标人 · 张**")
    assert app.visit.visitor.submitter.authorisation == given.id
    app.end_visit()
    terminal.settle()
    scanner.scan(code)
    terminal.app.open_lookup()
    terminal.settle()
    assert app.visit.visitor is None
