"""Seeded notices for the search bench, and stores of them that are built once."""

import hashlib
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from display.notice import Category, Notice, NoticeKind
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import Change, Page, Revision, notice_document

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
FOLDER = Path("build/bench")
PAGE = 1000
CORPUS = 1
"""Goes up when `notices` gives others."""
SEED = 1
BODY_CHARACTERS = 2300
"""About 7 KB in UTF-8."""
PARTS = (
    "抚顺市 沈阳市 望花区 顺城区 东洲区 新抚区 清原县 新宾县 浑河 大伙房 高湾 月牙岛 新华大街 "
    "道路 排水 供热 燃气 照明 绿化 教学楼 卫生院 养老院 体育馆 停车场 污水管网 防洪堤 老旧小区 "
    "维修 改造 新建 扩建 施工 监理 设计 勘察 采购 租赁 维护 检测 工程 项目 服务 设备 一期 二期 "
    "第一标段 第二标段 公开招标 竞争性磋商 询价 招标公告 变更公告 中标公示 合同公告"
).split()
APART = ("轻轨", "林木")
"""Each in every sixth title, together in one of 30,000."""
SELDOM = ("龘", "鼋", "EPC", "PPP", "5G基站", "LED屏", "锅炉脱硫", "甪直")
"""Each in one title of 5,000."""
REGIONS = ("望花区", "顺城区", "东洲区", "新抚区", "抚顺县", "清原县", "新宾县", "沈抚新区")
_BUYERS = tuple(
    f"{place}{name}"
    for place in ("抚顺市", "望花区", "顺城区", "东洲区", "新抚区", "清原县")
    for name in (
        "城市建设投资有限公司",
        "教育局",
        "中心医院",
        "水务集团",
        "交通运输局",
        "农业农村局",
    )
)
_AGENTS = tuple(f"辽宁{name}工程咨询有限公司" for name in ("天成", "宏远", "中和", "瑞达", "信诚"))


def notices(count: int, *, bodies: bool = False) -> Iterator[Notice]:
    """Newest first, one a minute; of the same seed every time."""
    chance = random.Random(SEED)
    for number in range(count):
        published = NOW - timedelta(seconds=60 * number)
        kind = chance.choice(list(NoticeKind)[:4] + list(NoticeKind)[5:])
        yield Notice(
            id=f"n{number}",
            kind=kind,
            category=chance.choice(list(Category)),
            title=_title(chance, number),
            tender_no=f"FSGC-2026-{number:06d}",
            buyer=chance.choice(_BUYERS),
            agent=chance.choice(_AGENTS) if chance.random() < 0.5 else "",
            region=chance.choice(REGIONS),
            published_at=published,
            closes_at=published + timedelta(days=20) if kind is NoticeKind.TENDER else None,
            body="".join(_parts(chance, BODY_CHARACTERS)) if bodies else "",
        )


@dataclass(frozen=True, slots=True)
class Built:
    """How long a store took to make, without what the bench itself does."""

    fingerprint: str
    per_s: float
    """Notices a second, by the clock."""
    per_cpu_s: float
    """Notices a second of this process's time on a core."""
    merge_s: float


def store_path(count: int, *, bodies: bool = False) -> tuple[Path, Built]:
    """A store with that many notices; one that is there is kept if its corpus and schema fit."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"search-{count}{'-bodies' if bodies else ''}.db"
    done = path.with_suffix(".json")
    fingerprint = _fingerprint()
    if done.exists():
        built = Built(**json.loads(done.read_text(encoding="ascii")))
        if built.fingerprint == fingerprint:
            return path, built
    for old in (done, *FOLDER.glob(f"{path.name}*")):
        old.unlink(missing_ok=True)
    built = _build(path, count, bodies, fingerprint)
    done.write_text(json.dumps(asdict(built)), encoding="ascii")
    return path, built


def _build(path: Path, count: int, bodies: bool, fingerprint: str) -> Built:
    seconds = cpu = 0.0
    source = notices(count, bodies=bodies)
    with TerminalStore(path) as store:
        for start in range(0, count, PAGE):
            page = _page(list(islice(source, PAGE)), start, pending=count - start - PAGE)
            began, cpu_began = time.perf_counter(), time.thread_time()
            store.apply_page("public-210400", page, now=NOW)
            seconds += time.perf_counter() - began
            cpu += time.thread_time() - cpu_began
            if start % 50_000 == 0:
                print(f"{path.name}: {start} of {count}, {seconds:.0f} s", file=sys.stderr)
        began = time.perf_counter()
        store.purge()
        merge_s = time.perf_counter() - began
    return Built(fingerprint, count / seconds, count / cpu, merge_s)


def _fingerprint() -> str:
    """What decides whether a kept store fits: the corpus, and the tables that are searched."""
    with TemporaryDirectory() as folder, TerminalStore(Path(folder) / "terminal.db") as store:
        found = store._database.conn.execute(
            "SELECT sql FROM sqlite_master WHERE name IN"
            " ('notices', 'bodies', 'notice_index', 'body_index', 'body_texts') ORDER BY name"
        ).fetchall()
    return hashlib.sha256(repr((CORPUS, SEED, found)).encode()).hexdigest()


def _title(chance: random.Random, number: int) -> str:
    parts = _parts(chance, max(8, chance.gauss(35, 8)))
    place = chance.randrange(len(parts) + 1)
    draw = chance.random()
    if draw < 1 / 3:
        parts.insert(place, APART[draw < 1 / 6])
    if number % 30_000 == 29_999:
        parts += APART
    if chance.random() < len(SELDOM) / 5000:
        parts.insert(place, chance.choice(SELDOM))
    return "".join(parts)


def _parts(chance: random.Random, length: float) -> list[str]:
    parts: list[str] = []
    total = 0
    while total < length:
        parts.append(chance.choice(PARTS))
        total += len(parts[-1])
    return parts


def _page(found: list[Notice], start: int, *, pending: int) -> Page:
    changes = []
    for notice in found:
        document = notice_document(notice) | {"_rev": "1-a"}
        changes.append(
            Change(seq=notice.id, id=notice.id, changes=(Revision(rev="1-a"),), doc=document)
        )
    return Page(
        results=tuple(changes),
        last_seq=str(start),
        pending=max(0, pending),
        epoch="bench",
        server_time=NOW,
    )
