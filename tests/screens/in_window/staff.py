"""Staff at a terminal: signing in, what each role sees, health, evidence and its export."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kivy.base import EventLoop
from kivy.core.window import Window

from devices.idcard.virtual.cards import CARDS
from devices.idcard.virtual.server import Bench, serve
from display.evidence import TERMINAL_RECORD
from kiosk.session import AlreadyIdentified
from kiosk.staff import acts
from kiosk.sync.staff import StaffAccount, StaffRole, StaffSalt, card_mark, new_key, vouched
from kiosk.tour import Tap, type_text
from tests.evidence.day import fill, some_notices
from tests.screens.in_window.layout import faults
from tests.screens.in_window.terminal import CENTRE_KEY, Terminal

CARD_S = 30.0
CARD, OTHER = "resident", "resident-2"
PIN, WRONG = "271828", "314159"
SALT = StaffSalt(salt="ab" * 16, time_cost=1, memory_kib=1024, lanes=1)
NUMBER = CARDS[CARD].number
SIGNS = new_key(NUMBER, PIN)
BOARD = {"name": "lobby", "card": "bx-k", "port": "/dev/none", "width": 192, "height": 32}


class Post:
    """A terminal with a reader, and accounts."""

    def __init__(self, terminal: Terminal, bench: Bench) -> None:
        self.terminal, self.bench = terminal, bench

    @property
    def model(self) -> Any:
        return self.terminal.screen("sign_in").model

    def account(self, *roles: StaffRole, **more: Any) -> StaffAccount:
        terminal = self.terminal
        given: dict[str, Any] = {
            "key": "k3f9a2b1",
            "name": "王芳",
            "roles": roles or (StaffRole.SUPERVISOR,),
            "valid_from": terminal.now - timedelta(days=1),
            "expires_at": terminal.now + timedelta(days=1),
            "card": card_mark(NUMBER, SALT),
            "signs": SIGNS,
            "changed_at": terminal.now,
        }
        made = vouched(StaffAccount(**{**given, **more}), CENTRE_KEY)
        terminal.receive_site(SALT, made)
        return made

    def lay(self, card: str = CARD) -> None:
        """A card is laid once it is asked for, and lifted once something is told of it."""
        self.terminal.until(lambda: self.model.said == "waiting", CARD_S)
        self.bench.lay(card)
        self.terminal.until(
            lambda: (
                self.model.page == "pin" or self.model.said not in ("waiting", "found", "checking")
            ),
            CARD_S,
        )
        self.bench.lift()
        self.terminal.settle()

    def tap_pin(self, pin: str = PIN) -> None:
        for digit in pin:
            self.terminal.tap(digit, "PadKey")
        self.terminal.tap("登录", "PrimaryButton")
        self.checked()

    def checked(self) -> None:
        terminal = self.terminal
        terminal.until(lambda: terminal.shown == "staff" or not self.model.checking, CARD_S)
        terminal.settle()

    def sign_in(self, *roles: StaffRole) -> None:
        self.account(*roles)
        self.terminal.app.open_sign_in()
        self.lay()
        self.tap_pin()
        assert self.terminal.shown == "staff"


@pytest.fixture
def post(open_terminal: Callable[..., Terminal], tmp_path: Path) -> Iterator[Callable[..., Post]]:
    stop, ready, bench = threading.Event(), threading.Event(), Bench()
    link = tmp_path / "reader"
    thread = threading.Thread(
        target=serve,
        kwargs={"link": link, "bench": bench, "stop": stop, "on_ready": lambda _: ready.set()},
    )
    thread.start()
    assert ready.wait(5)

    def open_post(*, reader: bool = True, evidence: bool = False, **told: Any) -> Post:
        sections: dict[str, Any] = {"boards": [BOARD]}
        if reader:
            sections["id_reader"] = {"port": str(link)}
        terminal = open_terminal(chinese=False, sections=sections, **told)
        if evidence:
            fill(terminal.store, some_notices(3), rounds=2)
        terminal.start()
        return Post(terminal, bench)

    yield open_post
    stop.set()
    thread.join()


def noted(terminal: Terminal) -> list[str]:
    """What staff did, by the terminal's own record."""
    return [str(each.facts.get("act")) for each in terminal.store.entries(TERMINAL_RECORD)]


def shot(terminal: Terminal, name: str) -> None:
    """Keep a picture for whoever wants to look: set MINGTANG_SHOTS to a folder."""
    folder = os.environ.get("MINGTANG_SHOTS")
    if folder:
        terminal.picture(Path(folder) / f"{name.strip().replace(' ', '-')}.png")


