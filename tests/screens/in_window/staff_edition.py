"""The edition screen: list, preview, choices, limits, and the way to a second person."""

import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kivy.base import EventLoop
from kivy.core.window import Window

from display.arrangement import Arrangement
from display.decisions import RANDOM_BYTES, Approved, Proposed, new_id
from display.notice import Category, Notice, NoticeKind
from display.standing import Standing
from kiosk.boards.in_force import Decided
from kiosk.sync.contract import CONTROL, site_channel, withdrawal_id
from kiosk.sync.staff import StaffAccount, StaffKey, StaffRole, public_half, vouched
from kiosk.tour import Tap
from tests.screens.in_window.layout import faults
from tests.screens.in_window.terminal import CENTRE_KEY, Terminal

BOARD = {
    "name": "lobby",
    "card": "bx-k",
    "port": "/dev/none",
    "width": 192,
    "height": 32,
    "pitch_mm": 4.75,
}
COMPUTED = {"salt": "ab" * 16, "time_cost": 1, "memory_kib": 1024, "lanes": 1}
TAB = "\t"


def key_of(account: str) -> Ed25519PrivateKey:
    """With which the tests let an account sign, instead of one of card and PIN."""
    return Ed25519PrivateKey.from_private_bytes(account.ljust(32).encode())


class Desk:
    """A terminal with a board, notices, and somebody signed in."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    @property
    def screen(self) -> Any:
        return self.terminal.screen("edition")

    @property
    def preview(self) -> Any:
        return self.screen.ids.preview

    def account(self, *roles: StaffRole) -> StaffAccount:
        now = self.terminal.now
        key = "k3f9a2b1"
        made = StaffAccount(
            key=key,
            name="王芳",
            roles=roles or (StaffRole.EDITOR,),
            valid_from=now - timedelta(days=1),
            expires_at=now + timedelta(days=9),
            card="ab" * 32,
            signs=StaffKey(**COMPUTED, public=public_half(key_of(key))),
            changed_at=now,
        )
        self.terminal.receive_site(made)
        return vouched(made, CENTRE_KEY)

    def open(self, *roles: StaffRole) -> None:
        account = self.account(*roles)
        app = self.terminal.app
        app.signed_in(account, key_of(account.key))
        app.open_staff("edition")
        self.terminal.until(lambda: self.screen.made is not None)
        self.terminal.settle()

    def row(self, mark: str) -> dict[str, Any]:
        return next(row for row in self.screen.ids.results.data if mark in row["state_text"])

    def choose(self, row: dict[str, Any]) -> None:
        """Tap a row of the list, once it is in sight."""
        rows = self.screen.ids.results
        rows.reveal(rows.data.index(row))
        self.terminal.settle()
        found = next(
            each
            for each in self.terminal.widgets("EditionRow")
            if (each.notice_id, each.template) == (row["notice_id"], row["template"])
        )
        self.terminal.tap_widget(found)

    def made(self) -> None:
        """Wait until the list is that of the draft."""
        draft = self.screen.draft
        self.terminal.until(lambda: self.screen.made.arrangement == draft.arrangement)
        self.terminal.settle()

    def slide(self, share: float) -> None:
        """Put a finger on the speed's slider, at a share of its length."""
        slider = self.screen.ids.speed
        self.screen.ids.side.scroll_y = 1
        self.terminal.settle()
        x = slider.x + slider.thumb / 2 + share * (slider.width - slider.thumb)
        touch = Tap(*slider.to_window(x, slider.center_y))
        EventLoop.post_dispatch_input("begin", touch)
        EventLoop.post_dispatch_input("end", touch)
        self.terminal.settle()

    def tab(self) -> None:
        """The tabulator."""
        Window.dispatch("on_key_down", 9, 0, TAB, [])
        self.terminal.settle()

    def in_dialog(self, widget: Any) -> bool:
        """Whether it belongs to the question that is shown."""
        while widget is not None and widget.parent is not widget:
            if type(widget).__name__ == "ConfirmChanges":
                return True
            widget = widget.parent
        return False

    def standing(self) -> Standing:
        """What is decided about the board, as the store has it."""
        terminal = self.terminal
        return Decided(terminal.store, site_channel("fushun")).standing("lobby", terminal.now)

    def short(self) -> Notice:
        """A notice whose page stands."""
        return Notice.model_validate(
            {
                "id": "short",
                "kind": NoticeKind.TENDER,
                "category": Category.CONSTRUCTION,
                "title": "路灯采购",
                "published_at": self.terminal.now - timedelta(minutes=5),
            }
        )

    def proposed_elsewhere(self, before: Arrangement, wanted: Arrangement) -> Proposed:
        """A proposal of others arrives, as sync would store it."""
        now = self.terminal.now
        proposed = Proposed(
            id=new_id(now, bytes(RANDOM_BYTES), ()),
            board="lobby",
            by="li000001",
            by_name="李**",
            at=now,
            before=before,
            arrangement=wanted,
        )
        self.terminal.store.keep_decision(site_channel("fushun"), proposed, None)
        return proposed

    def approved_elsewhere(self, before: Arrangement, wanted: Arrangement) -> None:
        """And its approval."""
        proposed = self.proposed_elsewhere(before, wanted)
        now = self.terminal.now
        approved = Approved(
            id=new_id(now, bytes(RANDOM_BYTES), (proposed.id,)),
            board="lobby",
            by="zhao0001",
            by_name="赵**",
            at=now,
            proposal=proposed.id,
            proposal_digest=proposed.digest,
        )
        self.terminal.store.keep_decision(site_channel("fushun"), approved, None)

    def says(self, part: str) -> bool:
        """Whether something is to be read, over the ends of lines."""
        return any(part in text.replace("\n", "") for text in self.terminal.texts())

    def withdraw(self, notice_id: str) -> None:
        """A withdrawal arrives, as sync would store it."""
        terminal = self.terminal
        document = {
            "_id": withdrawal_id(notice_id),
            "type": "withdrawal",
            "notice_id": notice_id,
            "notice_rev": f"{terminal._revisions[notice_id]}-{'a' * 32}",
            "withdrawn_at": terminal.now.isoformat(),
        }
        terminal._apply(terminal._change(document["_id"], document), channel=CONTROL)

    def contents(self) -> list[str]:
        return [row["content"] for row in self.screen.ids.results.data]


