# The card keeps local time without a zone.
# ruff: noqa: DTZ001

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.led.board import DailyTimer
from devices.led.bx_k_areas import Area, DynamicAreas, Mode, RunMode
from devices.led.bx_k_commands import (
    Brightness,
    BrightnessOfDay,
    CancelTimers,
    ClearScreen,
    Malformed,
    OtherRequest,
    Ping,
    Power,
    ReadParameters,
    ReadStatus,
    SetClock,
    SetTimers,
    build,
    from_bcd,
    to_bcd,
)
from devices.led.bx_k_files import (
    BlockReply,
    FileInfoReply,
    FileReply,
    ReadFile,
    ReadFileInfo,
    StartWrite,
    WriteBlock,
)
from devices.led.bx_k_frames import Frame
from devices.led.bx_k_parsing import parse_reply, parse_request
from devices.led.bx_k_replies import (
    ERRORS,
    Ack,
    Nack,
    OtherReply,
    ParametersReply,
    StatusReply,
)

moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)
areas = st.builds(
    Area,
    id=st.integers(0, 255),
    x=st.integers(0, 100).map(lambda value: value * 8),
    y=st.integers(0, 100),
    width=st.integers(1, 100).map(lambda value: value * 8),
    height=st.integers(1, 100),
    text=st.binary(max_size=20),
    mode=st.sampled_from(Mode),
    speed=st.integers(0, 0x18),
    stay=st.integers(0, 255),
    run_mode=st.sampled_from(RunMode),
    timeout_s=st.integers(0, 0xFFFF),
    single_line=st.booleans(),
    wrap=st.booleans(),
    extra=st.binary(max_size=3),
    x_in_pixels=st.booleans(),
    width_in_pixels=st.booleans(),
)
times = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
timers = st.lists(times, min_size=2, max_size=2, unique=True).map(
    lambda pair: DailyTimer(min(pair), max(pair))
)
names = st.integers(0, 999).map(lambda number: f"P{number:03}".encode())
u32 = st.integers(0, 2**32 - 1)
requests = st.one_of(
    st.builds(SetTimers, timers=st.lists(timers, min_size=1, max_size=3).map(tuple)),
    st.just(CancelTimers()),
    st.builds(StartWrite, name=names, length=u32, overwrite=st.booleans()),
    st.builds(
        WriteBlock,
        name=names,
        last=st.booleans(),
        number=st.integers(0, 0xFFFF),
        address=u32,
        content=st.binary(max_size=40),
    ),
    st.builds(ReadFileInfo, name=names),
    st.builds(ReadFile, name=names),
    st.sampled_from(
        [Ping(), ReadStatus(), ReadParameters(), ClearScreen(), Ping(reply_wanted=False)]
    ),
    st.builds(SetClock, local=moments),
    st.builds(Power, on=st.booleans()),
    st.builds(Brightness, level=st.integers(0, 15)),
    st.builds(BrightnessOfDay, levels=st.tuples(*[st.integers(0, 15)] * 48)),
    st.builds(
        DynamicAreas,
        areas=st.lists(areas, max_size=3).map(tuple),
        delete=st.lists(st.integers(0, 255), max_size=3).map(tuple),
    ),
    st.builds(DynamicAreas, areas=st.lists(areas, max_size=2).map(tuple), delete_all=st.just(True)),
)
replies = st.one_of(
    st.builds(BlockReply, address=u32, error=st.integers(0, 16)),
    st.builds(FileInfoReply, size=u32, crc=st.integers(0, 0xFFFF)),
    st.builds(FileReply, content=st.binary(max_size=40)),
    st.just(Ack()),
    st.builds(Nack, error=st.integers(1, 255)),
    st.builds(
        StatusReply,
        on=st.booleans(),
        brightness=st.integers(0, 15),
        clock=st.one_of(st.none(), moments),
    ),
    st.builds(
        ParametersReply,
        width=st.integers(0, 0xFFFF),
        height=st.integers(0, 0xFFFF),
        colours=st.integers(0, 255),
        baud=st.integers(0, 2**32 - 1),
    ),
)


def by_code(vectors, group: str, command: str) -> bytes:
    (found,) = (v for v in vectors if (v["group"], v["command"]) == (group, command))
    return Frame.from_bytes(bytes.fromhex(found["hex"])).data


@given(requests)
def test_any_request_round_trips(request) -> None:
    assert parse_request(request.to_bytes()) == request


@given(replies)
def test_any_reply_round_trips(reply) -> None:
    assert parse_reply(reply.to_bytes()) == reply


@given(st.binary(max_size=80))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    for parse in (parse_request, parse_reply):
        try:
            parse(data)
        except Malformed as refusal:
            assert str(refusal)


def test_the_documented_dynamic_area(bx_k_vectors) -> None:
    data = by_code(bx_k_vectors, "A3", "06")
    request = parse_request(data)
    assert request == DynamicAreas(
        areas=(
            Area(
                id=0,
                x=0,
                y=0,
                width=128,
                height=32,
                text="欢迎光临".encode("gbk"),
                mode=Mode.STATIC,
                speed=2,
                stay=10,
                timeout_s=10,
                single_line=False,
            ),
        )
    )
    assert request.to_bytes() == data


