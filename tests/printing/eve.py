"""A real IPP Everywhere printer, `ippeveprinter` of CUPS, on a private D-Bus.

It registers with DNS-SD by D-Bus and does not start without one; nothing has to answer there.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={bus}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>
"""
COMMAND = """#!/bin/sh
# Prints the way that the file `mode` says; see ippeveprinter(1) for ATTR and STATE.
cd {folder}
pages=$(grep -ac '^/Type /Page$' "$1")
echo "ATTR: job-impressions=$pages" >&2
touch began
while [ "$(cat mode)" = empty ]; do
    [ -e said ] || echo 'STATE: +media-empty' >&2
    touch said
    sleep 0.05
done
[ -e said ] && echo 'STATE: -media-empty' >&2
while [ "$(cat mode)" = slow ]; do sleep 0.05; done
[ "$(cat mode)" = broken ] && exit 1
echo "ATTR: job-impressions-completed=$pages" >&2
echo "$pages" >>printed
"""
PATIENCE_S = 20.0


def missing() -> str:
    """What is not installed, or nothing."""
    names = {"ippeveprinter": "cups-ipp-utils", "dbus-daemon": "dbus-daemon"}
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    return ", ".join(deb for name, deb in names.items() if shutil.which(name, path=path) is None)


class EvePrinter:
    """The printer; `mode` is normal, empty (of paper), slow or broken."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.spool = folder, folder / "spool"
        self.spool.mkdir()
        self.printed = folder / "printed"
        self.set("normal")
        self._command = folder / "print.sh"
        self._command.write_text(COMMAND.format(folder=folder), encoding="utf-8")
        self._command.chmod(0o755)
        bus, settings = folder / "bus", folder / "bus.conf"
        settings.write_text(BUS.format(bus=bus), encoding="utf-8")
        self._bus = subprocess.Popen(
            ["dbus-daemon", f"--config-file={settings}", "--nofork", "--nopidfile"],
            stderr=subprocess.DEVNULL,
        )
        until(bus.exists)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.uri = f"ipp://127.0.0.1:{self.port}/ipp/print"
        self._address = f"unix:path={bus}"
        self._printer: Any = None
        try:
            self.switch_on()
        except BaseException:
            self.close()
            raise

    def switch_on(self) -> None:
        self._log = (self.folder / "log").open("ab")
        self._printer = subprocess.Popen(
            [
                shutil.which("ippeveprinter") or "/usr/sbin/ippeveprinter",
                *("-r", "off", "-p", str(self.port), "-d", str(self.spool), "-v"),
                *("-c", str(self._command), "-f", "application/pdf", "Test"),
            ],
            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self._address},
            stdout=subprocess.DEVNULL,
            stderr=self._log,
        )
        until(self._listening)

    def switch_off(self) -> None:
        self._printer.kill()
        self._printer.wait()
        self._log.close()

    def close(self) -> None:
        self.set("normal")
        if self._printer.poll() is None:
            self.switch_off()
        self._bus.kill()
        self._bus.wait()

    def set(self, mode: str) -> None:
        partial = self.folder / "mode.part"
        partial.write_text(mode, encoding="ascii")
        partial.replace(self.folder / "mode")

    def pages(self) -> list[int]:
        """Pages of each document that came out."""
        return [int(line) for line in self.printed.read_text().split()] if self.began() else []

    def began(self) -> bool:
        return self.printed.exists()

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def _listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def until(holds: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, f"waited {patience_s} s"
        time.sleep(0.02)
