"""A real IPP Everywhere printer without paper: `ippeveprinter` of CUPS, where it is installed."""

import os
import shutil
import subprocess
from pathlib import Path

from devices.storage.virtual.bus import NoBus, PrivateBus

PROGRAM = "ippeveprinter"
SYSTEM_PATH = "/usr/sbin"
"""Where Debian has it, and no ordinary user looks."""


class DemoPrinter:
    """Runs until it is closed; what is printed is kept as PDF in its folder."""

    def __init__(self, folder: Path, printed: Path, port: int) -> None:
        """`folder` is for its own files, `printed` for what comes out. Raises NoPrinter."""
        program = shutil.which(PROGRAM, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}")
        if program is None:
            raise NoPrinter("install the Debian package cups-ipp-utils to print in the demo")
        folder.mkdir(parents=True)
        printed.mkdir(parents=True, exist_ok=True)
        try:
            # It tells DNS-SD of itself by D-Bus, and does not start without a bus.
            self._bus = PrivateBus(folder)
        except NoBus as problem:
            raise NoPrinter(f"{problem}: install the Debian package dbus-daemon") from None
        self.uri = f"ipp://127.0.0.1:{port}/ipp/print"
        keep = ("-k", "-d", str(printed), "-f", "application/pdf")
        # Without a command of its own it takes up to a quarter of a minute to think.
        quick = ("-c", "/bin/true", "-D", folder.absolute().as_uri())
        with (folder / "printer.log").open("ab") as log:
            self._printer = subprocess.Popen(
                [program, "-r", "off", "-p", str(port), *keep, *quick, "Mingtang demo"],
                env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self._bus.address},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def close(self) -> None:
        """Switch it off."""
        self._printer.kill()
        self._printer.wait()
        self._bus.close()


class NoPrinter(Exception):
    """The demo goes without; the message says what to install."""
