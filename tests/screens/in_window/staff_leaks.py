"""No screen of staff tells what is not released, was withdrawn, or is personal.

Each secret has a character of its own, which nothing else in the program has. All screens that are
registered are walked through, with everything that their widgets hold, seen or not; the characters
that pictures of boards are drawn from; the log; and the folder of exports.
"""

import io
import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kivy.core.window import Window
from kivy.properties import DictProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.modalview import ModalView
from kivy.uix.recycleview import RecycleView

from devices.led.characters import Characters
from display.notice import Notice, NoticeKind
from kiosk.private.opening import open_private
from kiosk.private.transfer import Trouble
from kiosk.screens import STAFF_SCREENS
from kiosk.sync.staff import StaffAccount, StaffRole, card_mark, new_key, vouched
from kiosk.sync.submission import Role, Submitter, Way
from tests.evidence.day import fill
from tests.private.builders import a_manifest
from tests.screens.in_window.staff import BOARD, PIN, SALT
from tests.screens.in_window.terminal import CENTRE_KEY, Terminal

TO_COME, OF_TONIGHT, TAKEN_BACK = "鼋", "鼍", "黾"
TAKEN_OFF_AIR = "龌"
"""Withdrawn after it was on the board: the record of that day still tells of it, and nothing
else."""
VISITOR, FILE, STAFF = "龃", "龉", "翥"
RELEASED = "龠"
"""That the walk sees anything at all."""
SECRETS = (TO_COME, OF_TONIGHT, TAKEN_BACK, TAKEN_OFF_AIR, VISITOR, FILE, STAFF)
NUMBERS = ("210402199001019876", "11010519491231002X")
QUIET_S, PATIENCE_S = 0.3, 8.0
KEYS = ("down", "enter", "right", "down", "enter")
FRONT = ("sign_in", "staff")
BACK = tuple(name for name in STAFF_SCREENS if name not in FRONT)


class Walk:
    """A terminal full of secrets, and somebody with every role."""

    def __init__(self, terminal: Terminal, folder: Path, drawn: set[str]) -> None:
        self.terminal, self.folder, self.drawn = terminal, folder, drawn

    def sign_in(self) -> None:
        terminal = self.terminal
        made = StaffAccount(
            key="k3f9a2b1",
            name=f"王小{STAFF}",
            roles=tuple(StaffRole),
            valid_from=terminal.now - timedelta(days=1),
            expires_at=terminal.now + timedelta(days=1),
            card=card_mark(NUMBERS[1], SALT),
            signs=new_key(NUMBERS[1], PIN),
            changed_at=terminal.now,
        )
        account = vouched(made, CENTRE_KEY)
        terminal.receive_site(SALT, account)
        terminal.app.signed_in(account)
        self.pause()

    def pause(self) -> None:
        """Until nothing new is told for a while."""
        terminal, told = self.terminal, ""
        quiet = begun = time.monotonic()
        while time.monotonic() - quiet < QUIET_S and time.monotonic() - begun < PATIENCE_S:
            terminal.frame(draw=False)
            now = "".join(terminal.texts())
            if now != told:
                told, quiet = now, time.monotonic()

    def look_through(self, name: str) -> str:
        """All that a screen tells when it is opened, and when keys go over it."""
        terminal, app = self.terminal, self.terminal.app
        if name not in FRONT:
            app.open_staff(name)
        self.pause()
        told = list(held(terminal.screen(name)))
        for key in KEYS if name not in FRONT else ():
            terminal.key(key)
            told += held(terminal.screen(name))
            told += (text for text in terminal.texts())
            for over in [each for each in Window.children if isinstance(each, ModalView)]:
                over.dismiss(animation=False)
        self.pause()
        told += held(terminal.screen(name))
        while app.shown not in FRONT and app.shown == name:
            app.leave()
            terminal.settle()
        return "".join(told)


def held(root: Any) -> Iterator[str]:
    """What widgets hold that could be drawn, whether it can be seen or not."""
    for widget in root.walk():
        if isinstance(widget, RecycleView):
            yield str(widget.data)
        for name, kind in widget.properties().items():
            if isinstance(kind, StringProperty | ListProperty | DictProperty | ObjectProperty):
                value = getattr(widget, name)
                if isinstance(value, str | list | dict | tuple):
                    yield str(value)


def a_notice(terminal: Terminal, number: int, mark: str, **more: Any) -> Notice:
    made = next(each for each in terminal.generated() if each.kind is NoticeKind.TENDER)
    return made.model_copy(
        update={
            "id": f"leak-{number}",
            "tender_no": f"FSGC-2026-9{number:03}",
            "title": f"{mark}字路道路维修工程施工招标公告",
            "body": f"{mark}字路",
            "published_at": terminal.now - timedelta(hours=3),
            "valid_until": terminal.now + timedelta(days=9),
            **more,
        }
    )


