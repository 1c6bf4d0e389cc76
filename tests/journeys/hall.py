"""A hall of a centre: server, network, terminal, card reader, port for sticks and printer.

Each is a process of its own, and everything a visitor does there goes through hands: taps on the
window, a card on the reader, a stick in the port.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

from devices.led.virtual.control import tell
from devices.storage.virtual.place import TABLE
from display.local_time import SHANGHAI
from kiosk import traceless
from kiosk.demo.machine import SITE, Machine, wait_for
from tests.journeys.line import Line
from tests.printing.eve import EvePrinter

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
DAY_S = 86_400.0
PRINT = """#!/bin/sh
# Keeps what came out, and tells how many pages it was.
cp "$1" {folder}/out.pdf
pages=$(grep -ac '^/Type /Page$' "$1")
echo "ATTR: job-impressions=$pages" >&2
echo "ATTR: job-impressions-completed=$pages" >&2
echo "$pages" >>{folder}/printed
"""
SETTINGS = """
[centre]
name = "抚顺市公共资源交易中心"
region = "210400"
site = "fushun"
telephone = "53910026"

[terminal]
name = "FS-02"
data = {data}

[central]
data = {central}
port = {port}

[sync]
server = "http://127.0.0.1:{line}"
poll_s = 1.0

[private]
key = {key}

[id_reader]
port = {reader}

[storage]
simulated = {sticks}

[printer]
uri = "{printer}"
"""


class Printer(EvePrinter):
    """Keeps the last document that came out."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.out = folder / "out.pdf"
        self._command.write_text(PRINT.format(folder=folder), encoding="utf-8")


class Window:
    """The terminal's window, and the hand on it; see `tests.journeys.window`."""

    def __init__(self, config: Path, log: Path, fast_s: float) -> None:
        take_orders, self._orders = os.pipe()
        self._answers, give_answers = os.pipe()
        self._log = log
        with log.open("ab") as written:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.journeys.window", str(config)),
                    *(str(take_orders), str(give_answers), str(fast_s)),
                ],
                cwd=ROOT,
                env={**traceless.prepared(os.environ), "LP_NUM_THREADS": "1"},
                pass_fds=(take_orders, give_answers),
                stdout=written,
                stderr=written,
            )
        os.close(take_orders)
        os.close(give_answers)
        self._is_ready = False

    def __getattr__(self, verb: str) -> Any:
        """A verb of `tests.journeys.window.Acts`."""
        return lambda *what: self._order(verb, *map(str, what))

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        if self._orders < 0:
            return
        os.close(self._orders)
        self.process.wait(PATIENCE_S)
        os.close(self._answers)
        self._orders = self._answers = -1

    def wait(self) -> None:
        """Until it can be used."""
        if not self._is_ready:
            said = self._line()
            assert said == "ready", said
            self._is_ready = True

    def _order(self, *parts: str) -> Any:
        self.wait()
        os.write(self._orders, "\t".join(parts).encode() + b"\n")
        said = self._line()
        assert not said.startswith("! "), said.replace("\t", "\n")
        return {"True": True, "False": False, "None": None}.get(said, said)

    def _line(self) -> str:
        line = bytearray()
        while not line.endswith(b"\n"):
            piece = os.read(self._answers, 1)
            assert piece, f"the window is gone: {self._log.read_text(errors='replace')[-3000:]}"
            line += piece
        return line.decode().rstrip("\n")


