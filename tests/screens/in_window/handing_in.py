"""Handing in files: the real stick driver over a simulated UDisks2, and our own server."""

import os
import random
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from kivy.core.window import Window
from kivy.uix.label import Label

from devices.storage.media import Rules
from devices.storage.sticks import Sticks
from devices.storage.virtual.service import VirtualUDisks
from devices.storage.virtual.stick import VirtualPartition, VirtualStick
from kiosk.central.forms import read_forms
from kiosk.central.keyring import keyring_of
from kiosk.central.portal import portal_notice
from kiosk.central.site import publish_site
from kiosk.central.submissions import Submissions
from kiosk.central.uploads import Uploads
from kiosk.phone.page import PhonePage, Place
from kiosk.phone.visit import Limits
from kiosk.private.identity import Identity
from kiosk.private.opening import open_private
from kiosk.private.store import PrivateStore
from kiosk.private.transfer import FileTransfer, State, Transfer, Trouble, file_state
from kiosk.session import Busy, Visitor
from kiosk.store.errors import DiskTrouble
from kiosk.sync.errors import Offline
from kiosk.sync.receipt import read_receipt
from kiosk.sync.sender import Sender
from kiosk.sync.site import Keys
from kiosk.sync.submission import Role, Way
from kiosk.sync.upload import SubmissionClient
from kiosk.upload import folder_rows, sending
from kiosk.upload.chosen import ChosenFile
from kiosk.upload.source import Candidate, Listing
from kiosk.upload.sources import Sources
from kiosk.widgets.icons import Sign
from kiosk.widgets.key_layouts import Act
from tests.conftest import Centre
from tests.entry.forms_of_tests import CODE, NUMBER
from tests.pdf.samples import sound
from tests.screens.in_window.layout import box_of, contrast, faults
from tests.screens.in_window.qr import codes_in
from tests.screens.in_window.terminal import Terminal

WHO = Identity("张明远", "210402198001011238")
FORMS = Path(__file__).parents[3] / "assets" / "forms"
PATIENCE_S = 60.0
"""With reader processes, disks and sockets."""
TITLE = "浑河北路道路维修工程施工"


class Line:
    """The network between terminal and server, which can be cut."""

    def __init__(self, client: SubmissionClient) -> None:
        self._client = client
        self.cut = False
        self.cut_at: int | None = None
        """Bytes of a file after which it is cut."""
        self.began_at: list[int] = []
        """Where sending of each file began."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args: self._ask(name, *args)

    def send_file(self, address: str, reader: Any, progress: Callable[[int], None]) -> None:
        before: list[int] = []

        def told(sent: int) -> None:
            if not before:
                self.began_at.append(sent)
            before.append(sent)
            progress(sent)
            if self.cut_at is not None and sent >= self.cut_at:
                self.cut = True
                raise Offline("the line was cut")

        self._ask("send_file", address, reader, told)

    def _ask(self, name: str, *args: Any) -> Any:
        if self.cut:
            raise Offline("no way to the server")
        return getattr(self._client, name)(*args)


class Hall:
    """A terminal with a visitor and a stick, and the server that it talks to."""

    def __init__(
        self,
        terminal: Terminal,
        centre: Centre,
        udisks: VirtualUDisks,
        content: Path,
        ending: ExitStack,
    ) -> None:
        self.terminal, self.centre = terminal, centre
        self._udisks, self._content, self._letter = udisks, content, ""
        self._store = ending.enter_context(self.open_store())
        self.line = Line(SubmissionClient(ending.enter_context(centre.served())))
        keys = keyring_of(centre.database).public_keys()
        forms = read_forms(FORMS)
        publish_site(centre.database, "site-main", forms)
        terminal.receive_site(Keys(keys=keys.keys), *forms)
        self.keys = keys
        self._sender = Sender(self._store.outbox, self.line, lambda: keys)  # type: ignore[arg-type]

    def open_store(self) -> PrivateStore:
        folder = self.terminal.path.parent
        return open_private(folder, folder / "private.key", clocks=lambda: self._clocks())

    def _clocks(self) -> Any:
        return self.terminal.app._now()

    @property
    def model(self) -> Any:
        return self.terminal.screen("upload").model

    def send(self) -> None:
        """What sync does: send whatever is due."""
        while self._sender.send_due(quick=True) or self._sender.send_due(quick=False):
            pass

    def received(self) -> list[Any]:
        """What the server has of the project."""
        ring = keyring_of(self.centre.database)
        found = Submissions(self.centre.database, Uploads(self.centre.database), ring)
        return list(found.of_notice("r1"))

    def start_again(self) -> None:
        """The terminal's program begins anew, with sticks as before."""
        old = self.terminal.app
        sources, old.sources = old.sources, None
        old.dispatch("on_stop")
        for child in list(Window.children):
            Window.remove_widget(child)
        self.terminal.start()
        app = self.terminal.app
        self.terminal.until(lambda: app.complete and app.sources is not None, PATIENCE_S)
        app.sources = sources

    def identify(self, who: Identity = WHO) -> None:
        app = self.terminal.app
        self.terminal.until(lambda: app.visit.ready, PATIENCE_S)
        app.visit.identify(Visitor(who, Role.BIDDER, Way.CARD), app.words)

    def to_projects(self) -> None:
        self.terminal.app.open_service("upload", "")
        self.terminal.settle()
        if self.model.step == "warning":
            self.terminal.tap("我已知悉" if self.terminal.app.language == "zh" else "I understand")
        self.terminal.until(lambda: self.model.found.projects, PATIENCE_S)
        self.terminal.settle()

    def to_stick(self) -> None:
        self.to_projects()
        self.terminal.tap(TITLE, "ListRow")
        self.terminal.until(lambda: self.find("KINGSTON"), PATIENCE_S)
        self.open("KINGSTON")

    def plug(self) -> None:
        stick = VirtualStick([VirtualPartition(self._content, label="KINGSTON")])
        self._letter = self._udisks.plug(stick)

    def pull(self) -> None:
        self._udisks.pull(self._letter)

    def plug_again(self) -> None:
        """What was closed is opened anew only once it was pulled out."""
        self.pull()
        self.plug()

    def draft(self) -> None:
        """What entry leaves behind."""
        with self.open_store() as store:
            now = self.terminal.now
            store.save_draft(WHO, "deposit-return", 1, "1", {"unit": "东山建设"}, now)

    def answered(self) -> None:
        """Let sync run until the server's answer is on the screen of the visitor's matters."""
        matters = self.terminal.screen("matters").model

        def heard() -> bool:
            self.send()
            return bool(matters.asked == "answered" and matters.state == "known")

        self.terminal.until(heard, PATIENCE_S)
        self.terminal.settle()

    def find(self, text: str) -> Any:
        """A row that can be tapped, once it is there."""
        rows = self.terminal.widgets("ListRow")
        found = (row for row in rows if text in row.title.replace("\n", "") and row.tappable)
        return next(found, None)

    def open(self, text: str) -> None:
        """Tap a row that leads to a list, and wait for it."""
        self.terminal.tap_widget(self.find(text))
        self.terminal.until(
            lambda: self.model.listing is not None or self.model.trouble, PATIENCE_S
        )
        self.terminal.settle()

    def choose(self, *names: str) -> None:
        results = self.terminal.screen("upload")._pane("browse").ids.results
        for name in names:
            titles = [row["title"].replace("\n", "") for row in results.data]
            results.reveal(next(at for at, title in enumerate(titles) if name in title))
            self.terminal.settle()
            self.terminal.tap_widget(self.find(name))
        self.terminal.tap("选好了" if self.terminal.app.language == "zh" else "Take these")

    def examined(self) -> None:
        self.terminal.until(lambda: self.model.files and not self.model.examining, PATIENCE_S)
        self.terminal.settle()


