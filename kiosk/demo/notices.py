"""Generated notices of today, as portal JSON lines; no real project is among them (pure)."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from display.local_time import SHANGHAI

SEED = 20261123
PLACES = ("浑河北路", "浑河南岸", "新华大街", "望花区", "顺城区", "东洲区", "高湾新区", "月牙岛")
WORKS = (
    "道路维修工程施工",
    "慢行道路照明采购项目",
    "道路排水改造工程",
    "小学教学楼维修工程",
    "老旧小区改造工程监理",
    "社区卫生服务中心设备采购项目",
    "污水管网普查服务项目",
    "公园绿化养护服务项目",
    "交通信号设备采购项目",
    "防洪堤加固工程设计",
)
BUYERS = (
    "抚顺市城市建设投资有限公司",
    "抚顺市园林管理局",
    "抚顺市教育局",
    "抚顺市水务局",
    "抚顺市公安局交通警察支队",
)
AGENTS = ("辽宁诚信招标代理有限公司", "抚顺正达工程咨询有限公司", "沈阳同泽项目管理有限公司")
ROOMS = ("3 楼 302", "3 楼 305", "4 楼 401", "4 楼 406")
OPENED_BEFORE = timedelta(minutes=20)
OPENING_TODAY = {404: -OPENED_BEFORE, 413: timedelta(minutes=40), 422: timedelta(minutes=150)}
"""Tenders of days ago that are opened around the moment of the demo, whatever its hour: one is
running, one begins soon."""
DAYS_BACK = 12
PER_DAY = 5
BID_DOCUMENT = "招标文件.pdf"
BILL_OF_QUANTITIES = "工程量清单.pdf"
DRAWINGS = "图纸.zip"
LAST_HOUR = 17
"""Bids are opened in office hours; a demo in the evening has none left today."""


@dataclass(frozen=True, slots=True)
class _Type:
    """A type of notice with the portal's words and codes for it."""

    ending: str
    branch: str
    info: str
    code: str


WORK_TYPES = (
    _Type("招标公告", "工程建设", "招标/资审公告", "0101"),
    _Type("变更公告", "工程建设", "招标/资审文件澄清", "0105"),
    _Type("中标候选人公示", "工程建设", "交易结果公示", "0104"),
    _Type("中标结果公示", "工程建设", "交易结果公示", "0104"),
)
PURCHASE_TYPES = (
    _Type("公开招标公告", "政府采购", "采购/资审公告", "0201"),
    _Type("更正公告", "政府采购", "更正事项", "0204"),
    _Type("中标公告", "政府采购", "中标公告", "0202"),
    _Type("采购合同公告", "政府采购", "采购合同", "0203"),
)


def generate(now: datetime, files: str = "files") -> Iterator[dict[str, object]]:
    """Portal records around `now`: the same for the same minute, none of them in the future.

    `files` is the folder of their attachments, as it is named in the records.
    """
    chance = random.Random(SEED)
    today = now.astimezone(SHANGHAI).replace(second=0, microsecond=0)
    number = 400
    for back in range(DAYS_BACK, -1, -1):
        for place in range(PER_DAY):
            number += 1
            minutes = 5 + 17 * place + chance.randrange(10) if back == 0 else 60 * (place + 1)
            published = today - timedelta(days=back, minutes=minutes)
            record = _record(number, published, today, chance)
            if names := _attached(number, record):
                record["attachments"] = [
                    {"name": name, "file": f"{files}/{name}"} for name in names
                ]
            yield record


