"""Staff at a terminal: what is owed, the test card, this terminal's settings, and no leak."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from display.evidence import TERMINAL_RECORD, Kind
from display.testing import Hindrance, TestState
from kiosk.adjustments import Name
from kiosk.private.identity import Identity
from kiosk.private.key import store_key
from kiosk.private.opening import open_private
from kiosk.private.store import PrivateStore
from kiosk.private.taking_out import open_export
from kiosk.private.transfer import State, Trouble
from kiosk.sync.events import Event
from kiosk.sync.rating import RATING
from kiosk.sync.staff import StaffAccount, StaffRole, vouched
from kiosk.sync.submission import Manifest, Role, Submitter, Way
from tests.private.builders import a_manifest
from tests.screens.in_window.layout import faults
from tests.screens.in_window.staff import BOARD, SIGNS, shot
from tests.screens.in_window.terminal import CENTRE_KEY, Terminal

WHO = Identity("欧阳慕容", "210402199001011234")
FILE = "绝密标书.pdf"
TITLE = "保密的登记"
PERSONAL = (WHO.name, WHO.number, FILE, TITLE, "某某保密公司")


class Desk:
    """A terminal with an encrypted store, and whoever is signed in without card and reader."""

    def __init__(self, terminal: Terminal, folder: Path) -> None:
        self.terminal, self.folder = terminal, folder

    @property
    def outbox(self) -> Any:
        return self.terminal.screen("staff_outbox")

    def opened(self) -> PrivateStore:
        return open_private(self.folder, self.folder / "key", clocks=self.terminal.app._now)

    def hand_in(self, *, park: Trouble | None = None, file: bool = False) -> str:
        with self.opened() as store:
            staged = []
            if file:
                staged = [
                    store.stage(
                        io.BytesIO(b"secret " * 99), name=FILE, media_type="application/pdf",
                        size=7 * 99,
                    )
                ]  # fmt: skip
            who = Submitter(name=WHO.name, number=WHO.number, unit="某某保密公司", way=Way.CARD)
            manifest: Manifest = a_manifest(*staged, submitter=who, role=Role.BIDDER, title=TITLE)
            id = store.hand_in(manifest, staged, self.terminal.now)
            store.forget()
            if park is not None:
                store.outbox.park(id, park, f"detail of {WHO.name} {FILE}", manifest)
            return id

    def sign_in(self, *roles: StaffRole) -> StaffAccount:
        terminal = self.terminal
        made = StaffAccount(
            key="k3f9a2b1",
            name="王芳",
            roles=roles or tuple(StaffRole),
            valid_from=terminal.now - timedelta(days=1),
            expires_at=terminal.now + timedelta(days=1),
            card="1" * 64,
            signs=SIGNS,
            changed_at=terminal.now,
        )
        account = vouched(made, CENTRE_KEY)
        terminal.receive_site(account)
        self.account = account
        terminal.app.signed_in(account)
        terminal.settle()
        return account

    def open_outbox(self) -> None:
        self.terminal.app.open_staff("staff_outbox")
        self.terminal.until(lambda: self.outbox._state == "shown")
        self.terminal.settle()

    def choose(self, id: str) -> None:
        self.terminal.until(lambda: any(row["key"] == id for row in self.outbox.ids.results.data))
        self.outbox.choose(id)
        self.terminal.settle()

    def done(self) -> None:
        self.terminal.until(lambda: not self.outbox.working)
        self.terminal.settle()


@pytest.fixture
def desk(open_terminal: Callable[..., Terminal], tmp_path: Path) -> Callable[..., Desk]:
    def open_desk(*, private: bool = True, **told: Any) -> Desk:
        sections: dict[str, Any] = {"boards": [BOARD]}
        if private:
            sections["private"] = {"key": str(tmp_path / "key")}
        terminal = open_terminal(chinese=False, sections=sections, **told)
        terminal.start()
        if private:
            terminal.until(lambda: terminal.app.visit.ready)
        return Desk(terminal, tmp_path)

    return open_desk


def recorded(terminal: Terminal) -> list[tuple[str, str, str]]:
    return [
        (each.facts["act"], each.facts["result"], each.facts["by"])
        for each in terminal.store.entries(TERMINAL_RECORD)
    ]


def test_a_parked_one_is_sent_again_exported_and_given_back_to_who_finds_it(
    desk: Callable[..., Desk], tmp_path: Path
) -> None:
    at = desk()
    terminal = at.terminal
    parked = at.hand_in(park=Trouble.REJECTED, file=True)
    at.hand_in()
    at.sign_in(StaffRole.TECHNICIAN)
    terminal.tap("待发送与搁置", "StaffTile")
    terminal.until(lambda: len(at.outbox.ids.results.data) == 2)
    terminal.settle()
    assert terminal.says(f"来访人提交的材料 …{parked[-6:]}") and terminal.says("有材料需要处理")
    assert not any(terminal.says(secret) for secret in PERSONAL)
    at.choose(parked)
    assert terminal.says("中心服务器不接收") and terminal.says("请中心说明不接收的原因")
    terminal.tap("退回来访人")
    assert terminal.says("尚未导出副本")
    terminal.tap("先不退回")
    terminal.tap("导出加密副本")
    at.done()
    assert terminal.says("已导出"), (at.outbox._done, terminal.texts())
    (folder,) = (tmp_path / "exports").iterdir()
    assert terminal.says(folder.name) and terminal.says("请技术人员在 FS-02 这台电脑")
    names = [folder.name, *(path.name for path in folder.iterdir())]
    inside = b"".join(path.read_bytes() for path in folder.iterdir())
    for secret in PERSONAL:
        assert secret.encode() not in inside and secret not in " ".join(names)
    key = store_key(tmp_path / "key", may_make=False)
    opened = open_export(folder, tmp_path / "opened", key)
    assert (tmp_path / "opened" / opened[1]).read_bytes() == b"secret " * 99
    terminal.tap("立即重试")
    at.done()
    with at.opened() as store:
        assert {each.state for each in store.outbox.waiting()} == {State.WAITING}
        store.outbox.park(parked, Trouble.REJECTED, "", None)
    at.outbox._ask()
    terminal.until(lambda: at.outbox.can_return)
    terminal.tap("退回来访人")
    assert terminal.says("已导出过加密副本")
    terminal.tap("先不退回")
    with at.opened() as store:
        assert parked in {each.id for each in store.outbox.waiting()}
    terminal.tap("退回来访人")
    terminal.tap("退回来访人", "PrimaryButton")
    at.done()
    assert terminal.says("已退回")
    terminal.until(lambda: len(at.outbox.ids.results.data) == 1)
    with at.opened() as store:
        kept = {each.submission: each for each in store.keepsakes(WHO)}
        assert kept[parked].state is State.RETURNED
        assert kept[parked].problem is Trouble.REJECTED
    terminal.until(lambda: len(recorded(terminal)) == 3)
    assert recorded(terminal) == [
        ("outbox_exported", "exported", "王**"),
        ("outbox_retried", "done_retry", "王**"),
        ("outbox_returned", "done_return", "王**"),
    ]
    told = str([dict(each.facts) for each in terminal.store.entries(TERMINAL_RECORD)])
    assert not any(secret in told for secret in PERSONAL)


def test_the_visitor_finds_what_was_given_back_with_the_reason(
    desk: Callable[..., Desk],
) -> None:
    at = desk()
    terminal, app = at.terminal, at.terminal.app
    id = at.hand_in(park=Trouble.DAMAGED)
    with at.opened() as store:
        assert store.outbox.give_back(id)
    from kiosk.session import Visitor

    app.visit.identify(Visitor(WHO, Role.BIDDER, Way.CARD), app.words)
    app.open_service("matters", "")
    terminal.until(lambda: terminal.says("已退回，未送达"))
    assert terminal.says("本机保存的文件已损坏")
    terminal.tap(TITLE, "MatterRow")
    assert terminal.shown == "matters", "there is nothing more to see of it"


def test_what_stops_everything_is_said_at_the_top_and_keys_do_as_buttons(
    desk: Callable[..., Desk],
) -> None:
    at = desk()
    terminal = at.terminal
    id = at.hand_in()
    with at.opened() as store:
        store.outbox.begin(id)
        store.outbox.stop(id, "who", 900.0)
    terminal.store.keep_events(
        [Event(id="1", source="/terminals/FS-02", type=RATING, data={"grade": 1})]
    )
    at.sign_in(StaffRole.TECHNICIAN)
    at.open_outbox()
    terminal.until(lambda: terminal.says("全部停止发送"))
    assert terminal.says("服务评价") and terminal.says("为保护隐私")
    terminal.key("down")
    terminal.key("enter")
    assert at.outbox.can_retry
    terminal.type("r")
    at.done()
    terminal.until(lambda: not at.outbox.alarm)
    with at.opened() as store:
        assert not store.outbox.is_stopped()
    terminal.key("escape")
    assert terminal.shown == "staff"


@pytest.mark.parametrize(
    ("role", "can"),
    [
        (StaffRole.DESK, (True, True, False)),
        (StaffRole.SUPERVISOR, (False, False, False)),
        (StaffRole.EDITOR, None),
    ],
)
def test_who_may_do_what(
    desk: Callable[..., Desk], role: StaffRole, can: tuple[bool, bool, bool] | None
) -> None:
    at = desk()
    id = at.hand_in(park=Trouble.REJECTED)
    at.sign_in(role)
    sections = {each.section for each in at.terminal.widgets("StaffTile")}
    assert ("owed" in sections) is (can is not None) and "adjust" not in sections
    if can is not None:
        at.open_outbox()
        at.choose(id)
        screen = at.outbox
        assert (screen.can_retry, screen.can_return, screen.can_export) == can
        at.terminal.type("e")
        at.terminal.settle()
        assert not at.outbox.working and not (at.folder / "exports").exists()


def test_without_an_encrypted_store_it_says_where_to_look(desk: Callable[..., Desk]) -> None:
    at = desk(private=False)
    at.sign_in(StaffRole.TECHNICIAN)
    at.open_outbox()
    assert at.terminal.says("没有等待发送的材料和记录")
    assert at.terminal.says("请在该终端查看")


def test_the_test_card_is_asked_for_and_every_answer_is_told(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    at.sign_in(StaffRole.TECHNICIAN)
    terminal.app.open_staff("staff_health")
    terminal.settle()
    terminal.tap("大屏测试画面")
    assert terminal.says("在大厅大屏上显示测试画面？") and terminal.says("公众能看到")
    terminal.tap("先不")
    terminal.settle()
    assert terminal.store.board_test_asked("lobby") is None, "nobody said yes"
    terminal.tap("大屏测试画面")
    terminal.tap("显示 20 秒")
    terminal.until(lambda: terminal.store.board_test_asked("lobby") is not None)
    wish = terminal.store.board_test_asked("lobby")
    assert wish is not None and wish.by == "王**"
    assert terminal.says("正在请求显示测试画面")
    terminal.store.answer_board_test("lobby", wish.id, TestState.SHOWN, "")
    terminal.until(lambda: terminal.says("正在显示测试画面"))
    terminal.store.answer_board_test("lobby", wish.id, TestState.ENDED, "")
    terminal.until(lambda: terminal.says("已恢复播出"))
    assert recorded(terminal) == [("board_test_asked", "asked", "王**")]
    terminal.tap("大屏测试画面")
    terminal.tap("显示 20 秒")
    terminal.until(lambda: terminal.store.board_test_asked("lobby") is not None)
    again = terminal.store.board_test_asked("lobby")
    assert again is not None and again.id != wish.id
    terminal.store.answer_board_test("lobby", again.id, TestState.REFUSED, Hindrance.DARK)
    terminal.until(lambda: terminal.says("不在亮屏时间"))


def test_a_station_that_does_not_run_is_told_and_the_wish_is_taken_back(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.staff.health.board_testing.PATIENCE_S", 1.0)
    at = desk()
    terminal = at.terminal
    at.sign_in(StaffRole.TECHNICIAN)
    terminal.app.open_staff("staff_health")
    terminal.settle()
    terminal.tap("大屏测试画面")
    terminal.key("enter")
    terminal.until(lambda: terminal.says("没有回应"))
    assert terminal.says("mingtang display --board lobby")
    terminal.until(lambda: terminal.store.board_test_asked("lobby") is None)


def test_settings_count_once_they_are_saved_with_who_and_when(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal, app = at.terminal, at.terminal.app
    at.sign_in(StaffRole.TECHNICIAN)
    terminal.tap("本机设置", "StaffTile")
    screen = terminal.screen("adjusting")
    assert terminal.says("没有修改过") and not screen.dirty
    for name, steps in ((Name.IDLE, 1), (Name.LARGE, 1), (Name.UPLOAD, -1), (Name.STAFF_IDLE, 1)):
        screen.step(name, steps)
    terminal.settle()
    assert terminal.says("有修改尚未保存") and terminal.store.adjustments() is None
    terminal.tap("保存", "PrimaryButton")
    terminal.until(lambda: terminal.says("已保存"))
    kept = terminal.store.adjustments()
    assert kept is not None and (kept.by, kept.at) == ("王**", terminal.now)
    assert dict(kept.adjustments.values) == {
        Name.IDLE: 120, Name.LARGE: True, Name.UPLOAD: False, Name.STAFF_IDLE: 240,
    }  # fmt: skip
    (noted,) = terminal.store.entries(TERMINAL_RECORD, kind=Kind.TECHNICIAN)
    assert noted.facts["before"]["idle_s"] == 90 and noted.facts["after"]["idle_s"] == 120
    assert app.visit.session.seconds_quiet() == 240, "at once"
    assert not app.theme.large, "not in the middle of somebody's work"
    app.end_visit()
    terminal.settle()
    assert app.theme.large and not app.in_use
    assert app.visit.session.seconds_quiet() == 120
    assert not app.offers("upload") and app.offers("entry")
    tile = next(each for each in terminal.widgets("ServiceTile") if each.service == "upload")
    assert not tile.here
    # Another start of the program finds them again.
    again = app.adjusted
    again.kept = None
    again.load(app)
    terminal.until(lambda: again.kept is not None)
    assert again.adjustments == kept.adjustments
    # As the settings file says.
    app.signed_in(at.account)
    app.open_staff("adjusting")
    terminal.settle()
    terminal.tap("恢复设置文件的值")
    terminal.tap("保存", "PrimaryButton")
    terminal.until(lambda: terminal.says("已保存"))
    app.end_visit()
    terminal.settle()
    assert not app.theme.large and app.offers("upload")


def test_what_was_not_saved_is_dropped(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal, app = at.terminal, at.terminal.app
    at.sign_in(StaffRole.TECHNICIAN)
    app.open_staff("adjusting")
    terminal.settle()
    terminal.key("down")
    terminal.key("right")
    assert terminal.screen("adjusting").dirty
    terminal.key("escape")
    assert terminal.says("有 1 项修改没有保存"), "nothing goes without a question"
    terminal.key("escape")
    assert terminal.shown == "adjusting" and terminal.screen("adjusting").dirty
    terminal.tap("返回")
    terminal.tap("不保存，离开")
    assert terminal.shown == "staff"
    app.open_staff("adjusting")
    terminal.settle()
    assert not terminal.screen("adjusting").dirty and terminal.store.adjustments() is None


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
def test_pages_of_outbox_health_and_settings_in_every_look(
    desk: Callable[..., Desk], size: tuple[int, int], language: str, looks: tuple[str, ...]
) -> None:
    at = desk(size=size, language=language)
    terminal, app, found = at.terminal, at.terminal.app, []
    parked = at.hand_in(park=Trouble.RECEIPT)
    at.hand_in(park=Trouble.DAMAGED)
    waiting = at.hand_in()
    with at.opened() as store:
        store.outbox.begin(waiting)
        store.outbox.stop(waiting, "who", 900.0)
    terminal.store.keep_events(
        [Event(id="1", source="/terminals/FS-02", type=RATING, data={"grade": 1})]
    )
    terminal.store.tell_health(
        "board lobby",
        terminal.now,
        {"link": "connected", "size": [192, 32], "clock_off_s": -3, "acknowledged_at": None},
    )

    def look_at(page: str) -> None:
        terminal.settle()
        unheeded = ("is shortened", "'\\ue", "[b]")
        wrong = (f for f in faults(terminal) if not any(part in f for part in unheeded))
        found.extend(f"{page} {look}: {fault}" for fault in wrong)
        shot(terminal, f"{page} {size[0]}x{size[1]} {language} {look}")

    for look in looks:
        app.theme.large, app.theme.contrast = "large" in look, "contrast" in look
        at.sign_in(*StaffRole)
        look_at("owed-home")
        at.open_outbox()
        look_at("owed")
        at.choose(parked)
        folder = Path("/var/lib/mingtang/exports/outbox-20261123-091200-7d1f0a")
        told = {"folder": folder, "parent": folder.parent, "terminal": "FS-02"}
        at.outbox._tell("exported", told, good=True)
        look_at("owed-chosen")
        at.outbox.do(at.outbox._acts() and next(a for a in at.outbox._acts() if a == "return"))
        look_at("owed-question")
        at.outbox._dialog.dismiss(animation=False)
        app.back()
        app.open_staff("staff_health")
        terminal.until(lambda: terminal.screen("staff_health")._rows)
        terminal.screen("staff_health").ask_board_test("lobby")
        look_at("owed-health-question")
        terminal.key("enter")
        terminal.until(lambda: terminal.store.board_test_asked("lobby") is not None)
        look_at("owed-health")
        app.back()
        app.open_staff("adjusting")
        look_at("owed-settings")
        for name in (Name.IDLE, Name.ENTRY):
            terminal.screen("adjusting").step(name, -1)
        look_at("owed-settings-changed")
        app.end_visit()
        terminal.until(lambda: app.visit.ready)
    assert not found, "\n".join(dict.fromkeys(found))
