"""Two persons on screen: propose, approve, refuse, withdraw; the neutral page; by taps and keys."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from display.arrangement import Arrangement, Choices
from display.edition import Edition
from display.standing import State
from kiosk.boards.arranging import arrangement_of
from kiosk.boards.in_force import Decided
from kiosk.staff.proposals.model import Act
from kiosk.staff.proposing import Deciding
from kiosk.store.decisions import refuse
from kiosk.sync.decision import decision_document, decision_document_id, sign_decision
from kiosk.sync.staff import StaffAccount, StaffKey, StaffRole, public_half, vouched
from tests.screens.in_window.layout import faults
from tests.screens.in_window.terminal import CENTRE_KEY, Terminal

BOARD = {"name": "lobby", "card": "bx-k", "port": "/dev/none", "width": 192, "height": 32}
OTHER = {**BOARD, "name": "hall-2"}
CHANNEL = "site-fushun"
COMPUTED = {"salt": "ab" * 16, "time_cost": 1, "memory_kib": 1024, "lanes": 1}
EDITOR, APPROVER = StaffRole.EDITOR, StaffRole.APPROVER


def key_of(account: str) -> Ed25519PrivateKey:
    """With which the tests let this account sign, instead of card and PIN."""
    return Ed25519PrivateKey.from_private_bytes(account.ljust(32).encode())


class Hall:
    """A terminal at which several people sign in, one after the other."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.people: dict[str, StaffAccount] = {}
        self.hire("li000001", "李编排", EDITOR, APPROVER)
        self.hire("zhao0001", "赵批准", APPROVER)
        self.hire("wang0001", "王监督", StaffRole.SUPERVISOR)
        self.hire("chen0001", "陈技术", StaffRole.TECHNICIAN)
        terminal.receive_site(*self.people.values())
        self.start = arrangement_of(terminal.settings.schedule)

    def hire(self, key: str, name: str, *roles: StaffRole) -> None:
        now = self.terminal.now
        made = StaffAccount(
            key=key,
            name=name,
            roles=roles,
            valid_from=now - timedelta(days=1),
            expires_at=now + timedelta(days=30),
            card=key[0].encode().hex() * 32,
            signs=StaffKey(**COMPUTED, public=public_half(key_of(key))),
            changed_at=now,
        )
        self.people[key[:-4]] = vouched(made, CENTRE_KEY)

    @property
    def screen(self) -> Any:
        return self.terminal.screen("proposals")

    @property
    def pane(self) -> Any:
        return self.screen.ids.pane

    def sign_in(self, who: str) -> None:
        """As after card and PIN."""
        app = self.terminal.app
        if app.visit.session.staff is not None:
            app.end_visit()
        account = next(one for name, one in self.people.items() if name.startswith(who))
        app.signed_in(account, key_of(account.key))
        self.terminal.until(lambda: self.terminal.screen("staff")._summary is not None)
        self.terminal.settle()

    def of(self, who: str) -> Deciding:
        """The same person at another terminal, or before."""
        account = next(one for name, one in self.people.items() if name.startswith(who))
        return Deciding.at_terminal(
            self.terminal.store, self.terminal.settings, account, key_of(account.key)
        )

    def propose(self, who: str = "li", before: Arrangement | None = None, **fields: Any) -> Any:
        before = before or self.start
        after = before.changed(**(fields or {"characters_per_second": 5.0}))
        now = self.terminal.now
        empty = Edition(
            board="lobby", day=now.date(), cut_over_at=now, cell=16, pixels_per_second=64, pages=()
        )
        return self.of(who).propose("lobby", before, after, now, empty)

    def standing(self) -> Any:
        return Decided(self.terminal.store, CHANNEL).standing("lobby", self.terminal.now)

    def hear(self, *decisions: Any) -> None:
        """As the building's feed brings them, taken by the centre."""
        terminal = self.terminal
        changes = []
        for one in decisions:
            signature = sign_decision(one, CHANNEL, key_of(one.by))
            document = decision_document(one, signature, terminal.now)
            changes.append(terminal._change(decision_document_id(one.id), document))
        terminal._apply(*changes, channel=CHANNEL)

    def confirm(self) -> None:
        """The centre has taken all that was decided here."""
        self.hear(*Decided(self.terminal.store, CHANNEL).read("lobby").kept.decisions)

    def open(self, service: str = "proposals") -> None:
        terminal = self.terminal
        terminal.app.open_staff(service)
        terminal.until(lambda: terminal.screen(service)._version >= 0)
        terminal.settle()

    def open_by_keys(self, service: str) -> None:
        terminal = self.terminal
        for _ in terminal.screen("staff").ids.tiles.children:
            terminal.key("down")
            if next(each for each in terminal.widgets("StaffTile") if each.reached).service == (
                service
            ):
                break
        terminal.key("enter")
        assert terminal.shown == service

    def until(self, text: str) -> None:
        self.terminal.until(lambda: self.terminal.says(text))
        self.terminal.settle()

    def answer(self, text: str) -> None:
        """Tap a button of the question."""
        self.terminal.tap(text)
        self.terminal.until(lambda: not self.terminal.screen(self.terminal.shown).deciding)
        self.terminal.settle()