@pytest.fixture
def desk(open_terminal: Callable[..., Terminal]) -> Iterator[Callable[..., Desk]]:
    def opened(**told: Any) -> Desk:
        more = told.pop("schedule", {})
        sections = {"boards": told.pop("boards", [BOARD]), "schedule": {"items": 12, **more}}
        terminal = open_terminal(chinese=False, sections=sections, **told)
        terminal.receive(*terminal.generated())
        terminal.start()
        return Desk(terminal)

    yield opened


def shot(terminal: Terminal, name: str) -> None:
    """Keep a picture for whoever wants to look: set MINGTANG_SHOTS to a folder."""
    folder = os.environ.get("MINGTANG_SHOTS")
    if folder:
        terminal.picture(Path(folder) / f"edition-{name.strip().replace(' ', '-')}.png")


def test_by_taps_from_the_list_to_a_proposal(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    at.open()
    screen = at.screen
    assert terminal.says("上屏 12") and terminal.says("第 1 / ")
    assert not screen.can_submit and not any(terminal.widgets("ConfirmChanges"))
    full = at.row("超出条数")
    at.choose(full)
    terminal.tap("置顶", "ActButton")
    at.made()
    first = screen.ids.results.data[0]
    assert first["notice_id"] == full["notice_id"] and "置顶 1" in first["state_text"]
    assert terminal.says("取消置顶") and screen.can_submit
    second = screen.ids.results.data[1]
    at.choose(second)
    # Tapped on, its page is the one that is seen.
    assert at.preview.seen.page == int(second["number"].partition("–")[0]) - 1
    terminal.tap("置顶", "ActButton")
    at.made()
    terminal.tap("上移", "ActButton")
    at.made()
    assert screen.ids.results.data[0]["notice_id"] == second["notice_id"]
    third = screen.ids.results.data[2]
    at.choose(third)
    terminal.tap("不上屏", "ActButton")
    at.made()
    assert third["notice_id"] in {
        row["notice_id"] for row in screen.ids.results.data if row["state_text"] == "不上屏"
    }
    terminal.tap("恢复上屏", "ActButton")
    at.made()
    assert "不上屏" not in {row["state_text"] for row in screen.ids.results.data}
    at.slide(1.0)
    at.made()
    assert screen.draft.arrangement.characters_per_second == 6.0
    assert terminal.says("6 字/秒（96 点/秒）") and terminal.says("超过 5 字/秒")
    terminal.tap("提交审批", "PrimaryButton")
    assert terminal.says("确认提交这些改动？") and terminal.says("4 字/秒 → 6 字/秒")
    assert terminal.says("2026-11-24 08:30 起生效")
    terminal.tap("继续修改", "OutlineButton")
    assert not screen.submitting.asks and at.standing().pending is None
    terminal.tap("提交审批", "PrimaryButton")
    terminal.tap_widget(
        next(each for each in terminal.widgets("PrimaryButton") if at.in_dialog(each))
    )
    terminal.until(lambda: screen.told)
    assert terminal.says("已提交，等待另一人批准")
    terminal.until(lambda: at.standing().pending)
    proposed = at.standing().pending.proposed
    assert proposed.arrangement == screen.draft.arrangement and proposed.by_name == "王**"
    terminal.until(lambda: at.says("的提请待批准"))
    assert screen.draft.is_pending and not screen.can_submit


def test_a_dwell_beyond_its_limits_is_explained(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    terminal.receive(at.short())
    at.open()
    screen = at.screen
    at.choose(next(r for r in screen.ids.results.data if r["notice_id"] == "short"))
    assert terminal.says("停留 ") and not terminal.says("按字数")
    before = screen.draft.arrangement
    terminal.tap("－", "DwellButton")
    assert terminal.says("来不及读完") and screen.refused
    assert screen.draft.arrangement == before
    for _ in range(2):
        terminal.tap("＋", "DwellButton")
        at.made()
    chosen = screen.row.dwell_s
    assert chosen is not None and not screen.refused and terminal.says("按字数")
    assert terminal.says(f"停留 {chosen:g} 秒")
    assert (
        next(r for r in screen.ids.results.data if r["notice_id"] == "short")["duration"]
        == f"{chosen:g} 秒"
    )
    screen.draft.stand("short", 30.0)
    screen.dwell(0)
    at.made()
    assert screen.row.dwell_s is None
    screen.draft.stand("short", 30.0)
    screen.carry_over()
    at.made()
    terminal.tap("＋", "DwellButton")
    assert terminal.says("超出范围") and screen.draft.arrangement.choices.dwell_of("short") == 30.0


def test_by_keys_alone(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    at.open()
    screen = at.screen
    terminal.key("down")
    terminal.key("down")
    terminal.key("enter")
    chosen = screen.row.notice_id
    terminal.type("p")
    at.made()
    assert screen.draft.arrangement.choices.pinned == (chosen,)
    terminal.type("x")
    at.made()
    assert screen.draft.arrangement.choices.left_out == (chosen,)
    terminal.type("x")
    at.made()
    terminal.type(" ")
    assert not at.preview.playing
    page = at.preview.seen.page
    terminal.type("]")
    assert at.preview.seen.page == page + 1
    terminal.type("[")
    assert at.preview.seen.page == page
    terminal.type(" t")
    terminal.until(lambda: at.preview.along and at.preview.time_text)
    at.tab()
    moment = at.preview.minute
    terminal.key("right")
    terminal.until(lambda: at.preview.minute > moment)
    terminal.type("t")
    assert not at.preview.along
    at.tab()
    terminal.key("right")
    at.made()
    assert screen.draft.arrangement.characters_per_second == 4.5
    at.tab()
    terminal.key("right")
    at.made()
    assert screen.slow
    at.tab()
    terminal.key("enter")
    assert screen.submitting.asks
    terminal.key("escape")
    assert not screen.submitting.asks and terminal.shown == "edition"
    terminal.key("enter")
    terminal.key("enter")
    terminal.until(lambda: at.standing().pending)
    terminal.until(lambda: screen.told)
    assert screen.told_good
    terminal.key("escape")
    assert terminal.shown == "staff"


def test_who_may_not_propose_sees_it_all_and_changes_nothing(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    at.open(StaffRole.SUPERVISOR)
    screen = at.screen
    before = screen.draft.arrangement
    assert at.says("您的角色可以查看，不能修改")
    at.choose(screen.ids.results.data[0])
    assert not terminal.says("提交审批") and not terminal.says("置顶") and not screen.acts
    terminal.type("pxs+-0ud")
    at.slide(0.0)
    assert screen.draft.arrangement == before and not screen.submitting.asks
    assert at.preview.seen is not None and at.preview.ready


def test_it_plays_at_real_speed_and_a_withdrawal_leaves_it(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    at.open()
    screen, edition = at.screen, at.screen.made.edition
    row = next(r for r in screen.made.rows if r.pages and r.scrolls and not r.is_opening)
    at.preview.show_page(row.pages[0])
    begun = at.preview.seen.moment
    terminal.elapsed += 2.5
    terminal.until(lambda: (at.preview.seen.moment - begun).total_seconds() == 2.5)
    assert screen.ids.preview.ids.board.shown is at.preview.seen.picture
    assert any(at.preview.seen.picture.pixels)
    at.withdraw(row.notice_id)
    terminal.pass_time(1)
    terminal.until(lambda: screen.made.edition != edition)
    terminal.settle()
    assert row.title not in "".join(at.contents()) and not terminal.says(row.title)
    assert row.notice_id not in {page.notice_id for page in at.preview.seen.edition.pages}
    assert "已撤回" in {r["state_text"] for r in screen.ids.results.data}


def test_another_speed_is_seen_at_once_where_the_text_stands(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    terminal.receive(at.short())
    at.open()
    screen, preview = at.screen, at.preview
    preview.show_page(screen.made.rows[1].pages[0])
    terminal.elapsed += 4
    preview._draw()
    before = preview.seen
    at.slide(1.0)
    at.made()
    after = preview.seen
    assert after.edition.pages[after.page].line == before.edition.pages[before.page].line
    assert (before.edition.pixels_per_second, after.edition.pixels_per_second) == (64.0, 96.0)

    def dots(seen: Any) -> float:
        passed = (seen.moment - seen.showing.since).total_seconds()
        return passed * seen.edition.pixels_per_second

    assert dots(after) == pytest.approx(dots(before), abs=1)
    # From a page that stands, to one that moves.
    at.choose(next(r for r in screen.ids.results.data if r["notice_id"] == "short"))
    assert not preview.seen.edition.pages[preview.seen.page].scrolls
    at.slide(0.0)
    at.made()
    assert preview.seen.edition.pages[preview.seen.page].scrolls


def test_choices_about_notices_that_are_gone_can_be_cleared(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    at.open()
    at.screen.draft.pin("gone-1")
    at.screen.draft.leave_out("gone-2")
    at.screen._make()
    at.made()
    terminal.tap("清除 2 条失效公告的选择", "ActButton")
    at.made()
    assert not at.screen.draft.changed and not at.screen.stale_text


def test_what_comes_into_force_meanwhile_is_said_and_nothing_typed_is_lost(
    desk: Callable[..., Desk],
) -> None:
    at = desk()
    terminal = at.terminal
    at.open()
    screen = at.screen
    screen.choose_speed(5.0)
    at.made()
    other = screen.draft.before.changed(items=9)
    at.approved_elsewhere(screen.draft.before, other)
    terminal.until(lambda: screen.overtaken)
    terminal.settle()
    assert at.says("您的改动还在") and not screen.can_submit
    assert screen.draft.arrangement.characters_per_second == 5.0
    terminal.tap("带上我的改动", "ActButton")
    at.made()
    assert not screen.overtaken and screen.can_submit
    found = screen.draft.arrangement
    assert (found.characters_per_second, found.items) == (5.0, 9)


def test_the_draft_lasts_between_screens_and_ends_with_the_session(
    desk: Callable[..., Desk],
) -> None:
    at = desk()
    terminal, app = at.terminal, at.terminal.app
    at.open()
    at.screen.choose_speed(5.0)
    at.made()
    app.back()
    assert terminal.shown == "staff"
    app.open_staff("edition")
    terminal.until(lambda: at.screen.made is not None)
    assert at.screen.made.arrangement.characters_per_second == 5.0
    assert at.screen.changed
    app.end_visit()
    terminal.settle()
    screen = at.screen
    assert screen.made is None and screen.draft is None and not screen.ids.results.data
    assert screen.ids.preview.seen is None and screen.ids.preview.ids.board.shown is None
    assert app._drafts is None
    at.open()
    assert not at.screen.changed


def test_what_was_not_submitted_is_not_lost_without_a_question(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal, app = at.terminal, at.terminal.app
    at.open()
    screen = at.screen
    screen.choose_speed(6.0)
    screen.choose_preset(True)
    at.made()
    # Several changes are not dropped by one tap.
    terminal.tap("放弃改动", "OutlineButton")
    assert terminal.says("放弃 2 项改动？")
    terminal.key("escape")
    assert screen.changed and not screen.submitting.asks
    # Nor by signing out, nor by going back until one is out.
    terminal.tap("退出", "HeaderButton")
    assert terminal.says("有 2 项改动没有提交")
    terminal.tap("继续修改", "PrimaryButton")
    assert terminal.shown == "edition" and screen.changed
    app.back()
    app.back()
    terminal.settle()
    assert terminal.shown == "staff" and terminal.says("有 2 项改动没有提交")
    terminal.key("escape")
    assert terminal.shown == "staff" and app.visit.staffed
    # The countdown says it too.
    terminal.pass_time(181)
    assert at.says("2 项改动没有提交，退出后丢失")
    app._presence.stay()
    app.open_staff("edition")
    terminal.until(lambda: screen.made is not None)
    at.made()
    terminal.tap("放弃改动", "OutlineButton")
    terminal.tap("放弃改动", "PrimaryButton")
    at.made()
    assert not screen.changed
    # One change can be made again.
    screen.choose_speed(6.0)
    at.made()
    terminal.tap("放弃改动", "OutlineButton")
    at.made()
    assert not screen.changed and not screen.submitting.asks
    terminal.tap("退出", "HeaderButton")
    assert terminal.shown == "home" and not app.visit.staffed


def test_what_was_confirmed_is_proposed_though_its_editor_signs_out(
    desk: Callable[..., Desk],
) -> None:
    at = desk()
    terminal, app = at.terminal, at.terminal.app
    at.open()
    at.screen.choose_speed(6.0)
    at.made()
    go_on = threading.Event()
    app.jobs.ask("long", lambda _store: go_on.wait(10), lambda _done: None, lambda: None)
    at.screen.submit()
    terminal.key("enter")
    assert at.screen.submitting.working
    app.end_visit()
    go_on.set()
    terminal.until(lambda: at.standing().pending)
    terminal.settle()
    assert not at.screen.told


def test_a_colleague_s_proposal_is_seen_and_named_before_it_is_replaced(
    desk: Callable[..., Desk],
) -> None:
    at = desk()
    terminal = at.terminal
    at.open()
    screen = at.screen
    wanted = screen.draft.before.changed(items=9)
    at.proposed_elsewhere(screen.draft.before, wanted)
    terminal.until(lambda: screen.pending_text)
    terminal.settle()
    moment = "2026-11-23 09:12"
    assert at.says(f"李** {moment} 的提请待批准。") and terminal.says("接着改")
    screen.choose_speed(6.0)
    at.made()
    assert at.says("您再提交，会取代它") and not terminal.says("接着改")
    terminal.tap("提交审批", "PrimaryButton")
    # What to beware of comes first, then the changes, then whose proposal goes.
    dialog = next(terminal.widgets("ConfirmChanges"))
    assert "超过 5 字/秒" in dialog.cautions and f"取代 李** {moment} 的提请" in dialog.note
    assert "首次用于 2026-11-24 08:30 的节目单" in dialog.note
    terminal.key("escape")
    terminal.type("r")
    at.made()
    terminal.tap("接着改", "StripButton")
    at.made()
    assert screen.draft.arrangement == wanted
    terminal.tap("看提请", "StripButton")
    assert terminal.shown == "proposals"


def test_of_a_long_list_a_part_is_shown_and_the_place_is_kept(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    at.open()
    screen, rows = at.screen, at.screen.ids.results
    everything = len(rows.data)
    row = rows.data[1]
    at.choose(row)
    terminal.tap("不上屏", "ActButton")
    at.made()
    # It is far down now, and whoever sorts out the top stays there.
    assert rows.scroll_y == 1.0 and screen.row.notice_id == row["notice_id"]
    # Of a list as long as this the thumb would be a dash.
    assert rows.vbar[1] * rows.height >= rows.least_thumb - 1
    terminal.tap("未上屏", "PartChip")
    assert {each["number"] for each in rows.data} == {"—"}
    assert row["notice_id"] in {each["notice_id"] for each in rows.data}
    terminal.tap("新增", "PartChip")
    assert {each["state_text"] for each in rows.data} == {"新增"}
    terminal.tap("新增", "PartChip")
    assert len(rows.data) == everything


def test_with_large_text_the_page_scrolls_as_a_whole(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    at.open()
    screen = at.screen
    terminal.app.theme.large = True
    terminal.settle()
    at.choose(screen.ids.results.data[1])
    terminal.settle()
    # What was chosen, and what can be done about it, came into sight.
    button = terminal.find("不上屏", "ActButton")
    low = button.to_window(*button.pos)[1]
    place = screen.ids.page
    foot = place.to_window(*place.pos)[1]
    assert low >= foot and low + button.height <= foot + place.height
    terminal.tap_widget(button)
    at.made()
    assert screen.left_out
    for _ in range(4):
        terminal.key("tab")
        if screen.zone == 4:
            break
    terminal.tap("提交审批", "PrimaryButton")
    assert screen.submitting.asks
    screen.submitting.close()
    terminal.app.theme.large = False
    terminal.settle()
    assert screen.ids.body.parent.height == screen.ids.still.height == screen.ids.body.height


def test_without_proven_time_nothing_is_proposed(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    at.open()
    screen = at.screen
    screen.choose_speed(5.0)
    at.made()
    # The PC's clock was set back: what was proven before is not any more.
    terminal.app.proven = lambda: None
    terminal.tap("提交审批", "PrimaryButton")
    assert terminal.says("时间尚未核准") and not screen.submitting.asks
    assert screen.draft.changed


def test_a_terminal_that_does_not_know_the_time_says_so(desk: Callable[..., Desk]) -> None:
    at = desk(contact=False)
    account = at.account()
    at.terminal.app.signed_in(account, key_of(account.key))
    at.terminal.app.open_staff("edition")
    at.terminal.settle()
    assert at.terminal.says("时间尚未核准") and at.screen.made is None
    at.terminal.hear_server()
    at.terminal.pass_time(1)
    at.terminal.until(lambda: at.screen.made is not None)


def test_without_a_board_it_is_said_what_to_do(desk: Callable[..., Desk]) -> None:
    at = desk(boards=[])
    account = at.account()
    at.terminal.app.signed_in(account, key_of(account.key))
    at.terminal.app.open_staff("edition")
    at.terminal.settle()
    assert at.terminal.says("本机没有设置大屏")


def test_of_several_boards_a_tap_leads_to_the_next(desk: Callable[..., Desk]) -> None:
    two = [BOARD, {**BOARD, "name": "hall", "width": 256}]
    at = desk(boards=two)
    at.open()
    at.terminal.tap("lobby", "Chip")
    at.terminal.until(lambda: at.screen.made and at.screen.made.ground.board.name == "hall")
    at.terminal.settle()
    assert at.terminal.says("256 × 32 点")


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
def test_the_edition_screen_in_every_look(
    desk: Callable[..., Desk], size: tuple[int, int], language: str, looks: tuple[str, ...]
) -> None:
    at = desk(size=size, language=language)
    terminal, found = at.terminal, []
    terminal.receive(at.short())
    at.open()
    terminal.elapsed += 7

    def look_at(page: str) -> None:
        terminal.settle()
        # Cells of the list may be cut off; signs are one colour through and through.
        unheeded = ("is shortened", "'\\ue")
        wrong = (f for f in faults(terminal) if not any(part in f for part in unheeded))
        found.extend(f"{page}: {fault}" for fault in wrong)
        shot(terminal, f"{page} {size[0]}x{size[1]} {language} {look}")

    for look in looks:
        terminal.app.theme.large = "large" in look
        terminal.app.theme.contrast = "contrast" in look
        terminal.settle()
        look_at("list")
        row = at.screen.made.rows[-3]
        if at.screen.row is None:
            at.screen.choose(row.notice_id, row.template)
        at.screen.pin()
        at.made()
        at.screen.choose_speed(5.5)
        at.made()
        look_at("chosen")
        at.preview.switch()
        terminal.until(lambda: at.preview.time_text)
        look_at("line")
        at.preview.switch()
        at.screen.choose("short", "tender")
        at.screen.dwell(1)
        at.made()
        look_at("dwell")
        at.screen.submit()
        look_at("confirm")
        at.screen.submitting.close()
        at.screen.reset()
        terminal.key("enter")
        at.made()
        at.screen.choose("short", "tender")
    assert not found, "\n".join(found)