@pytest.fixture
def udisks() -> Iterator[VirtualUDisks]:
    if shutil.which("dbus-daemon") is None:
        pytest.skip("needs the Debian package dbus-daemon")
    with VirtualUDisks() as virtual:
        yield virtual


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """What lies on the stick."""
    folder = tmp_path / "stick"
    (folder / "投标文件").mkdir(parents=True)
    for name, pages in (("投标函及附件.pdf", 36), ("技术方案.pdf", 12)):
        (folder / "投标文件" / name).write_bytes(sound(pages))
    (folder / "投标文件" / "资质证书.pdf.exe").write_bytes(b"MZ" + bytes(5000))
    (folder / "投标文件" / "报价清单.zbwj").write_bytes(random.Random(3).randbytes(3_000_000))
    (folder / "说明.txt").write_bytes("说明".encode())
    return folder


@pytest.fixture
def hall(
    open_terminal: Callable[..., Terminal],
    centre: Centre,
    tmp_path: Path,
    udisks: VirtualUDisks,
    content: Path,
) -> Iterator[Callable[..., Hall]]:
    with ExitStack() as ending:

        def open_one(
            *,
            plugged: bool = True,
            phone: bool = False,
            upload: dict[str, Any] | None = None,
            **told: Any,
        ) -> Hall:
            key = str(tmp_path / "private.key")
            sections = {"private": {"key": key}, "upload": upload or {}}
            terminal = open_terminal(
                **{"size": (1920, 1080), "chinese": False, "sections": sections, **told}
            )
            centre.clock.now = terminal.now
            record = centre.portal(
                "r1",
                title=f"{TITLE}招标公告",
                closes_at="2026-11-23 10:00",
                project_code="FSGC-2026-0412",
            )
            centre.take(record)
            notice = portal_notice(record).model_copy(
                update={"buyer": "抚顺市望花区城市建设局",
                        "published_at": terminal.now - timedelta(days=9)}
            )  # fmt: skip
            later = terminal.now + timedelta(days=6)
            terminal.receive(
                notice,
                notice.model_copy(
                    update={"id": "r2", "tender_no": "FSGC-2026-0420", "closes_at": later,
                            "title": "东洲区老旧小区改造工程监理招标公告"}
                ),
                notice.model_copy(
                    update={"id": "r3", "tender_no": "FSGC-2026-0300",
                            "closes_at": terminal.now - timedelta(hours=1),
                            "title": "顺城区公园绿化养护服务招标公告"}
                ),
            )  # fmt: skip
            sticks = Sticks(Rules(), **udisks.place)
            sticks.start()
            ending.callback(sticks.stop)
            terminal.start()
            app = terminal.app
            terminal.until(lambda: app.complete and app.sources is not None, PATIENCE_S)

            def changed() -> None:
                app.deliver(lambda: app.property("sources_changed").dispatch(app))

            page = None
            if phone:
                limits = Limits(file_bytes=3_000_000, files=4, seconds=600.0)
                page = PhonePage(Place("127.0.0.1", 0), limits, app.visit.open_private)
                ending.callback(page.stop)
            app.sources = Sources(sticks, page, app.visit.open_private, changed=changed)
            one = Hall(terminal, centre, udisks, content, ending)
            if plugged:
                one.plug()
            return one

        yield open_one


