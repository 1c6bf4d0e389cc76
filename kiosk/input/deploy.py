"""Building librime's dictionaries, once for each set of word lists: `python -m kiosk.input.deploy`.

It takes seconds and a process of its own, so that nothing of it stays in the terminal's.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
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
from kiosk.input.seal import is_whole, seal, sync

SCHEMAS = ("mingtang_confused", *Schema)
"""The first one's spellings serve the second one."""
SHARED = Path("/usr/share/rime-data")
PACKAGES = {"pinyin_simp": "rime-data-pinyin-simp", "stroke": "rime-data-stroke"}
PATIENCE_S = 120
EDITION = b"1"
"""Changes with what is made of the same lists."""
MAKING = "making-"
"""Begins the names of folders that are not finished."""


def lexicons(region: str, extra: Path | None) -> list[str]:
    """Word lists in order of preference: the centre's own, the region's places, the trade's.

    Raises RimeMissing where the centre's own cannot be read.
    """
    shipped = files("assets") / "input"
    texts = [_own_list(extra)] if extra is not None else []
    places = shipped / f"places-{region}.txt"
    if places.is_file():
        texts.append(places.read_text(encoding="utf-8"))
    return [*texts, (shipped / "terms.txt").read_text(encoding="utf-8")]


def deployed(cache: Path, lists: Sequence[str], shared: Path = SHARED) -> Path:
    """The folder with the dictionaries of these lists, as they were made; makes them if need be,
    within `cache`. Another process that does the same is waited for.

    Raises RimeMissing, with what to install or correct.
    """
    try:
        folder = cache / _digest(lists, shared)
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache):
            for left in cache.glob(f"{MAKING}*"):
                shutil.rmtree(left, ignore_errors=True)
            # librime reads them unchecked: from a damaged one it ends the whole process.
            if not is_whole(folder):
                _make(folder, lists, shared)
    except OSError as problem:
        raise RimeMissing(
            f"the keyboard's dictionaries cannot be made: {problem}; "
            f"make room on the disk, and let this user write to {cache}"
        ) from None
    return folder


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Keep other processes from making anything in `cache`; the end of this one lets them."""
    opened = os.open(cache, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _make(folder: Path, lists: Sequence[str], shared: Path) -> None:
    """Make the dictionaries in the place of all others, so that no loss of power leaves a part."""
    cache = folder.parent
    with tempfile.TemporaryDirectory(dir=cache, prefix=MAKING) as making:
        draft = Path(making) / "rime"
        draft.mkdir()
        _write_sources(draft, lists, shared)
        _compile(draft, shared)
        seal(draft)
        for old in cache.iterdir():
            if old.is_dir() and not old.name.startswith(MAKING):
                shutil.rmtree(old)
        draft.rename(folder)
        sync(cache)


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


def _own_list(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise RimeMissing(f"word list of the keyboard: {problem}") from None
    except UnicodeDecodeError as problem:
        raise RimeMissing(
            f"word list of the keyboard: save {path} as UTF-8 (its byte {problem.start} is none)"
        ) from None


def _table(name: str, shared: Path) -> str:
    """A table that Debian ships."""
    path = _table_file(name, shared)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise RimeMissing(f"{path} is damaged: reinstall {PACKAGES[name]}") from None


def _table_file(name: str, shared: Path) -> Path:
    path = shared / f"{name}.dict.yaml"
    if not path.is_file():
        raise RimeMissing(f"{path} is missing: install the Debian package {PACKAGES[name]}")
    return path


def _write_sources(folder: Path, lists: Sequence[str], shared: Path) -> None:
    pinyin = list(table(_table("pinyin_simp", shared)))
    strokes = table(_table("stroke", shared))
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
    """Let librime build its binary tables, and open them once: each in a process of its own."""
    _run("kiosk.input.deploy", folder, shared)
    _run("kiosk.input.rime", folder)


def _run(module: str, *folders: Path) -> None:
    command = [sys.executable, "-m", module, *map(str, folders)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
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
