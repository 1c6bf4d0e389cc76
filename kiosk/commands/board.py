"""`mingtang board …`: tools for LED boards."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kiosk.commands import board_calibrate, board_evidence, board_programme, board_technician
from kiosk.commands.running import Problem


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "board", parents=[shared], help="tools for LED boards", description="Tools for LED boards."
    )
    tools = parser.add_subparsers(title="tools", metavar="TOOL", required=True)
    decode = tools.add_parser(
        "decode",
        parents=[shared],
        help="explain captured bytes frame by frame",
        description="Reads binary, hex text or a spy:// tape of pyserial and says of each frame "
        "whether it is valid, with its fields, or why not. Exit 1 if any frame is not valid.",
    )
    decode.add_argument("file", type=Path, metavar="FILE", help="the capture; - for standard input")
    decode.add_argument("--card", choices=["bx-k"], default="bx-k", help="the control card")
    decode.add_argument("--json", action="store_true", help="a JSON list")
    decode.set_defaults(run=run_decode)
    board_technician.add(tools, shared)
    board_evidence.add(tools, shared)
    board_calibrate.add(tools, shared)
    board_programme.add(tools, shared)


def run_decode(args: argparse.Namespace) -> int:
    from devices.led.decode import as_text, explain

    try:
        data = sys.stdin.buffer.read() if str(args.file) == "-" else args.file.read_bytes()
        explained = explain(data)
    except (OSError, ValueError) as problem:
        raise Problem(f"{args.file}: {problem}") from None
    if args.json:
        print(json.dumps([asdict(item) for item in explained], ensure_ascii=False, indent=2))
    else:
        print(as_text(explained), end="")
    return 0 if all(item.valid for item in explained) else 1
