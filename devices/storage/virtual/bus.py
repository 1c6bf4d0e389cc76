"""A message bus of one's own (Debian `dbus-daemon`)."""

import shutil
import subprocess
from pathlib import Path
from typing import Self

from devices.storage.virtual.place import SOCKET

_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class NoBus(Exception):
    """The message bus cannot be started: install the Debian package dbus-daemon."""


class PrivateBus:
    """Runs until it is closed; for nobody but its user."""

    def __init__(self, folder: Path) -> None:
        """`folder` for its socket; a path of at most some 90 bytes. Raises NoBus."""
        program = shutil.which("dbus-daemon")
        if program is None:
            raise NoBus("there is no dbus-daemon")
        configuration, socket = folder / "bus.conf", folder / SOCKET
        configuration.write_text(_CONFIGURATION.format(socket=socket), encoding="ascii")
        self._process = subprocess.Popen(
            [program, f"--config-file={configuration}", "--nofork", "--print-address"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # Ctrl-C ends the service first, which then ends its bus.
            start_new_session=True,
        )
        said = self._process.stdout
        self.address = said.readline().strip() if said is not None else ""
        if not self.address:
            self.close()
            raise NoBus("dbus-daemon ended at once")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
