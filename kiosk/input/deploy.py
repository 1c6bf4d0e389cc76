"""Building librime's dictionaries, once for each set of word lists: `python -m kiosk.input.deploy`.

It takes seconds and a process of its own, so that nothing of it stays in the terminal's.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

from kiosk.input.lexicon import (
    BadTerm,
    best_readings,
    pinyin_dictionary,
    stroke_dictionary,
    table,
)
from kiosk.input.method import Schema
from kiosk.input.rime_api import (
    DEPLOY_CONFIG_FILE,
    DEPLOY_SCHEMA,
    DEPLOYER_INITIALIZE,
    SETUP,
    WARNINGS,
    Library,
    RimeMissing,
    traits,
)

SCHEMAS = ("mingtang_confused", *Schema)
"""The first one's spellings serve the second one."""
SHARED = Path("/usr/share/rime-data")
PACKAGES = {"pinyin_simp": "rime-data-pinyin-simp", "stroke": "rime-data-stroke"}
PATIENCE_S = 120
EDITION = b"1"
"""Changes with what is made of the same lists."""


def lexicons(region: str, extra: Path | None) -> list[str]:
    """Word lists in order of preference: the centre's own, the region's places, the trade's."""
    shipped = files("assets") / "input"
    texts = [extra.read_text(encoding="utf-8")] if extra is not None else []
    places = shipped / f"places-{region}.txt"
    if places.is_file():
        texts.append(places.read_text(encoding="utf-8"))
    return [*texts, (shipped / "terms.txt").read_text(encoding="utf-8")]


def deployed(cache: Path, lists: Sequence[str], shared: Path = SHARED) -> Path:
    """The folder with the dictionaries of these lists; makes it if need be, within `cache`.

    Raises RimeMissing, with what to install or correct.
    """
    folder = cache / _digest(lists, shared)
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="making-") as making:
        draft = Path(making) / "rime"
        draft.mkdir()
        _write_sources(draft, lists, shared)
        _compile(draft, shared)
        for old in cache.iterdir():
            if old.is_dir() and not old.name.startswith("making-"):
                shutil.rmtree(old)
        draft.rename(folder)
    return folder


def _digest(lists: Iterable[str], shared: Path) -> str:
    seal = hashlib.sha256(EDITION)
    for text in lists:
        seal.update(text.encode() + b"\0")
    for entry in _schemas():
        seal.update(entry.read_bytes())
    for name in PACKAGES:
        seal.update(_table_file(name, shared).read_bytes())
    return seal.hexdigest()[:16]


def _schemas() -> list[Path]:
    shipped = Path(str(files("assets") / "input"))
    return [shipped / "default.yaml", *(shipped / f"{name}.schema.yaml" for name in SCHEMAS)]


def _table_file(name: str, shared: Path) -> Path:
    path = shared / f"{name}.dict.yaml"
    if not path.is_file():
        raise RimeMissing(f"{path} is missing: install the Debian package {PACKAGES[name]}")
    return path


def _write_sources(folder: Path, lists: Sequence[str], shared: Path) -> None:
    pinyin = list(table(_table_file("pinyin_simp", shared).read_text(encoding="utf-8")))
    strokes = table(_table_file("stroke", shared).read_text(encoding="utf-8"))
    try:
        words = pinyin_dictionary("mingtang", "pinyin_simp", lists, best_readings(pinyin))
    except BadTerm as problem:
        raise RimeMissing(f"word list of the keyboard: {problem}") from None
    (folder / "mingtang.dict.yaml").write_text(words, encoding="utf-8")
    characters = stroke_dictionary("mingtang_stroke", strokes, pinyin)
    (folder / "mingtang_stroke.dict.yaml").write_text(characters, encoding="utf-8")
    for schema in _schemas():
        shutil.copyfile(schema, folder / schema.name)


def _compile(folder: Path, shared: Path) -> None:
    """Let librime build its binary tables, in a process of its own."""
    command = [sys.executable, "-m", "kiosk.input.deploy", str(folder), str(shared)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            # In the terminal's own process this is set for its window.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
    except subprocess.TimeoutExpired:
        raise RimeMissing(f"librime built no dictionary within {PATIENCE_S} s") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        raise RimeMissing(f"librime could not build its dictionary: {last}")


def main(folder: Path, shared: Path) -> None:
    """Compile the sources in `folder` into `folder/build`."""
    library = Library()
    staging = folder / "build"
    where = traits(shared=shared, user=folder, staging=staging, log_level=WARNINGS)
    library.call(SETUP, where)
    library.call(DEPLOYER_INITIALIZE, where)
    library.call(DEPLOY_CONFIG_FILE, b"default.yaml", b"config_version")
    for schema in SCHEMAS:
        if not library.call(DEPLOY_SCHEMA, bytes(folder / f"{schema}.schema.yaml")):
            raise RimeMissing(f"schema {schema} does not compile")
    tables = ("mingtang.table", "mingtang_stroke.table", *(f"{name}.prism" for name in SCHEMAS))
    for name in tables:
        if not (staging / f"{name}.bin").is_file():
            raise RimeMissing(f"librime did not write {name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