def test_holding_the_word_leads_to_the_card_and_a_short_tap_does_not(
    post: Callable[..., Post],
) -> None:
    at = post()
    terminal = at.terminal
    terminal.tap("工作人员", "HoldLink")
    assert terminal.shown == "home"
    link = terminal.find("工作人员", "HoldLink")
    touch = Tap(*link.to_window(*link.center))
    EventLoop.post_dispatch_input("begin", touch)
    begun = time.monotonic()
    terminal.until(lambda: 0.2 < link.held < 1.0)
    terminal.until(lambda: terminal.shown == "sign_in")
    assert 1.3 < time.monotonic() - begun < 10
    EventLoop.post_dispatch_input("end", touch)
    assert terminal.says("工作人员放证件前请知悉") and terminal.says("只读取您的")
    terminal.key("escape")
    assert terminal.shown == "home"


def test_by_keys_alone(post: Callable[..., Post]) -> None:
    at = post()
    at.account(StaffRole.SUPERVISOR)
    terminal = at.terminal
    Window.dispatch("on_key_down", 291, 0, None, [])
    terminal.settle()
    assert terminal.shown == "sign_in"
    at.lay()
    type_text(PIN[:-1] + "9")
    terminal.key("backspace")
    type_text(PIN[-1])
    terminal.key("enter")
    at.checked()
    assert terminal.shown == "staff" and terminal.says("王**（监督）")
    assert not terminal.says("王芳") and not terminal.says(NUMBER)
    for _ in terminal.widgets("StaffTile"):
        terminal.key("down")
        if next(each.service for each in terminal.widgets("StaffTile") if each.reached) == (
            "staff_health"
        ):
            break
    terminal.key("enter")
    assert terminal.shown == "staff_health"
    terminal.key("escape")
    assert terminal.shown == "staff"
    terminal.key("escape")
    assert terminal.shown == "home" and terminal.app.visit.session.staff is None
    assert at.model.number == "" and at.model.pin == ""


def test_wrong_pins_lead_to_a_delay_that_outlasts_a_new_start(post: Callable[..., Post]) -> None:
    at = post()
    at.account()
    terminal = at.terminal
    terminal.app.open_sign_in()
    at.lay()
    for _ in range(2):
        at.tap_pin(WRONG)
        assert terminal.says("口令不对") and at.model.pin == ""
    at.tap_pin(WRONG)
    assert terminal.says("口令错误次数过多") and terminal.says("60 秒")
    terminal.tap("2", "PadKey")
    assert at.model.dots == 0
    # Another start of the program: nothing is forgiven, and the PC's clock does not help.
    terminal.app.end_visit()
    terminal.app.open_sign_in()
    at.lay()
    assert terminal.says("口令错误次数过多") and at.model.page == "card"
    terminal.app.end_visit()
    terminal.pass_time(61)
    terminal.app.open_sign_in()
    at.lay()
    at.tap_pin()
    assert terminal.shown == "staff"


@pytest.mark.parametrize(
    ("account", "said"),
    [
        (None, "本机还没有工作人员账户"),
        ({"card": "0" * 64}, "这张证件没有工作人员账户"),
        ({"expires_at": timedelta(seconds=-1)}, "工作人员账户已过期"),
        ({"valid_from": timedelta(hours=1)}, "工作人员账户还没有生效"),
    ],
    ids=["none", "unknown", "expired", "early"],
)
def test_a_card_that_does_not_do_says_what_to_do(
    post: Callable[..., Post], account: dict[str, Any] | None, said: str
) -> None:
    at = post()
    terminal = at.terminal
    if account is not None:
        moved = {
            name: terminal.now + value if isinstance(value, timedelta) else value
            for name, value in account.items()
        }
        at.account(**moved)
    terminal.app.open_sign_in()
    at.lay()
    assert terminal.says(said) and at.model.page == "card" and at.model.number == ""


def test_offline_nobody_gets_in_and_without_a_reader_it_is_said(post: Callable[..., Post]) -> None:
    at = post(contact=False)
    at.account()
    terminal = at.terminal
    terminal.app.open_sign_in()
    at.lay()
    assert terminal.says("本机的时间尚未核准")


