"""The demo's processes and files: started together, watched, stopped together."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

from devices.idcard.virtual.cards import CARDS
from devices.led.virtual.speeds import VIRTUAL_SPEEDS
from display.local_time import SHANGHAI
from kiosk.demo.attachments import write_files
from kiosk.demo.notices import generate
from kiosk.demo.printer import DemoPrinter, NoPrinter
from kiosk.demo.samples import write_samples
from kiosk.store.terminal import DATABASE_NAME

BOARD = "lobby"
WIDTH, HEIGHT = 192, 32
SITE = files("assets") / "settings" / "site.toml"
STAFF = {
    "editor": ("editor",),
    "approver": ("approver",),
    "supervisor": ("supervisor", "technician"),
}
"""Card → roles."""
PIN = "739146"
STOP_S = 5.0
CUT_OVER_AFTER = timedelta(seconds=3)


class Machine:
    """One folder and the processes that live in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "mingtang.toml"
        self.link = folder / "board"
        self.png = folder / "board.png"
        self.frames = folder / "board-frames.log"
        self.reader = folder / "id-reader"
        self.reader_orders = folder / "id-reader.control"
        self.stick_orders = folder / "stick.control"
        self.sticks = folder / "usb"
        self.printer: DemoPrinter | None = None
        self.store = folder / "terminal" / DATABASE_NAME
        self.port = free_port()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, tuple[str, ...]] = {}

    def configure(self, now: datetime, after: timedelta = CUT_OVER_AFTER) -> None:
        """Write the settings; the cut-over comes a little after `now`, on the same day."""
        cut_over = (now + after).astimezone(SHANGHAI)
        if cut_over.date() != now.astimezone(SHANGHAI).date():
            cut_over = now.astimezone(SHANGHAI)
        self.config.write_text(
            f"""
[centre]
name = "抚顺市公共资源交易中心"
region = "210400"
site = "fushun"
telephone = "53910026"

[terminal]
name = "FS-02"
data = {json.dumps(str(self.folder / "terminal"))}

[central]
data = {json.dumps(str(self.folder / "central"))}
port = {self.port}

[sync]
server = "http://127.0.0.1:{self.port}"
poll_s = 1.0

[private]
key = {json.dumps(str(self.folder / "private.key"))}

[id_reader]
port = {json.dumps(str(self.reader))}

[storage]
simulated = {json.dumps(str(self.sticks))}
{self._printer_section()}
[screen]
fullscreen = false

[schedule]
cut_over = "{cut_over:%H:%M:%S}"
days = "every"
characters_per_second = 4.0

[[boards]]
name = "{BOARD}"
card = "bx-k"
port = {json.dumps(str(self.link))}
width = {WIDTH}
height = {HEIGHT}
speeds = {list(VIRTUAL_SPEEDS)}
""",
            encoding="utf-8",
        )

    def run(self, *command: str) -> int:
        """Run a subcommand to its end."""
        return subprocess.run(self._argv(command), check=False).returncode

    def keep_keys(self, path: Path) -> None:
        """Write the public keys with which receipts are proven. Raises NotPublished."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            done = subprocess.run(self._argv(("central", "keys")), stdout=file, check=False)
        if done.returncode != 0:
            raise NotPublished("the keys of receipts could not be made")

    def start(self, name: str, *command: str) -> None:
        """Start a subcommand as a process of its own; its log goes to a file of that name."""
        self._commands[name] = command
        with (self.folder / f"{name}.log").open("ab") as log:
            # A session of its own: Ctrl-C reaches the demo alone, which stops the rest in order.
            self._running[name] = subprocess.Popen(
                self._argv(command), stdout=log, stderr=log, start_new_session=True
            )

    def start_reader(self, *more: str) -> None:
        """Start the simulated reader of ID cards."""
        place = ("--link", str(self.reader), "--control", str(self.reader_orders))
        self.start("reader", "virtual-id-reader", *place, *more)

    def start_stick(self, content: Path, now: datetime) -> str:
        """Start a simulated stick, with samples among its files; why there is none, or nothing.

        Raises FontMissing and OSError.
        """
        if shutil.which("dbus-daemon") is None:
            return "no stick: install the Debian package dbus-daemon"
        write_samples(content, now)
        place = ("--folder", str(content), "--place", str(self.sticks), "--out")
        self.start("stick", "virtual-stick", *place, "--control", str(self.stick_orders))
        return ""

    def switch_on_printer(self, printed: Path) -> str:
        """Before `configure`: a printer that keeps what comes out; why there is none."""
        try:
            self.printer = DemoPrinter(self.folder / "ipp", printed, free_port())
        except NoPrinter as problem:
            return f"no printer: {problem}"
        return ""

    def publish(self, now: datetime) -> int:
        """Give the central server notices of today and the building; tell how many notices.

        Raises NotPublished, FontMissing and OSError.
        """
        notices = self.folder / "notices.ndjson"
        count = write_notices(notices, now)
        for what, command in (
            ("notices", ("import", str(notices))),
            ("rooms, guides and forms", ("central", "site", str(SITE))),
        ):
            print(f"{what}: ", end="", flush=True)
            if self.run(*command) != 0:
                raise NotPublished(f"the {what} could not be published")
        return count

    def employ(self, now: datetime) -> None:
        """Give the central server's staff their accounts, all with `PIN`. Raises NotPublished."""
        until = (now + timedelta(days=30)).astimezone(SHANGHAI).date()
        secrets = self.folder / "secrets"
        for card, roles in STAFF.items():
            person = CARDS[card]
            secrets.write_text(f"{person.number}\n{PIN}\n", encoding="utf-8")
            given = [word for role in roles for word in ("--role", role)]
            told = ("--name", person.name, "--until", str(until), "--number-file", str(secrets))
            print("staff: ", end="", flush=True)
            if self.run("central", "staff", "add", *told, *given) != 0:
                raise NotPublished("the accounts of staff could not be made")
        secrets.unlink()

    def pid(self, name: str) -> int:
        """The id of a running process."""
        return self._running[name].pid

    def ended(self, name: str) -> int | None:
        """The exit code of a process, or None while it runs."""
        return self._running[name].poll()

    def dead(self) -> list[str]:
        """The processes that have ended by themselves."""
        return [name for name, process in self._running.items() if process.poll() is not None]

    def restart(self, name: str) -> None:
        self.start(name, *self._commands[name])

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def stop(self, *names: str) -> None:
        """Stop these processes, or all of them, the last started first."""
        for name in names or reversed(list(self._running)):
            process = self._running.pop(name, None)
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if not names and self.printer is not None:
            self.printer.close()
            self.printer = None

    def _printer_section(self) -> str:
        if self.printer is None:
            return ""
        return f"""
[printer]
uri = {json.dumps(self.printer.uri)}
"""

    def _argv(self, command: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "kiosk.cli", *command, "--config", str(self.config)]


class NotPublished(Exception):
    """The demo cannot begin; the command that failed has said why."""


def write_notices(path: Path, now: datetime) -> int:
    """Write generated notices of today as JSON lines for `mingtang import`; tell how many.

    Their attachments go into a folder beside `path`. Raises OSError and `fonts.FontMissing`.
    """
    folder = path.with_name(f"{path.stem}-files")
    write_files(folder, now)
    records = generate(now, folder.name)
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def shell_line(*words: str | Path) -> str:
    """A `mingtang` command as somebody types it here; the environment need not be active."""
    program = Path(sys.executable).with_name("mingtang")
    here = Path.cwd()
    named = program.relative_to(here) if program.is_relative_to(here) else program
    return shlex.join(str(word) for word in (named, *words))


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], object], patience_s: float) -> bool:
    """Look until `condition()` is true; False when patience ends first."""
    until = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True
