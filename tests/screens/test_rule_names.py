"""Rules of .kv files reach every class of their name, whatever module it is in."""

import ast
import re
from collections import defaultdict
from pathlib import Path

KIOSK = Path(__file__).parents[2] / "kiosk"
RULE = re.compile(r"^<([^>]+)>:", re.MULTILINE)


def ruled() -> set[str]:
    """Names of the classes that rules are written for."""
    found = set()
    for path in KIOSK.rglob("*.kv"):
        for heads in RULE.findall(path.read_text(encoding="utf-8")):
            found |= {head.strip().lstrip("-").partition("@")[0] for head in heads.split(",")}
    return found


def test_no_rule_reaches_a_class_of_the_same_name_elsewhere() -> None:
    classes = defaultdict(list)
    for path in KIOSK.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source).body if "kivy" in source else ():
            if isinstance(node, ast.ClassDef):
                classes[node.name].append(path.relative_to(KIOSK).as_posix())
    rules = ruled()
    assert {"PrimaryButton", "FileRow"} <= rules
    twice = {name: places for name, places in classes.items() if len(places) > 1 and name in rules}
    assert not twice