def test_the_documented_clock_and_ping(bx_k_vectors) -> None:
    clock = SetClock(local=datetime(2013, 1, 25, 11, 17, 26))
    assert clock.to_bytes() == by_code(bx_k_vectors, "A2", "03")
    assert Ping().to_bytes() == by_code(bx_k_vectors, "A2", "00")


def test_the_documented_ack_and_nack(bx_k_vectors) -> None:
    assert Ack().to_bytes() == by_code(bx_k_vectors, "A0", "00")
    nack = parse_reply(by_code(bx_k_vectors, "A0", "01"))
    assert isinstance(nack, Nack) and nack.error == 5 and "CRC" in nack.meaning


def test_the_other_documented_requests_rebuild(bx_k_vectors) -> None:
    for command in ("05", "06"):
        data = by_code(bx_k_vectors, "A1", command)
        request = parse_request(data)
        assert type(request) is {"05": StartWrite, "06": WriteBlock}[command]
        assert request.to_bytes() == data


def test_the_command_that_erases_fonts_is_recognised_and_never_built() -> None:
    request = parse_request(bytes.fromhex("A100010000"))
    assert isinstance(request, OtherRequest) and "erases fonts" in request.name
    with pytest.raises(ValueError, match="never sent"):
        request.to_bytes()
    with pytest.raises(ValueError, match="never sent"):
        build(0xA1, 0x00, b"", True, bytes(2))


def test_status_puts_the_weekday_before_the_hour() -> None:
    status = StatusReply(on=True, brightness=9, clock=datetime(2026, 11, 22, 8, 30, 5))
    assert status.to_bytes().hex(" ") == "a1 82 00 00 00 01 09 26 20 11 22 07 08 30 05"
    assert SetClock(local=datetime(2026, 11, 22, 8, 30, 5)).payload().hex(" ") == (
        "26 20 11 22 08 30 05 07"
    )


def test_every_error_code_has_a_meaning() -> None:
    assert sorted(ERRORS) == list(range(1, 17))
    assert "not documented" in Nack(error=99).meaning


def test_unknown_replies_are_kept() -> None:
    reply = parse_reply(bytes.fromhex("A18C000000AABB"))
    assert isinstance(reply, OtherReply) and reply.to_bytes().hex() == "a18c000000aabb"


def test_bcd() -> None:
    assert [to_bcd(value) for value in (0, 9, 10, 59, 99)] == [0, 0x09, 0x10, 0x59, 0x99]
    assert all(from_bcd(to_bcd(value)) == value for value in range(100))
    with pytest.raises(ValueError):
        to_bcd(100)
    with pytest.raises(Malformed):
        from_bcd(0x1A)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("A2 00", "at least 5"),
        ("A2 00 07 00 00", "reply wanted is 07"),
        ("A2 00 01 00 00 FF", "expected 0"),
        ("A2 03 01 08 00 26 20 13 01 00 00 00 01", "month"),
        ("A2 03 01 08 00 26 20 11 23 00 00 00 02", "weekday 02"),
        ("A3 00 01 00 00 03", "expected 01 or 02"),
        ("A3 02 01 00 00 01 10", "level 16"),
        ("A3 02 01 00 00 03 10", "neither"),
        ("A3 06 01 00 00 02 01", "too few"),
        ("A3 01 01 00 00 01 08 00", "expected 5"),
        ("A3 01 01 00 00 01 18 00 08 00", "not later"),
        ("A3 01 01 00 00 01 08 00 24 00", "hour"),
        ("A3 01 01 00 00 00", "1 to 3"),
        ("A1 05 01 00 00 01 50 30 30", "expected 9"),
        ("A1 05 01 00 00 02 50 30 30 30 00 00 00 00", "overwrite 02"),
        ("A1 06 01 00 00 50 30 30 30 01 00 00 02 00 00 00 00 00 AA", "2 announced"),
        ("A1 0A 01 00 00 50 30 30 2E", "four letters"),
        ("A3 06 01 00 00 00 01 05 00 00", "ends before"),
        ("A3 06 01 00 00 00 00 00", "after the last area"),
        ("A3 06 01 00 00 00 01 02 00 00 00", "too few"),
    ],
)
def test_a_layout_that_does_not_fit_is_refused_with_the_reason(data: str, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        parse_request(bytes.fromhex(data))


def test_lengths_in_units_of_eight_pixels() -> None:
    area = Area(
        id=1, x=16, y=3, width=64, height=16, text=b"", x_in_pixels=False, width_in_pixels=False
    )
    assert area.to_bytes()[1:9].hex(" ") == "02 00 03 00 08 00 10 00"
    with pytest.raises(ValueError, match="multiple of 8"):
        Area(id=1, x=15, y=0, width=8, height=16, text=b"", x_in_pixels=False).to_bytes()


@pytest.mark.parametrize("wrong", [{"speed": 0x19}, {"stay": 256}, {"x": -1}, {"timeout_s": 65536}])
def test_an_area_that_cannot_be_is_not_made(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Area(**{"id": 0, "x": 0, "y": 0, "width": 8, "height": 8, "text": b"", **wrong})
