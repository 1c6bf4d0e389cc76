"""Whatever is done to an export, its checker says so and where."""

import ast
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.evidence import check
from kiosk.evidence.check import Checked

MARKED = {"log.jsonl": r"^log\.jsonl, line (\d+)", "SHA256SUMS": r"SHA256SUMS, line (\d+)"}


def files_of(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def write(path: Path, lines: list[str]) -> None:
    path.write_text("".join(lines), encoding="utf-8")


def run(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", str(folder / "check.py")]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_a_whole_export_is_whole(whole: Path) -> None:
    done = run(whole)
    assert done.returncode == 0, done.stdout + done.stderr
    last = json.loads(lines_of(whole / "log.jsonl")[-1])
    assert f"whole 完整: {last['number']} entries of board lobby" in done.stdout
    assert (
        f"last  末条 {last['number']} {check.beijing(last['at'])} {last['digest']}" in done.stdout
    )
    assert "cut off before the first or after the last one" in done.stdout


def test_the_digests_are_those_of_sha256sum(whole: Path) -> None:
    listed = dict(
        line.split("  ")[::-1] for line in (whole / "SHA256SUMS").read_text().split("\n")[:-1]
    )
    assert sorted(listed) == [name for name in files_of(whole) if name != "SHA256SUMS"]
    for name, digest in listed.items():
        assert hashlib.sha256((whole / name).read_bytes()).hexdigest() == digest


def test_the_checker_needs_nothing_but_python_3_8() -> None:
    source = Path(check.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert imported == {
        *(
            "__future__",
            "csv",
            "datetime",
            "hashlib",
            "io",
            "json",
            "re",
            "sys",
            "pathlib",
            "typing",
        )
    }
    for later in ("removeprefix", "removesuffix", "file_digest", "is_relative_to", "UTC"):
        assert later not in source


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_one_changed_byte_in_any_file_is_found(whole: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(files_of(whole)))
    path = whole / name
    before = path.read_bytes()
    place = data.draw(st.integers(0, len(before) - 1))
    changed = bytearray(before)
    changed[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    try:
        problems = Checked(whole).problems
    finally:
        path.write_bytes(before)
    assert problems
    assert any(name in problem for problem in problems)
    if name in MARKED and before[place] != 10:
        line = before[:place].count(b"\n") + 1
        told = [int(n) for problem in problems for n in re.findall(MARKED[name], problem)]
        assert any(abs(place - line) <= 1 for place in told), (line, problems)
    if name.startswith(("editions/", "pictures/")):
        assert any(re.search(r"\(entry \d+\)", problem) for problem in problems), problems


@pytest.mark.parametrize("place", [0, 1, 5, -1])
def test_a_line_removed(copy: Path, place: int) -> None:
    lines = lines_of(copy / "log.jsonl")
    gone = json.loads(lines.pop(place))["number"]
    write(copy / "log.jsonl", lines)
    done = run(copy)
    assert done.returncode == 1
    if place in (1, 5):
        assert (
            f"log.jsonl, line {gone} (entry {gone + 1}): entry {gone} should stand" in done.stdout
        )
    else:
        assert "log.jsonl: is not as it was exported" in done.stdout


def test_lines_swapped(copy: Path) -> None:
    lines = lines_of(copy / "log.jsonl")
    lines[6], lines[7] = lines[7], lines[6]
    write(copy / "log.jsonl", lines)
    assert "log.jsonl, line 7 (entry 8): entry 7 should stand here" in run(copy).stdout


def test_a_line_added(copy: Path) -> None:
    lines = lines_of(copy / "log.jsonl")
    write(copy / "log.jsonl", [*lines[:6], lines[5], *lines[6:]])
    assert "log.jsonl, line 7 (entry 6): entry 7 should stand here" in run(copy).stdout


def test_an_entry_forged_with_its_digest(copy: Path) -> None:
    """The forger computes the entry's digest anew; the next one tells."""
    lines = lines_of(copy / "log.jsonl")
    entry = json.loads(lines[6])
    entry["at"] = "2026-11-23T01:00:00.000000Z"
    del entry["digest"]
    entry["digest"] = hashlib.sha256(check.canonical(entry).encode()).hexdigest()
    lines[6] = check.canonical(entry) + "\n"
    write(copy / "log.jsonl", lines)
    assert "log.jsonl, line 8 (entry 8): it does not follow" in run(copy).stdout


def test_any_file_missing(whole: Path, tmp_path: Path) -> None:
    for number, name in enumerate(files_of(whole)):
        if name == "check.py":
            continue
        folder = Path(shutil.copytree(whole, tmp_path / str(number)))
        (folder / name).unlink()
        done = run(folder)
        assert done.returncode == 1
        assert re.search(
            rf"BROKEN 有损坏: {re.escape(name)}: (is missing|cannot be read)", done.stdout
        )


def test_a_forged_edition_with_all_its_digests(copy: Path) -> None:
    """Even with the file's name and the list of digests made anew, the entry tells."""
    old = next((copy / "editions").iterdir())
    forged = old.read_text(encoding="utf-8").replace("第1号", "第9号").encode()
    new_name = f"editions/{hashlib.sha256(forged).hexdigest()[:16]}.json"
    (copy / new_name).write_bytes(forged)
    old_name = f"editions/{old.name}"
    old.unlink()
    sums = (copy / "SHA256SUMS").read_text().splitlines(keepends=True)
    kept = [line for line in sums if old_name not in line]
    kept.append(f"{hashlib.sha256(forged).hexdigest()}  {new_name}\n")
    write(copy / "SHA256SUMS", sorted(kept, key=lambda line: line.split("  ")[1]))
    assert f"{old_name}: is missing 缺失 (entry 4)" in run(copy).stdout


def list_anew(copy: Path, name: str) -> None:
    """Put the digest that a file has now into the list."""
    digest = hashlib.sha256((copy / name).read_bytes()).hexdigest()
    sums = (copy / "SHA256SUMS").read_text()
    (copy / "SHA256SUMS").write_text(
        re.sub(rf"[0-9a-f]{{64}}  {re.escape(name)}\n", f"{digest}  {name}\n", sums)
    )


def sealed(copy: Path, change: "dict[str, object]", place: int) -> str:
    """What the checker says of a chain forged from `place` on, with every digest made anew."""
    previous = None
    lines = []
    for number, line in enumerate(lines_of(copy / "log.jsonl")):
        entry = json.loads(line)
        if number == place:
            entry["facts"].update(change)
        entry["previous"] = previous or entry["previous"]
        del entry["digest"]
        previous = entry["digest"] = hashlib.sha256(check.canonical(entry).encode()).hexdigest()
        lines.append(check.canonical(entry) + "\n")
    write(copy / "log.jsonl", lines)
    list_anew(copy, "log.jsonl")
    return run(copy).stdout


def test_an_edition_forged_with_its_entry(copy: Path) -> None:
    """Its name is its digest too, and the entries of its pages name it."""
    path = next((copy / "editions").iterdir())
    path.write_text(path.read_text(encoding="utf-8").replace("第1号", "第9号"), encoding="utf-8")
    list_anew(copy, f"editions/{path.name}")
    told = sealed(copy, {"text": hashlib.sha256(path.read_bytes()).hexdigest()}, 3)
    assert f"editions/{path.name}: its content does not match its id" in told


def test_a_log_written_otherwise(copy: Path) -> None:
    """The same entries with the same digests, but not the same bytes."""
    lines = lines_of(copy / "log.jsonl")
    lines[3] = json.dumps(json.loads(lines[3]), ensure_ascii=False) + "\n"
    write(copy / "log.jsonl", lines)
    list_anew(copy, "log.jsonl")
    told = run(copy).stdout
    assert "log.jsonl, line 4 (should be entry 4): the entry is not written as it was" in told


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[1:], "SHA256SUMS: does not list README.txt"),
        (
            lambda lines: [lines[1], lines[0], *lines[2:]],
            "SHA256SUMS, line 2: the files are not in",
        ),
        (lambda lines: [lines[0], *lines], "SHA256SUMS, line 2: the files are not in"),
        (lambda lines: [*lines[:-1], lines[-1].rstrip()], "SHA256SUMS, line 9: the file does not"),
        (lambda lines: [*lines, f"{'0' * 64}  ../x\n"], "this is not a digest and a file"),
        (lambda lines: [*lines, f"{'0' * 64}  x\n"], "x is not part of this export"),
    ],
)
def test_a_list_of_digests_that_was_changed(
    copy: Path, change: "Callable[[list[str]], list[str]]", said: str
) -> None:
    write(copy / "SHA256SUMS", change(lines_of(copy / "SHA256SUMS")))
    assert said in run(copy).stdout


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        ({}, 0, "whole 完整"),
        ({"page": 7}, 4, "(entry 5): shows a page that editions/"),
        ({"page": "0"}, 4, "(entry 5): shows a page that editions/"),
        ({"notice": "n9"}, 4, "(entry 5): shows a page of another notice"),
        ({"edition": "../../etc"}, 4, "(entry 5): names an edition by what is not an id"),
        ({"edition": "0" * 16}, 4, f"editions/{'0' * 16}.json: is missing"),
        ({"pictures": ["0" * 64] * 3}, 3, f"pictures/{'0' * 64}.png: is missing"),
        ({"pictures": ["0" * 64]}, 3, "not one picture a page"),
        ({"pictures": ["../x"] * 3}, 3, "names a picture by what is not a digest"),
        ({"pages": 4}, 3, "it has 3 pages, its entry says otherwise"),
        ({"text": "0" * 64}, 3, "its content does not match its entry"),
        ({"pictures": []}, 3, "was kept without pictures"),
    ],
)
def test_a_chain_that_is_whole_but_says_what_the_files_do_not(
    copy: Path, change: "dict[str, object]", place: int, said: str
) -> None:
    assert said in sealed(copy, change, place)