@pytest.fixture
def hall(open_terminal: Callable[..., Terminal]) -> Callable[..., Hall]:
    def make(*, boards: tuple[dict[str, Any], ...] = (BOARD,), **told: Any) -> Hall:
        sections = {"boards": list(boards), "sync": {"server": "http://127.0.0.1:9"}}
        terminal = open_terminal(chinese=False, sections=sections, **told)
        made = Hall(terminal)
        terminal.start()
        return made

    return make


def shot(terminal: Terminal, name: str) -> None:
    """Keep a picture for whoever wants to look: set MINGTANG_SHOTS to a folder."""
    folder = os.environ.get("MINGTANG_SHOTS")
    if folder:
        terminal.picture(Path(folder) / f"{name.strip().replace(' ', '-')}.png")


def test_two_persons_by_taps(hall: Callable[..., Hall]) -> None:
    at = hall()
    terminal = at.terminal
    at.propose(characters_per_second=5.0, choices=Choices(pinned=("n7",)))
    at.sign_in("li")
    assert not terminal.says("份待您批准"), "nobody is called to approve their own"
    terminal.tap("提请与批准", "StaffTile")
    at.until("4 字/秒  →  5 字/秒")
    assert terminal.says("置顶：公告 n7") and terminal.says("不置顶  →  第 1 位")
    assert terminal.says("不能批准自己的提请") and terminal.says("李** 提请")
    assert [each.act for each in at.pane.ids.acts.children] == ["withdraw"]
    assert terminal.says("未送达")
    at.confirm()
    terminal.pass_time(1)
    terminal.until(lambda: not terminal.says("未送达"))

    at.sign_in("zhao")
    assert terminal.says("1 份待您批准")
    terminal.tap("提请与批准", "StaffTile")
    at.until("现在批准，将从 2026-11-24 08:30 起生效。")
    assert terminal.says("首次用于 2026-11-24 星期二 08:30 的节目单。")
    terminal.tap("批准", "ProposalMain")
    assert terminal.says("批准这份提请？") and terminal.says("滚动速度：4 字/秒 → 5 字/秒")
    terminal.tap("先不")
    assert at.standing().pending.state is State.WAITING
    terminal.tap("批准", "ProposalMain")
    at.answer("批准")
    at.until("已批准。")
    assert at.standing().pending.state is State.APPROVED
    assert terminal.says("赵** 批准")
    terminal.tap("撤销批准", "ProposalAct")
    at.answer("撤销批准")
    at.until("已撤销批准。")
    assert at.standing().pending.state is State.WAITING
    terminal.tap("退回", "ProposalAct")
    at.until("请选择退回的原因")
    terminal.tap("公告的先后不合适", "ProposalReason")
    assert terminal.says("原因：公告的先后不合适")
    at.answer("退回")
    at.until("已退回。")
    assert at.standing().pending is None
    assert terminal.says("退回：公告的先后不合适")
    assert not at.pane.ids.acts.children


def test_two_persons_by_keys_alone(hall: Callable[..., Hall]) -> None:
    at = hall()
    terminal = at.terminal
    at.propose(items=20)
    at.propose(items=10)
    at.sign_in("zhao")
    at.open_by_keys("proposals")
    at.until("30 条  →  10 条")
    terminal.key("down")
    terminal.key("down")
    terminal.key("enter")
    at.until("30 条  →  20 条")
    assert terminal.says("后来又有新的提请") and not at.pane.ids.acts.children
    terminal.key("up")
    terminal.key("enter")
    at.until("30 条  →  10 条")
    terminal.key("left")
    assert at.pane.reach.at.act == "approve"
    terminal.key("left")
    assert at.pane.reach.at.act == "refuse"
    terminal.key("enter")
    at.until("请选择退回的原因")
    terminal.key("escape")
    assert at.pane.page == "detail" and terminal.shown == "proposals"
    terminal.key("right")
    terminal.key("right")
    terminal.key("enter")
    assert terminal.says("批准这份提请？")
    terminal.key("escape")
    assert terminal.shown == "proposals" and at.standing().pending.state is State.WAITING
    terminal.key("enter")
    terminal.key("enter")
    terminal.until(lambda: not at.screen.deciding)
    assert at.standing().pending.state is State.APPROVED
    terminal.key("escape")
    assert terminal.shown == "staff"


