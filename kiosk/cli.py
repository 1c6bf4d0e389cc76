"""The one command, `mingtang`, and its subcommands."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kiosk.commands import (
    board,
    central,
    demo,
    display,
    health,
    import_,
    kiosk,
    search,
    sync,
    virtual_board,
    withdraw,
)
from kiosk.commands.running import Problem
from kiosk.settings import DEFAULT_PATH, SettingsError
from kiosk.store.errors import StoreError

COMMANDS = (
    kiosk,
    sync,
    display,
    central,
    import_,
    withdraw,
    search,
    board,
    health,
    virtual_board,
    demo,
)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
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
    for command in COMMANDS:
        command.add(commands, shared)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand. 0: done; 1: something was not as it should be; 2: wrong use."""
    args = parser().parse_args(argv)
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