def test_silence_signs_out_and_wipes(post: Callable[..., Post]) -> None:
    at = post()
    at.sign_in(StaffRole.TECHNICIAN)
    terminal = at.terminal
    terminal.tap("设备与同步", "StaffTile")
    terminal.until(lambda: terminal.screen("staff_health")._rows)
    terminal.pass_time(179)
    assert not terminal.says("还在使用吗？") and terminal.says("退出 0:01")
    terminal.pass_time(2)
    assert terminal.says("到时将退出登录")
    terminal.tap("继续使用")
    assert terminal.shown == "staff_health"
    terminal.pass_time(181)
    terminal.pass_time(30)
    assert terminal.shown == "home" and terminal.app.visit.session.staff is None
    assert not terminal.screen("staff_health")._rows and not terminal.says("王**")
    terminal.until(lambda: noted(terminal) == [acts.SIGNED_IN, acts.SIGNED_OUT])


def test_a_card_left_at_the_pin_is_forgotten(post: Callable[..., Post]) -> None:
    at = post()
    at.account()
    terminal = at.terminal
    terminal.app.open_sign_in()
    at.lay()
    assert at.model.number == NUMBER
    terminal.pass_time(91)
    terminal.pass_time(30)
    assert terminal.shown == "home" and at.model.number == ""


def test_staff_is_never_a_visitor_and_an_account_that_goes_ends_it(
    post: Callable[..., Post],
) -> None:
    at = post()
    at.sign_in(StaffRole.SUPERVISOR)
    terminal = at.terminal
    session = terminal.app.visit.session
    assert session.visitor is None and not terminal.app.visit.identified
    with pytest.raises(AlreadyIdentified):
        session.identify(object())
    terminal.pass_time(1)
    at.account(card=None, signs=None, removed_at=terminal.now)
    terminal.pass_time(61)
    terminal.until(lambda: terminal.shown == "home")
    assert session.staff is None
    assert terminal.says("您的账户已停用") and terminal.says("账户管理人员"), "not without a word"


def test_whose_account_ends_soon_is_told_so_before_and_afterwards(
    post: Callable[..., Post],
) -> None:
    at = post()
    terminal = at.terminal
    account = at.account(expires_at=terminal.now + timedelta(minutes=11))
    terminal.app.signed_in(account)
    terminal.settle()
    terminal.app.look_at_account()
    terminal.settle()
    assert not terminal.says("到期")
    terminal.pass_time(120)
    terminal.until(lambda: terminal.says("您的账户 09:23 到期"))
    terminal.tap("知道了")
    terminal.tap("设备与同步", "StaffTile")
    terminal.pass_time(60)
    assert not terminal.says("您的账户 09:23 到期"), "once is enough"
    terminal.tap("返回")
    assert terminal.says("您的账户 09:23 到期"), "above the tiles it stays"
    while terminal.now < account.expires_at:
        terminal.key("down")
        terminal.pass_time(60)
    terminal.until(lambda: terminal.says("您的账户已到期"))
    assert terminal.shown == "home"