def test_what_counts_is_told_as_soon_as_it_is_known(hall: Callable[..., Hall]) -> None:
    """An approval here and something from elsewhere at the same time."""
    at = hall()
    terminal = at.terminal
    at.propose()
    at.sign_in("zhao")
    at.open()
    terminal.tap("批准", "ProposalMain")
    # Taken back at another terminal while the question is on the screen.
    pending = at.standing().pending
    at.of("li").withdraw_proposal(pending, terminal.now)
    at.until("情况刚刚有变")
    assert not terminal.says("批准这份提请？") and terminal.says("提请已撤回，不会生效。")

    at.propose(items=12)
    at.screen.choose(at.standing().pending.proposed.id)
    at.until("30 条  →  12 条")
    terminal.tap("批准", "ProposalMain")
    at.answer("批准")
    at.until("已批准。")
    approved = at.standing().pending.approved
    # A server that knows more refuses it.
    with at.terminal.store._database.conn:
        refuse(at.terminal.store._database, {approved.id: "already_decided: this morning"})
    at.until("您的决定现在无效")
    assert at.standing().pending.state is State.WAITING
    assert terminal.says("此前已有人批准、退回或撤回")


def test_without_proven_time_nothing_is_decided_and_it_is_said(hall: Callable[..., Hall]) -> None:
    at = hall(contact=False)
    terminal = at.terminal
    at.propose()
    at.sign_in("zhao")
    at.open()
    at.until("本机的时间尚未核准，暂时不能办理")
    assert not at.pane.ids.acts.children
    at.terminal.app.back()
    at.open("neutral")
    at.until("本机的时间尚未核准，暂时不能办理")
    assert not terminal.screen("neutral").may_start
    terminal.hear_server()
    terminal.pass_time(1)
    terminal.until(lambda: terminal.screen("neutral").may_start)


def test_neutral_now_and_its_end(hall: Callable[..., Hall]) -> None:
    at = hall()
    terminal = at.terminal
    at.sign_in("chen")
    assert not terminal.says("提请与批准"), "a technician sees no proposals"
    terminal.tap("立即显示中性页", "StaffTile")
    at.until("现在照常播出")
    screen = terminal.screen("neutral")
    terminal.tap("立即显示中性页", "NeutralShow")
    assert terminal.says("请先选择原因") and not screen._confirming.asks
    terminal.tap("内容有误或误播", "ChoiceChip")
    terminal.tap("立即显示中性页", "NeutralShow")
    assert terminal.says("几秒内，大厅大屏改为只显示中心名称和时钟。原因：内容有误或误播")
    at.answer("立即显示")
    at.until("现在显示中性页")
    (word,) = at.standing().neutral
    assert (word.by_name, word.reason) == ("陈**", "内容有误或误播")
    assert terminal.says("陈** 要求：内容有误或误播") and terminal.says("尚未送达中心")
    assert not screen.may_end and terminal.says("您的账户不能恢复播出")
    assert terminal.says("再次要求"), "the centre has not heard of it"

    at.confirm()
    at.sign_in("wang")
    assert terminal.says("大厅大屏自 2026-11-23 09:12 起显示中性页，陈** 要求")
    at.open_by_keys("neutral")
    at.until("现在显示中性页")
    assert not terminal.says("尚未送达中心") and not terminal.says("再次要求")
    terminal.key("down")
    assert terminal.screen("neutral")._reach.at == screen.ids.end.__self__
    terminal.key("enter")
    assert terminal.says("恢复播出？")
    # What nobody has seen is not ended with the rest.
    at.of("chen").neutral_now("lobby", "突发情况", terminal.now)
    at.until("情况刚刚有变")
    assert not screen._confirming.asks and len(at.standing().neutral) == 2
    at.until("要求：突发情况")
    terminal.tap("恢复播出", "NeutralEnd")
    terminal.key("enter")
    at.until("现在照常播出")
    assert not at.standing().neutral
    terminal.key("escape")
    terminal.until(lambda: not terminal.says("起显示中性页"))


def test_one_board_is_chosen_for_all_screens_and_all_boards_can_go_neutral_at_once(
    hall: Callable[..., Hall],
) -> None:
    at = hall(boards=(BOARD, OTHER))
    terminal, app = at.terminal, at.terminal.app
    at.sign_in("wang")
    at.open("neutral")
    terminal.screen("neutral").next_board()
    terminal.until(lambda: terminal.screen("neutral")._board == OTHER["name"])
    app.back()
    at.open("proposals")
    assert terminal.screen("proposals")._board == OTHER["name"]
    assert app.staff_board().name == OTHER["name"]
    app.back()
    at.open("neutral")
    assert terminal.screen("neutral")._board == OTHER["name"]
    terminal.screen("neutral").choose_reason("emergency")
    terminal.settle()
    terminal.tap("全部大屏", "NeutralShow")
    at.answer("立即显示")
    at.until("现在显示中性页")
    decided = Decided(terminal.store, CHANNEL)
    for board in (BOARD["name"], OTHER["name"]):
        assert len(decided.standing(board, terminal.now).neutral) == 1, board


