"""`mingtang virtual-stick`: a simulated USB stick, for terminals without hardware."""

import argparse
from pathlib import Path
from typing import Any

from kiosk.commands.running import Problem, runs_until_told, settings_of, start_log, stop_on_signal


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "virtual-stick",
        parents=[shared],
        help="a simulated USB stick, with a folder's files on it",
        description="Plays UDisks2 on a message bus of its own, for trying, training and testing: "
        "a terminal whose settings have `simulated` under [storage] reads sticks there. Prints "
        "that folder. The files are read each time a visitor opens the stick; a visit that is "
        "over has closed it: pull it and plug it in again.",
    )
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="what lies on the stick; made if it is missing"
    )
    parser.add_argument(
        "--place",
        type=Path,
        metavar="DIR",
        help="where the simulation lives (default: [storage] simulated of the settings)",
    )
    parser.add_argument(
        "--label",
        default="KINGSTON",
        metavar="NAME",
        help="the stick's name (default: %(default)s)",
    )
    parser.add_argument("--out", action="store_true", help="begin with the stick pulled out")
    parser.add_argument(
        "--control", type=Path, metavar="SOCKET", help='take orders there: "plug", "pull"'
    )
    parser.add_argument(
        "--order",
        choices=("plug", "pull"),
        help="be no stick, but give this order to the one that runs with the same --control",
    )
    parser.set_defaults(run=run, wrong_use=parser.error)


def run(args: argparse.Namespace) -> int:
    if args.order is not None:
        if args.control is None:
            args.wrong_use("--order needs --control, the running stick's")
        return _give(args.control, args.order)
    if args.folder is None:
        args.wrong_use("--folder is needed: what lies on the stick")
    place = args.place or _place_of(args)
    from devices.storage.virtual.bus import NoBus
    from devices.storage.virtual.server import serve

    start_log()

    def ready(at: Path) -> None:
        print(at, flush=True)
        state = "pulled out" if args.out else "plugged in"
        runs_until_told(f"a simulated stick with the files of {args.folder}, {state}")

    try:
        serve(
            content=args.folder,
            place=place,
            label=args.label,
            plugged=not args.out,
            control=args.control,
            stop=stop_on_signal(),
            on_ready=ready,
        )
    except NoBus as problem:
        raise Problem(f"{problem}: install the Debian package dbus-daemon") from None
    except (ValueError, OSError) as problem:
        raise Problem(str(problem)) from None
    return 0


def _place_of(args: argparse.Namespace) -> Path:
    storage = settings_of(args, "storage").storage
    if storage is None or storage.simulated is None:
        raise Problem(
            f"{args.config}: [storage] has no `simulated`: put the folder of the simulation there, "
            "so that the terminal looks into it"
        )
    return storage.simulated


def _give(control: Path, order: str) -> int:
    from devices.led.virtual.control import tell

    try:
        answer = tell(control, order)
    except OSError as problem:
        raise Problem(f"{control}: no stick takes orders there: {problem}") from None
    if answer != "ok":
        raise Problem(answer.removeprefix("error: "))
    print({"plug": "plugged in", "pull": "pulled out"}[order])
    return 0