def _record(
    number: int, published: datetime, today: datetime, chance: random.Random
) -> dict[str, object]:
    work = WORKS[number % len(WORKS)]
    project = PLACES[number % len(PLACES)] + work
    purchase = "采购" in work or "服务" in work
    kinds = PURCHASE_TYPES if purchase else WORK_TYPES
    kind = chance.choices(kinds, weights=(5, 2, 2, 1))[0]
    if published.date() == today.date() and number % 2:
        kind = kinds[0]
    if number in OPENING_TODAY:
        kind = kinds[0]
    prefix = "FSCG" if purchase else "FSGC"
    tender_no = f"{prefix}-{published:%Y}-{number:04d}"
    buyer, agent = BUYERS[number % len(BUYERS)], AGENTS[number % len(AGENTS)]
    record: dict[str, object] = {
        "record_id": f"demo-{number:04d}",
        "title": project + kind.ending,
        "publish_date": f"{published:%Y-%m-%d %H:%M}",
        "region": "辽宁省抚顺市",
        "issuer": buyer,
        "agency": agent,
        "project_code": tender_no,
        "source_platform": "抚顺市公共资源交易中心（演示数据）",
        "business_type": kind.branch,
        "info_type": kind.info,
        "detail_url": "https://ggzy.example.cn/information/deal/html/a/210000/"
        f"{kind.code}/{published:%Y%m%d}/{number:08d}.html",
    }
    if kind in (WORK_TYPES[0], PURCHASE_TYPES[0]):
        opens = _opening(number, published, today)
        record["closes_at"] = record["opens_at"] = f"{opens:%Y-%m-%d %H:%M}"
        record["room"] = ROOMS[number % len(ROOMS)]
        record["budget"] = f"{chance.randrange(30, 900) * 10_000:,}.00 元"
    record["content_text"] = _body(project, buyer, agent, tender_no, kind, record)
    return record


def _attached(number: int, record: dict[str, object]) -> tuple[str, ...]:
    """Tenders have a bid document; works have more."""
    if "opens_at" not in record:
        return ()
    if record["business_type"] == PURCHASE_TYPES[0].branch:
        return (BID_DOCUMENT,) if number % 4 else ()
    return (BID_DOCUMENT, BILL_OF_QUANTITIES, DRAWINGS)[: 2 + number % 2]


def _opening(number: int, published: datetime, today: datetime) -> datetime:
    """In office hours: later today for some, as long as there is time, else in the next weeks."""
    if number in OPENING_TODAY:
        around = today.replace(minute=today.minute // 5 * 5) + OPENING_TODAY[number]
        if around.date() == today.date():
            return around
    soon = today.replace(minute=30 * (today.minute // 30)) + timedelta(
        minutes=30 * (2 + number % 5)
    )
    if number % 3 == 0 and soon.date() == today.date() and 9 <= soon.hour <= LAST_HOUR:
        return soon
    return today.replace(hour=9 + number % 6, minute=30) + timedelta(days=3 + number % 17)


def _body(
    project: str, buyer: str, agent: str, tender_no: str, kind: _Type, record: dict[str, object]
) -> str:
    if kind in (WORK_TYPES[0], PURCHASE_TYPES[0]):
        return "\n".join(
            (
                "一、项目条件",
                f"{project}（编号 {tender_no}）已由主管部门批准，{buyer}委托{agent}组织公开招标，"
                "资金来自财政资金并已落实。现邀请具备条件的单位参加。",
                "二、项目概况与范围",
                "内容包括现场勘察、材料供应、组织实施、质量检测和竣工资料整理，"
                "以及质量保证期内的维护。具体数量和技术要求见采购文件第三章。",
                f"预算金额：{record['budget']}。",
                "三、参加条件",
                "1. 具有独立承担民事责任的能力，营业执照在有效期内。",
                "2. 具有履行合同所需的设备和专业技术能力，近三年有一项以上类似业绩。",
                "3. 未被列入失信被执行人名单，未被列入政府采购严重违法失信行为记录名单。",
                "4. 本项目不接受联合体。",
                "四、文件获取",
                "自公告发布之日起在交易平台下载电子文件，不收取费用。",
                "五、递交与开标",
                f"递交截止和开标时间为 {record['opens_at']}，地点为 {record['room']}。"
                "逾期上传的文件不予接收。",
                "六、其他",
                "对文件有疑问的，应在截止时间十日前提出；答复以变更公告形式发布。"
                "请参加单位自行关注本平台，未及时查看造成的后果自负。",
                "七、联系方式",
                f"招标人：{buyer}",
                f"代理机构：{agent}",
            )
        )
    return "\n".join(
        (
            f"{project}（编号 {tender_no}）{kind.ending}如下。",
            "有关单位如有异议，请在规定期限内以书面形式向招标人或代理机构提出。",
            f"招标人：{buyer}",
            f"代理机构：{agent}",
        )
    )
