"""A day of openings in every state, and the building they are in."""

from datetime import datetime, timedelta

from display.local_time import SHANGHAI
from display.notice import Category, Notice, NoticeKind
from kiosk.sync.site import Building, Room

ROOMS = (
    Room(key="201", name="2 楼 201", floor="2 楼", way="步梯或 1 号电梯"),
    Room(key="205", name="2 楼 205", floor="2 楼", way="步梯或 1 号电梯"),
    Room(key="301", name="3 楼 301", also=("第一开标室",), floor="3 楼", way="2 号电梯"),
    Room(key="302", name="3 楼 302", floor="3 楼", way="2 号电梯"),
    Room(key="303", name="3 楼 303", floor="3 楼", way="2 号电梯"),
)
BUILDING = Building(openings_note="评审专家请走一楼东侧专用通道。")


def opening(id: str, title: str, time: str, room: str, now: datetime, **more: object) -> Notice:
    """A tender that opens on the day of `now`, at a time of Shanghai."""
    hour, minute = map(int, time.split(":"))
    opens_at = now.astimezone(SHANGHAI).replace(hour=hour, minute=minute, second=0)
    fields = {
        "id": id,
        "kind": NoticeKind.TENDER,
        "category": Category.PROCUREMENT,
        "title": title,
        "published_at": now - timedelta(days=20),
        "tender_no": f"NO-{id}",
        "opens_at": opens_at,
        "room": room,
    }
    return Notice.model_validate({**fields, **more})


def day(now: datetime) -> list[Notice]:
    """Openings around 09:12: over, running, soon, later, moved twice, cancelled."""

    def amended(id: str, original: Notice, **more: object) -> Notice:
        later = {"published_at": now - timedelta(days=2), "kind": NoticeKind.AMENDMENT}
        return original.model_copy(update={"id": id, **later, **more})

    running = opening("a", "望花区学校食堂设备采购公开招标公告", "09:00", "2 楼 205", now)
    soon = opening("b", "浑河北路道路维修工程施工招标公告", "10:00", "3 楼 302", now)
    next_one = opening("c", "清原县卫生院影像设备采购公开招标公告", "10:30", "3 楼 303", now)
    later = opening("d", "东洲区老旧小区改造工程监理招标公告", "13:30", "2 楼 201", now)
    moved = opening("e", "新宾县乡村道路养护服务公开招标公告", "14:00", "3 楼 301", now)
    away = opening("f", "顺城区公园绿化养护服务公开招标公告", "15:00", "3 楼 302", now)
    ended = opening("g", "高湾新区污水管网普查服务招标公告", "15:30", "3 楼 303", now)
    over = opening("h", "新华大街交通信号设备采购招标公告", "08:00", "2 楼 201", now)
    return [
        *(running, soon, next_one, later, moved, away, ended, over),
        amended(
            "e2",
            moved,
            title="新宾县乡村道路养护服务更正公告",
            opens_at=moved.opens_at + timedelta(minutes=30),
        ),
        amended(
            "f2",
            away,
            title="顺城区公园绿化养护服务更正公告",
            opens_at=away.opens_at + timedelta(days=2, hours=-6),
        ),
        amended(
            "g2",
            ended,
            title="高湾新区污水管网普查服务终止公告",
            kind=NoticeKind.CANCELLATION,
            opens_at=None,
            room="",
        ),
    ]