def reads(terminal: Terminal, part: str) -> bool:
    """Whether it says so, wherever its lines break."""
    return any(part in text.replace("\n", "") for text in terminal.texts())


def shot(terminal: Terminal, name: str) -> None:
    """Keep a picture for whoever wants to look: set MINGTANG_SHOTS to a folder."""
    folder = os.environ.get("MINGTANG_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        terminal.picture(Path(folder) / f"{name.strip().replace(' ', '-')}.png")


def test_three_files_from_the_stick_to_the_receipt(hall: Callable[..., Hall]) -> None:
    at = hall()
    terminal, app = at.terminal, at.terminal.app
    at.identify()
    app.open_service("upload", "")
    terminal.settle()
    assert terminal.says("这是多人共用的公用终端")
    terminal.tap("我已知悉")
    terminal.until(lambda: at.model.found.projects, PATIENCE_S)
    terminal.settle()
    # What is closed is not offered; the next deadline comes first.
    assert [each.notice_id for each in at.model.found.projects] == ["r1", "r2"]
    terminal.tap(TITLE, "ListRow")
    terminal.until(lambda: at.find("KINGSTON"), PATIENCE_S)
    at.open("KINGSTON")
    at.open("投标文件")
    at.choose("投标函及附件.pdf", "技术方案.pdf", "资质证书.pdf.exe", "报价清单.zbwj")
    at.examined()
    assert terminal.says("已选择，未送达") and terminal.says("已拒绝")
    assert terminal.says("可以打开，36 页")
    assert terminal.says("还有 48:00")
    assert terminal.says("有 1 个文件不会上传")
    terminal.tap("上传 3 个文件")
    terminal.until(lambda: at.model.transfer is not None, PATIENCE_S)
    assert at.model.step == "sending"
    assert not terminal.says("已送达")
    at.send()
    terminal.until(lambda: terminal.shown == "receipt" and terminal.says("已送达"), PATIENCE_S)
    terminal.settle()
    receipt = terminal.screen("receipt").model.receipt
    assert terminal.says(receipt.number) and terminal.says("张**")
    assert not terminal.says(WHO.number) and not terminal.says("张明远")
    assert [each.name for each in receipt.files] == [
        "投标函及附件.pdf", "技术方案.pdf", "报价清单.zbwj"
    ]  # fmt: skip
    assert read_receipt(terminal.screen("receipt").model.signed.token, at.keys) == receipt
    terminal.until(lambda: terminal.says("可以拔出 U 盘"), PATIENCE_S)
    terminal.tap("完成并退出")
    assert terminal.shown == "rating" and app.visit.visitor is None
    assert at.model.project is None and terminal.screen("receipt").model.receipt is None


def on_the_way(state: State = State.SENDING, **more: Any) -> Transfer:
    """A submission in the middle of its second file."""
    sizes = (("投标函及附件.pdf", 48_200_000, 1.0), ("技术方案.pdf", 212_700_000, 0.47),
             ("报价清单.zbwj", 1_300_000, 0.0))  # fmt: skip
    files = tuple(
        FileTransfer(name, size, int(size * part), file_state(state, int(size * part)))
        for name, size, part in sizes
    )
    return Transfer("s", state, files, 18_400_000.0, **more)


def inks(terminal: Terminal, box: tuple[float, float, float, float]) -> tuple[Any, float]:
    """The most frequent colour in a part of the window, and the best contrast to it there."""
    left, low, right, high = map(round, box)
    part = terminal.pixels().crop((left, Window.height - high, right, Window.height - low))
    counted = part.getcolors(part.width * part.height)
    ground = max(counted)[1]
    return ground, max(contrast(ground, colour) for _, colour in counted)


def pale_button(terminal: Terminal) -> Iterator[str]:
    """What the button says that cannot be tapped, as it is drawn: it tells how things stand."""
    button = next(each for each in terminal.widgets("PrimaryButton") if each.disabled)
    label = next(each for each in button.walk() if isinstance(each, Label) and each.text)
    theme = terminal.app.theme
    before = theme.contrast
    for theme.contrast in (not before, before):
        terminal.settle()
        ground, ratio = inks(terminal, box_of(label))
        if ratio < 4.5:
            yield f"{label.text!r} on {ground}, high contrast {theme.contrast}: {ratio:.1f}"


def cut_row(terminal: Terminal) -> Iterator[str]:
    """Letters at the foot of a list that goes on: they fade away, and are not cut through."""
    results = terminal.screen("upload")._pane("files").ids.results
    results.effect_y.velocity = 0
    hidden = results.viewport_size[1] - results.height
    if hidden > 0:
        left, low, right, _ = box_of(results)
        margin = terminal.app.theme.gap
        foot = (left + margin, low, right - margin, low + terminal.app.theme.line * 2)
        # At every height at which the list may stop.
        for step in range(8):
            results.scroll_y = 0.9 - 0.1 * step
            terminal.settle()
            ground, ratio = inks(terminal, foot)
            if ratio > 1.7:
                yield f"the row at {results.scroll_y:.1f} is cut: {ratio:.1f} on {ground}"
        results.to_top()


@pytest.mark.parametrize(
    ("size", "language", "looks"),
    [
        ((1920, 1080), "zh", ("",)),
        ((1080, 1920), "zh", ("large contrast",)),
        ((1366, 768), "en", ("large",)),
    ],
    ids=str,
)
def test_every_page_in_every_look(
    hall: Callable[..., Hall], size: tuple[int, int], language: str, looks: tuple[str, ...]
) -> None:
    at = hall(size=size, language=language)
    terminal, app, model, found = at.terminal, at.terminal.app, at.model, []
    chinese = language == "zh"
    at.identify()

    def look_at(page: str) -> None:
        terminal.settle()
        terminal.settle()
        found.extend(f"{page} {look}: {fault}" for fault in faults(terminal))
        shot(terminal, f"{page} {size[0]}x{size[1]} {language} {look}")

    screen = terminal.screen("upload")
    for look in looks:
        app.theme.large, app.theme.contrast = "large" in look, "contrast" in look
        screen._warned_in = -1
        app.open_service("upload", "")
        look_at("upload 1 warning")
        at.to_projects()
        look_at("upload 2 project")
        terminal.tap(TITLE, "ListRow")
        terminal.until(lambda: at.find("KINGSTON"), PATIENCE_S)
        look_at("upload 3 source")
        at.open("KINGSTON")
        at.open("投标文件")
        look_at("upload 4 browse")
        at.choose("投标函", "资质证书.pdf.exe", "报价清单.zbwj")
        at.examined()
        look_at("upload 5 files")
        found.extend(f"{look}: {fault}" for fault in cut_row(terminal))
        looking, screen._sending.look = screen._sending.look, lambda: None
        model.handed_in("s", app.words)
        model.take_transfer(on_the_way())
        look_at("upload 6 sending")
        model.take_transfer(on_the_way(State.WAITING, problem=Trouble.OFFLINE))
        look_at("upload 7 offline")
        found.extend(f"{look}: {fault}" for fault in pale_button(terminal))
        model.take_transfer(on_the_way(State.PARKED, problem=Trouble.REJECTED))
        look_at("upload 8 parked")
        model.take_transfer(on_the_way(State.TOO_LATE, refused_at=terminal.now))
        look_at("upload 9 too late")
        screen._sending.look = looking
        app.home()
        at.to_stick()
        at.open("投标文件")
        at.choose("投标函", "技术方案", "报价清单")
        at.examined()
        terminal.tap("上传" if chinese else "Upload 3", "PrimaryButton")
        terminal.until(lambda: model.submission, PATIENCE_S)
        at.send()
        terminal.until(lambda: terminal.screen("receipt").model.receipt, PATIENCE_S)
        terminal.until(lambda: app.words["receipt.ejected"] in terminal.texts(), PATIENCE_S)
        terminal.screen("receipt").printable = True
        look_at("upload 10 receipt")
        terminal.screen("receipt").printable = False
        app.home()
        at.draft()
        app.open_service("matters", "")
        at.answered()
        look_at("upload 11 matters")
        app.home()
        at.plug_again()
        terminal.settle()
    assert not found, "\n".join(found)


def begin_sending(at: Hall, *names: str) -> None:
    """From the stick to a submission that sync has not touched yet."""
    at.open("投标文件")
    at.choose(*names)
    at.examined()
    at.terminal.tap(f"上传 {len(names)} 个文件")
    at.terminal.until(lambda: at.model.transfer is not None, PATIENCE_S)
    at.terminal.settle()


def test_network_cut_then_terminal_killed_then_it_goes_on_with_the_card(
    hall: Callable[..., Hall],
) -> None:
    at = hall()
    terminal, app = at.terminal, at.terminal.app
    at.identify()
    at.to_stick()
    begin_sending(at, "报价清单.zbwj", "技术方案.pdf")
    assert app.visit.session.busy == (Busy.UPLOADING,)
    at.line.cut_at = 1_000_000
    at.send()
    terminal.until(lambda: at.model.transfer.problem is Trouble.OFFLINE, PATIENCE_S)
    terminal.settle()
    assert reads(terminal, "服务器暂时无法连接或接收") and reads(terminal, "只有拿到回执才算送达")
    assert not terminal.says("已送达")
    # Nothing moves: silence counts again.
    assert app.visit.session.busy == ()
    submission = at.model.submission
    # The terminal dies and comes back; what was handed in is not lost.
    app.visit.private.stop()
    terminal.screen("upload").stop()
    at.start_again()
    app = terminal.app
    assert at.model.submission == ""
    at.identify()
    app.open_service("matters", "")
    terminal.until(lambda: any(terminal.widgets("MatterRow")), PATIENCE_S)
    terminal.settle()
    assert terminal.says("等待传输，尚未送达")
    terminal.tap(TITLE, "MatterRow")
    terminal.until(lambda: at.model.transfer is not None, PATIENCE_S)
    terminal.settle()
    assert at.model.submission == submission
    assert terminal.says("截止 10:00:00（服务器时间）")
    terminal.tap("暂停")
    terminal.until(lambda: at.model.transfer.paused, PATIENCE_S)
    at.line.cut, at.line.cut_at = False, None
    at.send()
    assert at.model.transfer.state is State.WAITING
    terminal.settle()
    terminal.tap("继续")
    terminal.until(lambda: not at.model.transfer.paused, PATIENCE_S)
    at.send()
    terminal.until(lambda: terminal.shown == "receipt", PATIENCE_S)
    terminal.until(lambda: terminal.screen("receipt").model.receipt, PATIENCE_S)
    assert len(at.received()) == 1
    assert at.line.began_at[0] == 0 and at.line.began_at[1] > 500_000
    terminal.settle()
    terminal.tap("返回")
    assert terminal.shown == "matters"


def test_a_large_folder_is_measured_bit_by_bit_and_only_once(
    hall: Callable[..., Hall], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = hall()
    terminal, model, many = at.terminal, at.model, 500
    at.identify()
    at.to_stick()
    measured: list[str] = []
    plain = folder_rows.list_row

    def watched(pane: str, key: str, *told: Any, **more: Any) -> dict[str, Any]:
        measured.append(key)
        return plain(pane, key, *told, **more)

    monkeypatch.setattr(folder_rows, "list_row", watched)
    files = [
        Candidate((b"%d" % number,), f"附件{number}.pdf", 1, None, None)  # type: ignore[arg-type]
        for number in range(many)
    ]
    screen, counts = terminal.screen("upload"), []
    results = screen._pane("browse").ids.results
    model.show(Listing((), tuple(files)))
    while len(results.data) < many:
        before = len(measured)
        terminal.frame(draw=False)
        counts.append(len(measured) - before)
        assert sum(counts) or len(counts) < 10, "no row came"
    assert max(counts) <= folder_rows.PART and len(measured) == many
    results.to_top()
    terminal.settle()
    terminal.tap_widget(at.find("附件3.pdf"))
    screen.takes(274)
    terminal.now += timedelta(seconds=5)
    screen._tick()
    terminal.settle()
    assert len(measured) == many
    ticked = [each["key"] for each in results.data if each["icon"] == Sign.TICKED.value]
    assert ticked == ["f3"] and list(model.ticked) == [(b"3",)]
    # A file that is in the list already is measured anew: it says so.
    model.files = [ChosenFile(1, model.source, (b"7",), "附件7.pdf", 1)]
    terminal.settle()
    assert measured[many:] == ["f7"] and not results.data[7]["tappable"]
    screen.forget()
    terminal.settle()
    assert screen._folder_rows._rows == []


def test_what_stands_still_lets_silence_count_though_nothing_is_drawn(
    hall: Callable[..., Hall], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = hall()
    terminal, app = at.terminal, at.terminal.app
    at.identify()
    at.to_stick()
    begin_sending(at, "报价清单.zbwj")
    screen = terminal.screen("upload")
    assert app.visit.session.busy == (Busy.UPLOADING,)
    monkeypatch.setattr(app, "proven", lambda: None)
    screen._tick()
    terminal.settle()
    assert app.visit.session.busy == (Busy.UPLOADING,)
    monkeypatch.setattr(sending, "STILL_S", -1.0)
    monkeypatch.setattr(screen, "_redraw", lambda *_: None)
    screen._tick()
    assert app.visit.session.busy == ()


def test_the_visit_s_end_right_after_the_last_tap_hands_in_all_the_same(
    hall: Callable[..., Hall],
) -> None:
    at = hall()
    terminal, app = at.terminal, at.terminal.app
    at.identify()
    at.to_stick()
    at.open("投标文件")
    at.choose("报价清单.zbwj")
    at.examined()
    reached, go = threading.Event(), threading.Event()

    def busy(_store: object) -> None:
        reached.set()
        go.wait(PATIENCE_S)

    app.visit.private.ask("transfer", busy, lambda _nothing: None, lambda: None)
    assert reached.wait(PATIENCE_S)
    terminal.tap("上传 1 个文件")
    app.end_visit()
    terminal.screen("upload")._intake._worker.submit(lambda: None).result(PATIENCE_S)
    go.set()
    terminal.until(lambda: app.visit.ready, PATIENCE_S)
    assert at.model.submission == "" and at.model.step == "project"
    at.send()
    (received,) = at.received()
    assert [each["name"] for each in received.manifest["files"]] == ["报价清单.zbwj"]


def test_a_stick_that_is_pulled_out_in_the_middle(
    hall: Callable[..., Hall], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = hall()
    terminal = at.terminal
    at.identify()
    at.to_stick()
    at.open("投标文件")
    stage = PrivateStore.stage

    def pulled(store: PrivateStore, source: Any, **more: Any) -> Any:
        at.pull()
        return stage(store, source, **more)

    monkeypatch.setattr(PrivateStore, "stage", pulled)
    at.choose("报价清单.zbwj")
    at.examined()
    assert terminal.says("未选入") and terminal.says("U 盘已拔出或读不出来")
    assert terminal.says("还没有可以上传的文件") and not at.model.can_hand_in
    monkeypatch.undo()
    with at.open_store() as store:
        assert store.staged() == ()
    terminal.tap("再选文件")
    terminal.until(lambda: terminal.says("请把 U 盘插入本机的 USB 口"), PATIENCE_S)
    at.plug()
    terminal.until(lambda: at.find("KINGSTON"), PATIENCE_S)
    at.open("KINGSTON")
    at.pull()
    terminal.until(lambda: at.model.trouble, PATIENCE_S)
    terminal.settle()
    assert terminal.says("读不出文件列表")
    terminal.tap("返回")
    assert at.model.step == "source"


def test_the_server_refuses_what_is_late_though_this_pc_is_slow(hall: Callable[..., Hall]) -> None:
    at = hall()
    terminal = at.terminal
    at.identify()
    at.to_stick()
    begin_sending(at, "技术方案.pdf")
    at.centre.clock.now = terminal.now + timedelta(minutes=48, seconds=7)
    at.send()
    terminal.until(lambda: at.model.ended, PATIENCE_S)
    terminal.settle()
    assert reads(terminal, "已过截止时间") and reads(terminal, "10:00:07 答复")
    assert terminal.says("未送达") and not terminal.says("已送达")
    assert at.received() == []
    terminal.tap("知道了")
    assert terminal.shown == "home" and terminal.app.visit.identified
    terminal.app.open_service("matters", "")
    terminal.until(lambda: terminal.says("过了截止时间，未送达"), PATIENCE_S)


def test_without_proven_time_and_after_the_deadline_nothing_is_handed_in(
    hall: Callable[..., Hall],
) -> None:
    at = hall()
    terminal = at.terminal
    at.identify()
    at.to_stick()
    at.open("投标文件")
    at.choose("技术方案.pdf")
    at.examined()
    assert at.model.can_hand_in
    terminal.now += timedelta(minutes=48)
    terminal.hear_server()
    terminal.until(lambda: at.model.at >= terminal.now, PATIENCE_S)
    terminal.settle()
    assert terminal.says("已截止") and reads(terminal, "这个项目已不再接收文件")
    assert not at.model.can_hand_in
    terminal.screen("upload").main()
    terminal.settle()
    assert at.model.submission == ""
    at.model.take_time(None)
    terminal.settle()
    assert reads(terminal, "本机时间尚未得到服务器证实")
    assert not at.model.can_hand_in


def test_a_file_is_taken_out_and_the_end_of_the_visit_leaves_nothing(
    hall: Callable[..., Hall],
) -> None:
    at = hall()
    terminal, app = at.terminal, at.terminal.app
    at.identify()
    at.to_stick()
    at.open("投标文件")
    at.choose("技术方案.pdf", "报价清单.zbwj")
    at.examined()
    with at.open_store() as store:
        assert len(store.staged()) == 2
        remove = [each for each in terminal.widgets("FileRow") if "技术" in each.name]
        remove[0].on_remove_press()
        remove[0].on_remove()
        terminal.until(lambda: len(store.staged()) == 1, PATIENCE_S)
        # The same file can be chosen again.
        terminal.settle()
        terminal.tap("再选文件")
        at.open("KINGSTON")
        at.open("投标文件")
        at.choose("技术方案.pdf")
        at.examined()
        assert len(at.model.files) == 2 and at.model.can_hand_in
        app.end_visit()
        terminal.until(lambda: store.staged() == (), PATIENCE_S)
    assert list(at.model.files) == [] and at.model.project is None
    terminal.until(lambda: app.sources.sources()[0].state == "absent", PATIENCE_S)
    # The next visitor reads the warning again.
    at.identify()
    app.open_service("upload", "")
    terminal.settle()
    assert terminal.says("这是多人共用的公用终端")


def test_a_draft_is_deleted_after_a_question_and_nobody_else_s_is_seen(
    hall: Callable[..., Hall],
) -> None:
    at = hall(plugged=False)
    terminal, app = at.terminal, at.terminal.app
    at.draft()
    at.identify(Identity("李四", "21040219900307663X"))
    app.open_service("matters", "")
    at.answered()
    assert terminal.says("没有您的办理事项") and not any(terminal.widgets("MatterRow"))
    app.end_visit()
    at.identify()
    app.open_service("matters", "")
    at.answered()
    assert terminal.says("保证金退还申请")
    terminal.tap("删除", "DeleteButton")
    assert terminal.says("删除这份草稿？")
    terminal.tap("删除", "PrimaryButton")
    terminal.until(lambda: not any(terminal.widgets("MatterRow")), PATIENCE_S)
    with at.open_store() as store:
        assert store.drafts(WHO) == ()


FILLED = {
    "unit_name": "抚顺浑河建设有限公司", "credit_code": CODE, "former_contact": "李四",
    "reason": "left", "contact_number": NUMBER, "mobile": "13842310026", "from": "2026-11-23",
}  # fmt: skip


def to_attachments(at: Hall) -> Any:
    """A form that is filled in but for its files; its model."""
    terminal, app = at.terminal, at.terminal.app
    app.open_service("entry", "")
    terminal.until(lambda: terminal.screen("entry").offered, PATIENCE_S)
    terminal.settle()
    terminal.tap("联系人变更", "FormRow")
    terminal.until(lambda: terminal.shown == "form", PATIENCE_S)
    model = terminal.screen("form").model
    for name, value in FILLED.items():
        model.put((name,), value)
    model.go(len(model.form.steps) - 1)
    terminal.settle()
    return model


def pick(at: Hall) -> None:
    """From the form to the folder on the stick."""
    terminal = at.terminal
    terminal.tap("选择文件", "StopButton")
    assert terminal.shown == "upload"
    if at.model.step == "warning":
        terminal.tap("我已知悉")
    terminal.until(lambda: at.find("KINGSTON"), PATIENCE_S)
    at.open("KINGSTON")
    at.open("投标文件")


def test_a_form_gets_its_files_from_the_stick_and_ends_with_the_receipt(
    hall: Callable[..., Hall],
) -> None:
    at = hall(upload={"file_mb": 2})
    terminal, app = at.terminal, at.terminal.app
    at.identify()
    form = to_attachments(at)
    terminal.tap("选择文件", "StopButton")
    assert terminal.says("这是多人共用的公用终端")
    shot(terminal, "attach 0 warning")
    terminal.tap("返回", "BackButton")
    assert terminal.shown == "form" and form.value(("unit_name",)) == FILLED["unit_name"]
    pick(at)
    assert terminal.says("选择附件") and not terminal.says("截止")
    at.choose("技术方案.pdf", "资质证书.pdf.exe", "报价清单.zbwj")
    at.examined()
    shot(terminal, "attach 1 files")
    assert not faults(terminal), faults(terminal)
    assert reads(terminal, "可以打开，12 页")
    assert reads(terminal, "有 2 个文件不会放入表格"), "too large, and no document"
    assert terminal.says("现在还没有提交") or reads(terminal, "不会上传：")
    terminal.tap("放入表格（1 个）")
    assert terminal.shown == "form"
    terminal.settle()
    assert terminal.says("技术方案.pdf") and terminal.says("KB")
    # The warning comes once a visit; the same content is not taken twice.
    terminal.tap("选择文件", "StopButton")
    assert at.model.step == "source"
    terminal.until(lambda: at.find("KINGSTON"), PATIENCE_S)
    at.open("KINGSTON")
    at.open("投标文件")
    at.choose("技术方案.pdf")
    at.examined()
    assert reads(terminal, "不会上传：这个文件已经选过了，不必再选")
    assert terminal.says("还没有可以放入的文件")
    terminal.tap("再选文件")
    terminal.tap("返回", "HeaderButton")
    assert terminal.shown == "form" and len(form.files("authorisation")) == 1
    choose_box(terminal)
    terminal.tap("下一步", "PrimaryStop")
    assert form.reviewing
    terminal.settle()
    terminal.tap("提交", "PrimaryStop")
    terminal.until(lambda: terminal.shown == "upload" and at.model.transfer, PATIENCE_S)
    terminal.settle()
    shot(terminal, "attach 2 on its way")
    assert not faults(terminal), faults(terminal)
    assert terminal.says("联系人变更") and terminal.says("技术方案.pdf")
    assert reads(terminal, "只有拿到回执才算送达") and not terminal.says("已送达")
    assert app.visit.session.busy == (Busy.UPLOADING,)
    with at.open_store() as store:
        assert store.staged() == () and store.drafts(WHO) == ()
    # Delivered only by the receipt: without the line it waits, and says so.
    at.line.cut = True
    at.send()
    terminal.until(lambda: at.model.transfer.problem is Trouble.OFFLINE, PATIENCE_S)
    terminal.settle()
    assert not terminal.says("已送达") and reads(terminal, "服务器暂时无法连接或接收")
    terminal.tap("返回", "HeaderButton")
    assert terminal.shown == "entry"
    app.open_service("matters", "")
    terminal.until(lambda: any(terminal.widgets("MatterRow")), PATIENCE_S)
    terminal.settle()
    terminal.tap("联系人变更", "MatterRow")
    terminal.until(lambda: at.model.transfer is not None, PATIENCE_S)
    terminal.settle()
    assert terminal.says("已保存，未送达")
    at.line.cut = False
    with at.open_store() as store:
        store.resume(at.model.submission)
    at.send()
    terminal.until(lambda: terminal.shown == "receipt" and terminal.says("已送达"), PATIENCE_S)
    terminal.settle()
    receipt = terminal.screen("receipt").model.receipt
    assert [each.name for each in receipt.files] == ["技术方案.pdf"]
    assert receipt.form == "contact-change" and receipt.title == "联系人变更"
    assert terminal.says("收到表单和 1 个附件并核验一致")
    shot(terminal, "attach 3 receipt")


def choose_box(terminal: Terminal) -> None:
    """Tick the statement, and wait: what scrolls takes a finger only when it lifts."""
    model = terminal.screen("form").model
    terminal.tap("真实", "StatementBox")
    terminal.until(lambda: model.value(("confirmed",)))
    terminal.settle()


def test_a_stick_that_is_pulled_out_leaves_the_form_as_it_was(
    hall: Callable[..., Hall], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = hall()
    terminal = at.terminal
    at.identify()
    form = to_attachments(at)
    pick(at)
    stage = PrivateStore.stage

    def pulled(store: PrivateStore, source: Any, **more: Any) -> Any:
        at.pull()
        return stage(store, source, **more)

    monkeypatch.setattr(PrivateStore, "stage", pulled)
    at.choose("报价清单.zbwj")
    at.examined()
    assert reads(terminal, "U 盘已拔出或读不出来") and terminal.says("还没有可以放入的文件")
    monkeypatch.undo()
    terminal.key("escape")
    terminal.until(lambda: terminal.says("请把 U 盘插入本机的 USB 口"), PATIENCE_S)
    # Plugged in again, by the keyboard on the desk alone: arrows, Space, Enter.
    at.plug()
    terminal.until(lambda: at.find("KINGSTON"), PATIENCE_S)
    terminal.settle()

    def listed(number: int) -> None:
        terminal.until(lambda: at.model.listing is not None, PATIENCE_S)
        terminal.settle()
        for _ in range(number):
            terminal.key("down")

    terminal.key("down")
    terminal.key("enter")
    listed(1)
    terminal.key("enter")
    listed(1)
    titles = [each.name_shown for each in at.model.listing.files]
    for _ in range(titles.index("技术方案.pdf")):
        terminal.key("down")
    shot(terminal, "attach 4 by keys")
    terminal.key(" ")
    assert len(at.model.ticked) == 1
    terminal.key("enter")
    at.examined()
    terminal.key("enter")
    assert terminal.shown == "form"
    assert [file.name for file in form.files("authorisation")] == ["技术方案.pdf"]
    assert {name: form.value((name,)) for name in FILLED} == FILLED
    terminal.app.end_visit()
    with at.open_store() as store:
        terminal.until(lambda: store.staged() == (), PATIENCE_S)
        (draft,) = store.drafts(WHO)
        assert [file.name for file in draft.files] == ["技术方案.pdf"]


def test_a_project_is_found_with_the_keyboard_on_screen(hall: Callable[..., Hall]) -> None:
    at = hall(plugged=False)
    terminal = at.terminal
    at.identify()
    at.to_projects()
    assert len(at.model.found.projects) == 2
    pane = terminal.screen("upload")._pane("project")
    terminal.tap_widget(pane.ids.field)
    assert pane.ids.keyboard.raised
    assert not faults(terminal), faults(terminal)
    shot(terminal, "upload search")

    def press(label: str) -> None:
        terminal.tap_widget(next(key for key in terminal.widgets("Key") if key.text == label))

    press("123")
    for digit in "04209":
        press(digit)
    terminal.until(lambda: reads(terminal, "没有找到正在接收文件的“04209”"), PATIENCE_S)
    terminal.tap_widget(
        next(k for k in terminal.widgets("Key") if getattr(k.face, "act", None) is Act.DELETE)
    )
    terminal.until(
        lambda: [each.notice_id for each in at.model.found.projects] == ["r2"], PATIENCE_S
    )
    terminal.settle()
    terminal.tap("东洲区老旧小区改造工程监理", "ListRow")
    assert at.model.step == "source" and at.model.project.notice_id == "r2"
    assert not pane.ids.keyboard.raised


def test_files_come_from_a_phone_through_the_page_that_the_code_opens(
    hall: Callable[..., Hall], tmp_path: Path
) -> None:
    at = hall(plugged=False, phone=True)
    terminal, app = at.terminal, at.terminal.app
    at.identify()
    at.to_projects()
    terminal.tap(TITLE, "ListRow")
    terminal.until(lambda: at.find("手机"), PATIENCE_S)
    terminal.tap_widget(at.find("手机"))
    terminal.until(lambda: terminal.screen("upload")._looking.address, PATIENCE_S)
    terminal.settle()
    assert terminal.says("用手机扫一扫")
    url = terminal.screen("upload")._looking.address
    picture = tmp_path / "code.png"
    terminal.picture(picture)
    shot(terminal, "upload phone")
    # Without libzbar0 the code is not read off the screen.
    with suppress(OSError):
        assert codes_in(picture) == [url]
    with requests.Session() as phone:
        phone.trust_env = False
        assert "把文件传到自助终端" in phone.get(url, timeout=PATIENCE_S).text
        terminal.until(lambda: at.find("手机"), PATIENCE_S)
        host, _, port = url.split("/")[2].partition(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as line:
            head = f"POST /{url.split('/')[3]}/ HTTP/1.1\r\nHost: {host}:{port}\r\n"
            head += "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 90000\r\n\r\n"
            begun = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
            line.sendall(head.encode() + begun.encode() + bytes(9000))
            # Silence does not count while a file comes.
            terminal.until(lambda: app.visit.session.busy == (Busy.UPLOADING,), PATIENCE_S)
        terminal.until(lambda: app.visit.session.busy == (), PATIENCE_S)
        # One request for each file, as the page's own script sends them.
        for name, data in (("报价单.pdf", sound(3)), ("程序.exe", b"MZ" + bytes(3000))):
            back = phone.post(url, files=[("file", (name, data))], timeout=PATIENCE_S)
            assert back.status_code == 200 and name in back.text
        terminal.until(lambda: at.find("手机"), PATIENCE_S)
        at.open("手机")
        terminal.until(lambda: len(at.model.listing.files) == 2, PATIENCE_S)
        terminal.settle()
        at.choose("报价单.pdf", "程序.exe")
        at.examined()
        assert terminal.says("可以打开，3 页") and terminal.says("已拒绝")
        assert [each.stage for each in at.model.files] == ["ready", "refused"]
        assert at.model.files[0].staged.media_type == "application/pdf"
        app.end_visit()

        def dead() -> bool:
            try:
                return phone.get(url, timeout=PATIENCE_S).status_code == 404
            except requests.ConnectionError:
                return True

        terminal.until(dead, PATIENCE_S)
    with at.open_store() as store:
        terminal.until(lambda: store.staged() == (), PATIENCE_S)


def test_a_store_that_cannot_be_opened_is_told_to_health(
    hall: Callable[..., Hall], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = hall(plugged=False)
    terminal, app = at.terminal, at.terminal.app

    def told() -> Any:
        app._tick()
        found = {each.component: each.facts for each in terminal.store.health()}
        return found.get("visits", {}).get("open")

    at.identify()
    terminal.until(lambda: told() is True, PATIENCE_S)

    def broken(*_: object) -> None:
        raise DiskTrouble("full")

    monkeypatch.setattr(PrivateStore, "forget", broken)
    app.end_visit()
    terminal.until(lambda: app.visit.trouble, PATIENCE_S)
    terminal.until(lambda: told() is False, PATIENCE_S)