def test_who_approves_sees_the_board_as_it_would_be(hall: Callable[..., Hall]) -> None:
    at = hall()
    terminal = at.terminal
    terminal.receive(*terminal.generated())
    at.propose(characters_per_second=5.0)
    at.sign_in("zhao")
    at.open()
    terminal.tap("预览这一版", "Chip")
    assert terminal.shown == "proposal_preview"
    terminal.until(lambda: terminal.screen("proposal_preview").ids.preview.ready)
    screen = terminal.screen("proposal_preview")
    assert screen._made.arrangement.characters_per_second == 5.0
    assert terminal.says("2026-11-23 09:12 提请") and terminal.says("4 字/秒 → 5 字/秒")
    shot(terminal, "proposal-preview")
    terminal.tap("返回")
    assert terminal.shown == "proposals" and terminal.says("等您批准")
    assert screen._made is None


def test_without_a_board_it_is_said_what_to_do(hall: Callable[..., Hall]) -> None:
    at = hall(boards=())
    at.sign_in("wang")
    for service in ("proposals", "neutral"):
        at.open(service)
        at.until("请技术人员在设置中加上大屏")
        at.terminal.app.back()
    assert not at.terminal.screen("neutral").may_start


def test_nothing_of_a_session_stays(hall: Callable[..., Hall]) -> None:
    at = hall()
    terminal = at.terminal
    at.propose()
    at.sign_in("zhao")
    at.open()
    terminal.tap("退回", "ProposalAct")
    terminal.tap("原因当面说明", "ProposalReason")
    assert terminal.says("退回这份提请？")
    terminal.app.end_visit()
    terminal.settle()
    assert not terminal.says("退回这份提请？")
    assert at.screen._seen is None and not at.screen.ids.results.data
    assert at.pane.page == "detail" and not at.pane.ids.changes.children


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
def test_proposals_in_every_look(
    hall: Callable[..., Hall], size: tuple[int, int], language: str, looks: tuple[str, ...]
) -> None:
    at = hall(size=size, language=language, boards=(BOARD, OTHER))
    terminal, app, found = at.terminal, at.terminal.app, []
    at.propose(items=20)
    first = at.propose(characters_per_second=3.0, choices=Choices(pinned=("n1", "n2")))
    at.of("zhao").refuse(at.standing().pending, "误播", terminal.now)
    at.confirm()
    at.propose(characters_per_second=5.5, dwell="slow", items=40)
    assert first.id

    def look_at(page: str) -> None:
        terminal.settle()
        # Signs are one colour through and through; a row's text may be cut off, as it is whole
        # beside it.
        unheeded = ("is shortened", "'\\ue")
        wrong = (f for f in faults(terminal) if not any(part in f for part in unheeded))
        found.extend(f"{page} {look}: {fault}" for fault in wrong)
        shot(terminal, f"{page} {size[0]}x{size[1]} {language} {look}")

    def sign_in(who: str, look: str) -> None:
        at.sign_in(who)
        app.theme.large, app.theme.contrast = "large" in look, "contrast" in look
        terminal.settle()

    for look in looks:
        at.of("wang").neutral_now("lobby", "画面显示不正常", terminal.now)
        sign_in("zhao", look)
        look_at("staff")
        at.open()
        terminal.until(lambda: at.pane.ids.acts.children)
        look_at("proposals")
        terminal.screen("proposals").preview()
        terminal.until(lambda: terminal.screen("proposal_preview")._made is not None)
        look_at("preview")
        app.back()
        at.screen.act(Act.REFUSE)
        look_at("reasons")
        at.screen.show_detail()
        at.screen.act(Act.APPROVE)
        look_at("approve")
        at.screen._confirming.close()
        at.screen.choose(at.screen.ids.results.data[1]["id"])
        terminal.settle()
        look_at("refused")
        app.back()
        sign_in("li", look)
        at.open()
        terminal.until(lambda: at.pane.denied)
        look_at("own")
        app.back()
        at.open("neutral")
        look_at("neutral")
        terminal.screen("neutral").choose_reason("wrong_picture")
        terminal.screen("neutral").ask_to_show()
        look_at("neutral-question")
        app.end_visit()
        at.of("li").end_neutral("lobby", terminal.now)
    assert not found, "\n".join(found)