def test_other_files_are_told_and_harmless(copy: Path) -> None:
    (copy / "Thumbs.db").write_bytes(b"x")
    done = run(copy)
    assert (done.returncode, "Thumbs.db is not part of this export" in done.stdout) == (0, True)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\n", b"[]\n", b"{}\n", b"[" * 9999 + b"\n"])
def test_a_log_that_is_none(copy: Path, content: bytes) -> None:
    (copy / "log.jsonl").write_bytes(content)
    done = run(copy)
    assert done.returncode == 1
    assert "log.jsonl, line 1" in done.stdout
    assert not done.stderr


def test_an_export_of_before_without_the_list_of_pictures(copy: Path) -> None:
    (copy / "pictures.csv").unlink()
    assert "pictures.csv: is missing" in run(copy).stdout
    lines = [line for line in lines_of(copy / "SHA256SUMS") if "pictures.csv" not in line]
    write(copy / "SHA256SUMS", lines)
    assert run(copy).returncode == 0


def test_a_list_of_pictures_that_does_not_say_what_log_and_editions_say(copy: Path) -> None:
    table = copy / "pictures.csv"
    for old, new in (("第1号", "第9号"), ("pictures/", "pictures/x"), ("日期", "时间")):
        was = table.read_bytes()
        assert old in was.decode("utf-8-sig")
        table.write_bytes(was.replace(old.encode(), new.encode()))
        list_anew(copy, "pictures.csv")
        done = run(copy)
        assert done.returncode == 1
        assert "pictures.csv: does not say what log and editions say" in done.stdout
        table.write_bytes(was)
    list_anew(copy, "pictures.csv")
    assert run(copy).returncode == 0


def test_what_only_the_terminal_can_say_is_said(copy: Path) -> None:
    """A report that was written anew with the list of digests is another export."""

    def digest() -> str:
        done = run(copy)
        assert done.returncode == 0 and "report.pdf, README.txt and this program" in done.stdout
        (found,) = re.findall(r"^export 导出 ([0-9a-f]{64})$", done.stdout, re.MULTILINE)
        return str(found)

    before = digest()
    assert before == hashlib.sha256((copy / "SHA256SUMS").read_bytes()).hexdigest()
    (copy / "report.pdf").write_bytes(b"another report")
    list_anew(copy, "report.pdf")
    assert digest() != before