@pytest.fixture
def walk(
    open_terminal: Callable[..., Terminal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Walk:
    drawn: set[str] = set()
    real = Characters.rows

    def rows(self: Characters, character: str, font: int) -> tuple[bytes, ...]:
        drawn.add(character)
        return real(self, character, font)

    monkeypatch.setattr(Characters, "rows", rows)
    sections = {"boards": [BOARD], "private": {"key": str(tmp_path / "key")}}
    terminal = open_terminal(chinese=False, sections=sections)
    now = terminal.now
    released, gone = a_notice(terminal, 1, RELEASED), a_notice(terminal, 2, TAKEN_OFF_AIR)
    fill(terminal.store, [released, gone], rounds=1)
    drawn.clear()
    terminal.receive(
        released,
        gone,
        a_notice(terminal, 3, TO_COME, published_at=now + timedelta(days=2)),
        # Before the next edition is made, but not yet.
        a_notice(terminal, 4, OF_TONIGHT, published_at=now + timedelta(hours=9)),
        a_notice(terminal, 5, TAKEN_BACK),
    )
    terminal.withdraw("leak-2")
    terminal.withdraw("leak-5")
    terminal.start()
    terminal.until(lambda: terminal.app.visit.ready)
    who = Submitter(name=f"欧阳{VISITOR}", number=NUMBERS[0], unit=f"{VISITOR}公司", way=Way.CARD)
    with open_private(tmp_path, tmp_path / "key", clocks=terminal.app._now) as store:
        for park in (True, False):
            file = store.stage(
                io.BytesIO(b"content"), name=f"{FILE}.pdf", media_type="application/pdf"
            )
            manifest = a_manifest(file, submitter=who, role=Role.BIDDER, title=f"{FILE}登记")
            id = store.hand_in(manifest, [file], now)
            store.forget()
            if park:
                store.outbox.park(id, Trouble.REJECTED, f"{VISITOR} {FILE}", manifest)
    return Walk(terminal, tmp_path, drawn)


def found_in(text: str, *, but: tuple[str, ...] = ()) -> list[str]:
    return [each for each in (*SECRETS, *NUMBERS) if each in text and each not in but]


def test_no_staff_screen_tells_a_secret_nor_does_picture_log_or_export(
    walk: Walk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    terminal = walk.terminal
    walk.sign_in()
    told: dict[str, str] = {name: walk.look_through(name) for name in ("staff", *BACK)}
    assert set(told) == set(STAFF_SCREENS) - {"sign_in"}
    leaks = {name: found_in(text) for name, text in told.items() if name != "evidence"}
    # What was on the board stays in the record of that day.
    leaks["evidence"] = found_in(told["evidence"], but=(TAKEN_OFF_AIR,))
    assert not any(leaks.values()), leaks
    # That the walk sees what there is to see.
    assert RELEASED in told["edition"]
    assert RELEASED in walk.drawn, "a preview was drawn"
    assert f"王*{STAFF}" not in "".join(told.values())
    outbox, evidence = terminal.screen("staff_outbox"), terminal.screen("evidence")
    terminal.app.open_staff("staff_outbox")
    terminal.until(lambda: outbox._owed is not None and outbox._owed.lines)
    outbox.choose(outbox._owed.lines[0].key)
    outbox.do(next(act for act in outbox._acts() if act == "export"))
    terminal.until(lambda: not outbox.working and outbox._done)
    terminal.app.leave()
    terminal.app.open_staff("evidence")
    terminal.until(lambda: evidence._day is not None)
    evidence.next_board() if evidence._day.board != "lobby" else None
    terminal.until(lambda: evidence._day.board == "lobby" and evidence._day.entries)
    evidence.choose(next(e.number for e in evidence._day.entries if e.facts.get("page") == 0))
    walk.pause()
    assert RELEASED in "".join(held(evidence))
    evidence.export()
    terminal.until(lambda: evidence._taken is not None, 60)
    exports = walk.folder / "exports"
    files = [path for path in exports.rglob("*") if path.is_file()]
    names = " ".join(str(path.relative_to(exports)) for path in files)
    assert len({path.parent for path in files}) >= 2 and not found_in(names)
    for path in files:
        content = path.read_bytes().decode("utf-8", "ignore")
        if path.suffix == ".pdf":
            content = text_of(path)
            assert RELEASED in content or "检查" in content
        assert not found_in(content, but=(TAKEN_OFF_AIR,)), path
    terminal.app.end_visit()
    walk.pause()
    for name in STAFF_SCREENS:
        assert not found_in("".join(held(terminal.screen(name)))), name
    assert not found_in("".join(walk.drawn), but=(TAKEN_OFF_AIR,))
    lines = "\n".join(record.getMessage() for record in caplog.records)
    assert not found_in(lines) and RELEASED not in lines


def text_of(path: Path) -> str:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        return "".join(page.get_textpage().get_text_bounded() for page in document)
