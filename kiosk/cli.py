"""The one command, `mingtang`, and its subcommands."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from kiosk import traceless

COMMANDS = {
    "kiosk": "kiosk",
    "staff": "staff",
    "sync": "sync",
    "display": "display",
    "central": "central",
    "import": "import_",
    "withdraw": "withdraw",
    "search": "search",
    "receipt": "receipt",
    "board": "board",
    "health": "health",
    "idcard": "idcard",
    "virtual-board": "virtual_board",
    "virtual-id-reader": "virtual_id_reader",
    "virtual-scanner": "virtual_scanner",
    "virtual-stick": "virtual_stick",
    "demo": "demo",
}
"""Name → module of `kiosk.commands`, in the order of the help."""


def parser(only: str = "") -> argparse.ArgumentParser:
    """The whole command line; with `only`, no other command is loaded, which would take long."""
    from kiosk.settings import DEFAULT_PATH

    top = argparse.ArgumentParser(
        prog="mingtang",
        description="Self-service terminals and lobby LED board of a trading centre.",
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--config",
        type=Path,
        default=DEFAULT_PATH,
        metavar="FILE",
        help=f"settings file (default: {DEFAULT_PATH})",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in [COMMANDS[only]] if only else COMMANDS.values():
        import_module(f"kiosk.commands.{module}").add(commands, shared)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand. 0: done; 1: something was not as it should be; 2: wrong use."""
    given = sys.argv[1:] if argv is None else argv
    named = given[0] if given and given[0] in COMMANDS else ""
    if named in ("kiosk", "staff") and argv is None:
        # Before anything is loaded that would have to be loaded once more.
        traceless.start_again()
    from kiosk.commands.running import Problem
    from kiosk.settings import SettingsError
    from kiosk.store.errors import StoreError

    args = parser(named).parse_args(argv)
    try:
        return int(args.run(args) or 0)
    except SettingsError as problem:
        print(f"mingtang: {problem}", file=sys.stderr)
        return 2
    except (Problem, StoreError) as problem:
        print(f"mingtang: {problem}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