class Hall:
    """Everything there is, closed in order."""

    def __init__(self, folder: Path) -> None:
        self._ending = ExitStack()
        self.folder = folder
        self.machine = machine = Machine(folder)
        self.data, self.card = folder / "terminal", folder / "card.toml"
        self._port = folder / "port"
        self.line = Line(machine.port)
        self._ending.callback(self.line.close)
        self.printer = Printer(folder / "printer")
        self._ending.callback(self.printer.close)
        self._ending.callback(machine.stop)
        machine.config.write_text(
            SETTINGS.format(
                data=json.dumps(str(self.data)),
                central=json.dumps(str(folder / "central")),
                port=machine.port,
                line=self.line.port,
                key=json.dumps(str(folder / "private.key")),
                reader=json.dumps(str(machine.reader)),
                sticks=json.dumps(str(folder / "usb")),
                printer=self.printer.uri,
            ),
            encoding="utf-8",
        )
        self.window: Any = None

    def __enter__(self) -> Self:
        machine = self.machine
        self._start_module("sticks", "tests.journeys.sticks", self.folder / "usb", self._port)
        machine.start_reader()
        self.run("central", "site", str(SITE))
        machine.start("central", "central")
        eventually(self._is_served, "the server listens")
        self.switch_on()
        return self

    def __exit__(self, *_: object) -> None:
        if self.window is not None:
            self.window.close()
        self._ending.close()

    def _is_served(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.machine.port)) == 0

    # The terminal's PC

    def switch_on(self, fast_s: float = 0.0) -> None:
        """Start sync and the window; the clock of the PC may be fast, or slow if below 0."""
        if fast_s:
            self._start_module("sync", "tests.journeys.clock", fast_s, "sync", *self._config())
        else:
            self.machine.start("sync", "sync")
        self.open_window(fast_s)

    def open_window(self, fast_s: float = 0.0) -> None:
        self.window = Window(self.machine.config, self.folder / "window.log", fast_s)

    def switch_off(self) -> None:
        """End both as the service manager would."""
        self.window.close()
        self.machine.stop("sync")

    # What lies about

    def lay(self, name: str, number: str) -> None:
        """Lay a card on the reader."""
        words = {"layout": "resident", "name": name, "number": number}
        text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in words.items())
        self.card.write_text(text, encoding="utf-8")
        assert tell(self.machine.reader_orders, f"lay {self.card}") == "ok"
        self.card.unlink()

    def lift(self) -> None:
        assert tell(self.machine.reader_orders, "lift") == "ok"

    def plug(self, content: Path) -> None:
        assert tell(self._port, f"plug {content}") == "ok"

    def pull(self) -> None:
        assert tell(self._port, "pull") == "ok"

    def mounted(self) -> bool:
        """Whether a stick is open."""
        return bool((self.folder / "usb" / TABLE).read_bytes())

    # The centre

    def publish(self, id: str, title: str, number: str, closes_at: datetime) -> None:
        """A tender notice with a deadline, to the second."""
        local = closes_at.astimezone(SHANGHAI)
        record = {
            "record_id": id,
            "title": title,
            "publish_date": f"{datetime.now(SHANGHAI):%Y-%m-%d} 00:00:01",
            "project_code": number,
            "business_type": "工程建设",
            "info_type": "招标/资审公告",
            "content_text": f"{title}的正文。",
            "detail_url": "https://ggzy.example.cn/information/deal/html/a/210000/0101/1.html",
            "closes_at": f"{local:%Y-%m-%d %H:%M:%S}",
        }
        path = self.folder / "in.ndjson"
        path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
        self.run("import", str(path))

    @contextmanager
    def a_day_later(self) -> Iterator[Callable[..., str]]:
        """As `run`, a day later, on a copy of the server's data: the server goes on today."""
        data, copy = self.folder / "central", self.folder / "a-day-later"
        shutil.copytree(data, copy)
        config = copy.with_suffix(".toml")
        text = self.machine.config.read_text(encoding="utf-8")
        config.write_text(text.replace(json.dumps(str(data)), json.dumps(str(copy))))
        yield partial(self.run, fast_s=DAY_S, config=config)
        shutil.rmtree(copy)

    def run(
        self, *command: str, fast_s: float = 0.0, status: int = 0, config: Path | None = None
    ) -> str:
        """Run a command of ours to its end; what it printed."""
        module = ("-m", "tests.journeys.clock", str(fast_s)) if fast_s else ("-m", "kiosk.cli")
        settings = ("--config", str(config or self.machine.config))
        done = subprocess.run(
            [sys.executable, *module, *command, *settings],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def _config(self) -> tuple[str, str]:
        return ("--config", str(self.machine.config))

    def _start_module(self, name: str, module: str, *arguments: object) -> None:
        """Start one of the tests' own programs beside those of the machine."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.machine._running[name] = subprocess.Popen(
                [sys.executable, "-m", module, *map(str, arguments)],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def lacking() -> str:
    """What is not installed that a hall needs, or nothing."""
    from tests.printing.eve import missing

    found = [missing()] if missing() else []
    if shutil.which("dbus-daemon") is None and "dbus-daemon" not in "".join(found):
        found.append("dbus-daemon")
    return ", ".join(found)


def eventually(holds: Any, what: str, patience_s: float = PATIENCE_S) -> None:
    assert wait_for(holds, patience_s), f"in {patience_s:g} s it did not happen: {what}"
