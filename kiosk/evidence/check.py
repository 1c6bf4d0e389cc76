#!/usr/bin/env python3
"""Checks an export of a board's evidence: python3 check.py [FOLDER]

Needs nothing but Python 3.8 or later. Exit 0: whole. Exit 1: broken; every line says where.
检查大屏证据是否完整：python3 check.py [文件夹]。返回 0 表示完整，1 表示有损坏，并指出位置。
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

LOG = "log.jsonl"
SUMS = "SHA256SUMS"
INDEX = "pictures.csv"
"""For people, made of log and editions; exports of before have none."""
INDEX_HEAD = ("日期 day", "版本 version", "页 page", "内容 content", "图片文件 picture")
FORMULA = ("=", "+", "-", "@")
"""With these a cell begins that a spreadsheet would calculate."""
ALWAYS = (LOG, "report.pdf", "check.py", "README.txt")
KEYS = {"at", "board", "digest", "facts", "kind", "number", "previous"}
BEFORE_THE_FIRST = "0" * 64
EDITION_ID = re.compile(r"[0-9a-f]{16}")
DIGEST = re.compile(r"[0-9a-f]{64}")
SUM_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]+)")

canonical = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode


def beijing(at: str) -> str:
    """A time of the log as the report and the terminal tell it."""
    moment = datetime.strptime(at.replace("Z", "+0000"), "%Y-%m-%dT%H:%M:%S.%f%z")
    return f"{moment + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"


def index(made: list[dict[str, Any]], editions: dict[str, list[Any] | None]) -> bytes:
    """What leads a person from a day and a page to its picture, whose name is a digest.

    `made`: facts of the entries that say that an edition was made; the pages of each edition.
    """
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(INDEX_HEAD)
    for facts in made:
        pages = editions.get(str(facts.get("edition"))) or []
        for number, digest in enumerate(facts.get("pictures") or ()):
            line = str(pages[number].get("line", "")) if number < len(pages) else ""
            said = f" {line}" if line.startswith(FORMULA) else line
            place = (facts.get("day"), facts.get("version"), number + 1)
            table.writerow((*place, said, f"pictures/{digest}.png"))
    # Spreadsheets take a file without this mark for one in the PC's old encoding.
    return out.getvalue().encode("utf-8-sig")


class Checked:
    """What was found in a folder: `problems` empty means whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.count = 0
        self.first: dict[str, Any] = {}
        self.last: dict[str, Any] = {}
        self._bad: set[str] = set()
        self._named: set[str] = set(ALWAYS)
        self._pages: dict[str, list[Any] | None] = {}
        self._made_of: list[dict[str, Any]] = []
        self.sums = ""
        """SHA-256 of the list of digests, by which the terminal knows its exports."""
        log_is_whole = self._log()
        self._sums(log_is_whole)
        if log_is_whole and INDEX in self._named and not self._bad:
            self._index()
        if log_is_whole:
            for name in sorted(self._files() - self._named - {SUMS}):
                self.notes.append(f"{name} is not part of this export 不属于本次导出")

    def _problem(self, name: str, text: str) -> None:
        self._bad.add(name)
        self.problems.append(f"{name}{text}")

    def _read(self, name: str, why: str = "") -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            self._problem(name, f": is missing 缺失{why}")
        except OSError as problem:
            self._problem(name, f": cannot be read 无法读取: {problem.strerror}{why}")
        return None

    def _files(self) -> set[str]:
        found = self.folder.rglob("*")
        return {path.relative_to(self.folder).as_posix() for path in found if path.is_file()}

    def _log(self) -> bool:
        """Numbers, links and digests, line by line; it ends at the first that is broken."""
        try:
            with (self.folder / LOG).open("rb") as lines:
                for place, line in enumerate(lines, start=1):
                    flaw = self._flaw(line)
                    if flaw:
                        self._problem(LOG, f", line {place}{flaw}")
                        return False
                    self._references(self.last)
        except OSError as problem:
            self._problem(LOG, f": cannot be read 无法读取: {problem.strerror}")
            return False
        if not self.count:
            self._problem(LOG, ", line 1: there is no entry 没有记录")
        return bool(self.count)

    def _flaw(self, line: bytes) -> str:
        """What is wrong with the next line, or nothing: then it is `last`."""
        before = self.last
        due = f" (should be entry {before['number'] + 1})" if before else ""
        if not line.endswith(b"\n"):
            return f"{due}: the line has no end 行尾缺失"
        line = line[:-1]
        try:
            entry = json.loads(line.decode("utf-8"))
            if not isinstance(entry, dict) or set(entry) != KEYS:
                return f"{due}: this is not an entry 不是记录"
            if canonical(entry).encode("utf-8") != line:
                return f"{due}: the entry is not written as it was exported 记录写法被改动"
        except (ValueError, RecursionError):
            return f"{due}: this is not an entry 不是记录"
        number, previous = entry["number"], entry["previous"]
        if type(number) is not int or number < 1 or not isinstance(entry["facts"], dict):
            return f"{due}: this is not an entry 不是记录"
        where = f" (entry {number})"
        if before:
            if entry["board"] != before["board"]:
                return f"{where}: the entry belongs to another board 属于另一块屏"
            if number != before["number"] + 1:
                return (
                    f"{where}: entry {before['number'] + 1} should stand here; entries were taken "
                    "out, put in or moved 编号不连续"
                )
            if previous != before["digest"]:
                return f"{where}: it does not follow from the entry before it 与上一条不衔接"
        elif number == 1 and previous != BEFORE_THE_FIRST:
            return f"{where}: the first entry follows from nothing 首条记录不应有上一条"
        sealed = {key: value for key, value in entry.items() if key != "digest"}
        if hashlib.sha256(canonical(sealed).encode("utf-8")).hexdigest() != entry["digest"]:
            return f"{where}: it does not match its own digest 与自身摘要不符"
        self.first = self.first or entry
        self.last = entry
        self.count += 1
        return ""

    def _references(self, entry: dict[str, Any]) -> None:
        """The edition that an entry names, its pictures, and the page that was on air."""
        facts, why = entry["facts"], f" (entry {entry['number']})"
        if entry["kind"] == "decision" and "content" in facts:
            content = canonical(facts["content"]).encode("utf-8")
            if hashlib.sha256(content).hexdigest() != facts.get("arrangement"):
                self._problem(LOG, f"{why}: the arrangement does not match its digest 编排不符")
        edition = facts.get("edition")
        if edition is None:
            return
        if not isinstance(edition, str) or not EDITION_ID.fullmatch(edition):
            self._problem(LOG, f"{why}: names an edition by what is not an id 节目单编号不对")
            return
        name = f"editions/{edition}.json"
        is_made = entry["kind"] == "edition"
        if edition not in self._pages:
            self._pages[edition] = self._read_pages(edition, name, why)
            if not is_made:
                self._problem(LOG, f"{why}: no entry says that its edition was made 缺节目单记录")
        pages = self._pages[edition]
        if pages is None:
            return
        if is_made:
            self._made_of.append(facts)
            self._made(facts, name, pages, why)
        elif facts.get("showing") == "page":
            self._on_air(facts, name, pages, why)

    def _read_pages(self, edition: str, name: str, why: str) -> list[Any] | None:
        """The pages of an edition whose file is as it was made."""
        self._named.add(name)
        data = self._read(name, why)
        if data is None:
            return None
        if hashlib.sha256(data).hexdigest()[:16] != edition:
            self._problem(name, f": its content does not match its id 内容与编号不符{why}")
            return None
        try:
            pages = json.loads(data.decode("utf-8"))["pages"]
            for page in pages:
                page["notice_id"]
        except (ValueError, KeyError, TypeError):
            self._problem(name, f": this is not an edition 不是节目单{why}")
            return None
        return list(pages)

    def _made(self, facts: dict[str, Any], name: str, pages: list[Any], why: str) -> None:
        data = self._read(name, why)
        if data is not None and hashlib.sha256(data).hexdigest() != facts.get("text"):
            self._problem(name, f": its content does not match its entry 内容与记录不符{why}")
        if len(pages) != facts.get("pages"):
            self._problem(name, f": it has {len(pages)} pages, its entry says otherwise{why}")
        pictures = facts.get("pictures")
        if not pictures:
            if pages:
                self.notes.append(f"{name} was kept without pictures of its pages 未存页面图{why}")
            return
        if not isinstance(pictures, list) or len(pictures) != len(pages):
            self._problem(LOG, f"{why}: not one picture a page 页面图数目不对")
            return
        for page, digest in enumerate(pictures):
            self._picture(digest, f" (page {page + 1} of {name}{why})")

    def _picture(self, digest: Any, why: str) -> None:
        if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
            self._problem(LOG, f": names a picture by what is not a digest{why}")
            return
        name = f"pictures/{digest}.png"
        if name in self._named:
            return
        self._named.add(name)
        data = self._read(name, why)
        if data is not None and hashlib.sha256(data).hexdigest() != digest:
            self._problem(name, f": its content does not match its name 内容与文件名不符{why}")

    def _on_air(self, facts: dict[str, Any], name: str, pages: list[Any], why: str) -> None:
        page = facts.get("page")
        if type(page) is not int or not 0 <= page < len(pages):
            self._problem(LOG, f"{why}: shows a page that {name} does not have 没有这一页")
        elif pages[page]["notice_id"] != facts.get("notice"):
            self._problem(LOG, f"{why}: shows a page of another notice than {name} 公告不符")

    def _index(self) -> None:
        """The list of pictures against the log and the editions, of which it was made."""
        data = self._read(INDEX)
        if data is not None and data != index(self._made_of, self._pages):
            self._problem(INDEX, ": does not say what log and editions say 与记录和节目单不符")

    def _sums(self, log_is_whole: bool) -> None:
        """Every file against the list of digests, and the list against itself."""
        data = self._read(SUMS)
        if data is None:
            return
        self.sums = hashlib.sha256(data).hexdigest()
        lines = data.decode("utf-8", "replace").split("\n")
        if lines.pop() != "":
            self._problem(SUMS, f", line {len(lines) + 1}: the file does not end with a whole line")
        last, listed = "", set()
        for place, line in enumerate(lines, start=1):
            found = SUM_LINE.fullmatch(line)
            if found is None or ".." in found.group(2) or found.group(2).startswith("/"):
                self._problem(SUMS, f", line {place}: this is not a digest and a file 格式不对")
                continue
            digest, name = found.groups()
            if name <= last:
                self._problem(SUMS, f", line {place}: the files are not in order 次序不对")
            last = name
            listed.add(name)
            if name == INDEX:
                self._named.add(name)
            if log_is_whole and name not in self._named:
                self._problem(SUMS, f", line {place}: {name} is not part of this export 不属于导出")
            elif name not in self._bad:
                content = self._read(name, f" ({SUMS}, line {place})")
                if content is not None and hashlib.sha256(content).hexdigest() != digest:
                    self._problem(
                        name, f": is not as it was exported 与导出时不同 ({SUMS}, line {place})"
                    )
        for name in sorted(self._named - listed):
            self._problem(SUMS, f": does not list {name} 未列出该文件")


def main(arguments: list[str]) -> int:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    checked = Checked(folder)
    lines = [f"note 说明: {note}" for note in checked.notes]
    if checked.problems:
        lines += [f"BROKEN 有损坏: {problem}" for problem in checked.problems]
    else:
        first, last = checked.first, checked.last
        lines += [
            f"whole 完整: {checked.count} entries of board {last['board']}, "
            f"{first['number']} to {last['number']}",
            f"first 首条 {first['number']} {beijing(first['at'])} {first['digest']}",
            f"last  末条 {last['number']} {beijing(last['at'])} {last['digest']}",
            "Entries cut off before the first or after the last one cannot be seen here: compare "
            "both with the terminal's (mingtang board evidence --check NUMBER). "
            "首条之前、末条之后是否被截去，请把两条的编号和摘要与本机记录核对。",
            f"export 导出 {checked.sums}",
            f"report.pdf, README.txt and this program are covered by {SUMS} alone, which can be "
            "written anew: the terminal noted the digest above when it wrote this export (mingtang "
            "board evidence --check --export DIGEST). report.pdf、README.txt 和本程序只由 "
            f"{SUMS} 保护，而它可能被重写：请把上面的摘要与本机记录核对。",
        ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if checked.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
