"""The port for sticks: a simulated UDisks2 in a process of its own.

Run as ``python -m tests.journeys.sticks FOLDER CONTROL``; takes orders at the socket CONTROL:
"plug CONTENT", which answers the same whatever is in the port, and "pull".
"""

import select
import sys
from pathlib import Path

from devices.led.virtual.control import Control
from devices.storage.virtual.service import VirtualUDisks
from devices.storage.virtual.stick import VirtualPartition, VirtualStick
from kiosk.commands.running import stop_on_signal

LABEL = "KINGSTON"
LOOK_S = 0.2


def main(folder: Path, control: Path) -> None:
    stop = stop_on_signal()
    with VirtualUDisks(folder=folder) as port:
        plugged: list[str] = []

        def obey(order: str) -> str:
            verb, _, what = order.partition(" ")
            for letter in plugged:
                port.pull(letter)
            plugged.clear()
            if verb == "plug":
                stick = VirtualStick([VirtualPartition(Path(what), label=LABEL)])
                plugged.append(port.plug(stick))
            return "ok"

        orders = Control(control)
        try:
            while not stop.is_set():
                for each in select.select(orders.sockets(), [], [], LOOK_S)[0]:
                    orders.serve(each, obey)
        finally:
            orders.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