def test_a_supervisor_finds_a_moment_and_takes_the_record_out(
    post: Callable[..., Post], tmp_path: Path
) -> None:
    at = post(evidence=True)
    terminal = at.terminal
    terminal.now += timedelta(days=1)
    terminal.hear_server()
    terminal.pass_time(0)
    at.sign_in(StaffRole.SUPERVISOR)
    terminal.tap("上屏记录与证据", "StaffTile")
    screen = terminal.screen("evidence")
    terminal.until(lambda: screen.ids.results.data)
    listed = len(screen.ids.results.data)
    terminal.tap("全部", "Chip")
    assert len(screen.ids.results.data) > listed
    shown = next(
        each
        for each in screen._day.entries
        if each.facts.get("state") == "acknowledged" and "page" in each.facts
    )
    screen.choose(shown.number)
    terminal.until(lambda: screen._shown is not None)
    page = screen._shown.page
    assert page is not None and screen.leds is not None
    assert page.notice_id in screen.said.replace("\n", "")
    later = shown.at + timedelta(seconds=1)
    type_text(f"{later + timedelta(hours=8):%H%M%S}")
    assert screen.typing
    terminal.key("enter")
    terminal.until(lambda: screen._shown is not None and not screen.typing)
    assert screen._moment.replace(microsecond=0) == later.replace(microsecond=0)
    terminal.tap("校验记录链")
    terminal.until(lambda: terminal.says("记录链完整"), CARD_S)
    terminal.tap("导出当日检查材料")
    terminal.until(lambda: screen._taken is not None, 60)
    taken = screen._taken
    assert taken.outcome == "exported" and taken.folder.is_relative_to(tmp_path / "exports")
    assert noted(terminal) == [acts.SIGNED_IN, acts.EVIDENCE_EXPORTED]
    check = [sys.executable, str(taken.folder / "check.py"), str(taken.folder)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    log = taken.folder / "log.jsonl"
    changed = bytearray(log.read_bytes())
    changed[len(changed) // 2] ^= 1
    log.write_bytes(bytes(changed))
    told = subprocess.run(check, capture_output=True, check=False, text=True)
    assert told.returncode == 1 and "log.jsonl" in told.stdout + told.stderr


def test_roles_see_only_what_they_may(post: Callable[..., Post]) -> None:
    at = post(evidence=True)
    terminal = at.terminal
    for role, evidence, export, tests in (
        (StaffRole.EDITOR, True, False, False),
        (StaffRole.SUPERVISOR, True, True, False),
        (StaffRole.TECHNICIAN, False, False, True),
    ):
        at.sign_in(role)
        titles = {each.section for each in terminal.widgets("StaffTile")}
        assert "health" in titles and ("journal" in titles) is evidence
        assert ({"timing", "proposals"} <= titles) is evidence
        terminal.app.open_staff("staff_health")
        assert terminal.screen("staff_health").can_read is tests
        terminal.app.back()
        if evidence:
            terminal.app.open_staff("evidence")
            assert terminal.screen("evidence").can_export is export
        terminal.app.end_visit()


def test_a_card_is_tested_with_its_masked_name_only(post: Callable[..., Post]) -> None:
    at = post()
    at.sign_in(StaffRole.TECHNICIAN)
    terminal = at.terminal
    terminal.tap("设备与同步", "StaffTile")
    terminal.tap("试读证件")
    reading = terminal.screen("staff_health")._reading
    terminal.until(lambda: reading.polls and reading._last == "waiting", CARD_S)
    at.bench.lay(OTHER)
    terminal.until(lambda: terminal.says("已读取，有效"), CARD_S)
    at.bench.lift()
    assert not terminal.says(CARDS[OTHER].number) and not terminal.says(CARDS[OTHER].name)


@pytest.mark.parametrize(
    ("size", "language", "looks"),
    [
        ((1920, 1080), "zh", ("", "large contrast")),
        ((1366, 768), "en", ("", "large")),
        ((1080, 1920), "en", ("large",)),
        ((1080, 1920), "zh", ("", "large")),
    ],
    ids=str,
)
def test_staff_pages_in_every_look(
    post: Callable[..., Post], size: tuple[int, int], language: str, looks: tuple[str, ...]
) -> None:
    at = post(evidence=True, size=size, language=language)
    terminal, app, found = at.terminal, at.terminal.app, []

    def look_at(page: str) -> None:
        terminal.settle()
        # Signs are one colour through and through; the record's cells may be cut off; and the
        # ruler does not know that what stands in brackets is not drawn.
        unheeded = ("is shortened", "'\\ue", "[b]")
        wrong = (f for f in faults(terminal) if not any(part in f for part in unheeded))
        found.extend(f"{page} {look}: {fault}" for fault in wrong)
        shot(terminal, f"{page} {size[0]}x{size[1]} {language} {look}")

    account = at.account(StaffRole.SUPERVISOR, StaffRole.TECHNICIAN, StaffRole.EDITOR)
    screen = terminal.screen("evidence")
    for look in looks:
        app.theme.large, app.theme.contrast = "large" in look, "contrast" in look
        look_at("home")
        app.open_sign_in()
        look_at("card")
        for said in ("unknown", "no_accounts", "no_time", "waiting"):
            at.model.said = said
            look_at(said)
        at.model.card(NUMBER)
        at.model.ask_pin(account)
        for digit in "2718":
            at.model.type(digit)
        look_at("pin")
        at.model.trouble, at.model.left_s = "locked", 61
        look_at("locked")
        app.signed_in(account)
        look_at("staff")
        app.open_staff("staff_health")
        terminal.until(lambda: terminal.screen("staff_health")._rows)
        look_at("health")
        app.back()
        app.open_staff("evidence")
        terminal.until(lambda: screen._shown is not None)
        look_at("evidence")
        screen.show_everything(True)
        screen.choose(next(e.number for e in screen._day.entries if "page" in e.facts))
        terminal.until(lambda: screen._shown is not None and screen._shown.page is not None)
        screen.check()
        terminal.until(lambda: screen._chain is not None)
        look_at("moment")
        screen.begin_typing()
        look_at("typing")
        app.end_visit()
    assert not found, "\n".join(dict.fromkeys(found))
