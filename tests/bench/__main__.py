"""Run one bench or all, print a table, write build/bench/<name>.json."""

import argparse
import importlib
import json
import sys
from pathlib import Path

NAMES = ("search", "board", "terminal", "upload")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", help="search (20 minutes the first time, then 5), board, terminal"
    )
    parser.add_argument("--quick", action="store_true", help="fewer samples, where that helps")
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    args = parser.parse_args()
    for name in args.names or NAMES:
        if name not in NAMES:
            print(f"there is no bench {name}; there are: {', '.join(NAMES)}")
            return 2
        bench = importlib.import_module(f"tests.bench.{name}")
        figures: dict[str, float] = (
            bench.run_quickly() if args.quick and hasattr(bench, "run_quickly") else bench.run()
        )
        args.out.mkdir(parents=True, exist_ok=True)
        path = args.out / f"{name}.json"
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        print(f"{name}  ({path})")
        width = max(map(len, figures))
        for figure, value in figures.items():
            print(f"  {figure:<{width}}  {value:>12.4g}")
    return 0


sys.exit(main())
