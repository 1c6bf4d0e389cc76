"""The terminal's store with 100,000 generated titles of 37 characters in the mean."""

import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from display.notice import Category, Notice, NoticeKind
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import Change, Page, Revision, notice_document
from tests.bench.measuring import milliseconds, percentile

TITLES = 100_000
QUERIES = 100
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PARTS = (
    "抚顺市 沈阳市 望花区 顺城区 东洲区 新抚区 清原县 新宾县 浑河 大伙房 高湾 月牙岛 新华大街 "
    "道路 排水 供热 燃气 照明 绿化 教学楼 卫生院 养老院 体育馆 停车场 污水管网 防洪堤 老旧小区 "
    "维修 改造 新建 扩建 施工 监理 设计 勘察 采购 租赁 维护 检测 工程 项目 服务 设备 一期 二期 "
    "第一标段 第二标段 公开招标 竞争性磋商 询价 招标公告 变更公告 中标公示 合同公告"
).split()


def run() -> dict[str, float]:
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "terminal.db"
        with TerminalStore(path) as store:
            titles = [_title(chance) for _ in range(TITLES)]
            began = time.perf_counter()
            for start in range(0, TITLES, 1000):
                store.apply_page("public-210400", _page(start, titles, chance), now=NOW)
            ingest_s = time.perf_counter() - began
            queries = [_query(titles, chance) for _ in range(QUERIES)]
            first = [
                milliseconds(lambda q=query: store.search(q, at=NOW, limit=20)) for query in queries
            ]
            filtered = [
                milliseconds(
                    lambda q=query: store.search(q, at=NOW, limit=20, category=Category.LAND)
                )
                for query in queries
            ]
            counted = [milliseconds(lambda q=query: store.count(q, at=NOW)) for query in queries]
            like = [
                milliseconds(
                    lambda q=query: store._database.conn.execute(
                        "SELECT doc FROM notices WHERE doc LIKE ? ORDER BY place DESC LIMIT 20",
                        [f"%{q}%"],
                    ).fetchall()
                )
                for query in queries[:20]
            ]
        size = path.stat().st_size
    return {
        "titles": TITLES,
        "ingest_per_s": TITLES / ingest_s,
        "store_bytes_per_title": size / TITLES,
        "first_page_p50_ms": percentile(first, 0.5),
        "first_page_p99_ms": percentile(first, 0.99),
        "first_page_filtered_p99_ms": percentile(filtered, 0.99),
        "count_p99_ms": percentile(counted, 0.99),
        "like_p99_ms": percentile(like, 0.99),
        "like_to_first_page_p99": percentile(like, 0.99) / percentile(first, 0.99),
    }


def _title(chance: random.Random) -> str:
    title = ""
    length = chance.gauss(37, 8)
    while len(title) < length:
        title += chance.choice(PARTS)
    return title


def _query(titles: list[str], chance: random.Random) -> str:
    title = chance.choice(titles)
    length = chance.randint(1, 8)
    start = chance.randrange(max(1, len(title) - length))
    return title[start : start + length]


def _page(start: int, titles: list[str], chance: random.Random) -> Page:
    changes = []
    for number in range(start, start + 1000):
        notice = Notice(
            id=f"n{number}",
            kind=NoticeKind.TENDER,
            category=chance.choice(list(Category)),
            title=titles[number],
            tender_no=f"FSGC-2026-{number:06d}",
            buyer="抚顺市城市建设投资有限公司",
            published_at=NOW - timedelta(seconds=60 * number),
        )
        document = notice_document(notice) | {"_rev": "1-a"}
        changes.append(
            Change(seq=str(number), id=notice.id, changes=(Revision(rev="1-a"),), doc=document)
        )
    return Page(
        results=tuple(changes), last_seq=str(start), pending=1, epoch="bench", server_time=NOW
    )
