import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import Garbled
from devices.led.bx_k_frames import (
    END,
    MAX_DATA,
    MAX_NOISE,
    MAX_PREAMBLE,
    START,
    Deframer,
    Frame,
    crc16,
    escape,
    unescape,
)

bytes_that_matter = st.lists(
    st.one_of(st.sampled_from([0xA5, 0xA6, 0x5A, 0x5B, 0x01, 0x02]), st.integers(0, 255)),
    max_size=60,
).map(bytes)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    option = draw(st.integers(0, 255))
    barcode = st.binary(min_size=16, max_size=16) if option & 1 else st.just(b"")
    return Frame(
        data=draw(bytes_that_matter),
        destination=draw(st.integers(0, 0xFFFF)),
        source=draw(st.integers(0, 0xFFFF)),
        reserved=draw(st.binary(min_size=3, max_size=3)),
        barcode_option=option,
        display_mode=draw(st.integers(0, 255)),
        device_type=draw(st.integers(0, 255)),
        version=draw(st.integers(0, 255)),
        barcode=draw(barcode),
        preamble=draw(st.integers(1, 9)),
    )


def deframe(stream: bytes, cuts: list[int]) -> list[Frame | Garbled]:
    deframer, found, at = Deframer(), [], 0
    for cut in [*sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]:
        found += deframer.feed(stream[at:cut])
        at = cut
    return found + deframer.finish()


def comparable(found: list[Frame | Garbled]) -> list[object]:
    return [(f.reason, f.raw) if isinstance(f, Garbled) else f for f in found]


def raw(found: Frame | Garbled) -> bytes:
    return found.raw if isinstance(found, Garbled) else found.to_bytes()


def test_crc_has_the_documented_check_value() -> None:
    assert crc16(b"123456789") == 0xBB3D


def test_every_documented_frame_is_read_and_rebuilt_or_refused(bx_k_vectors) -> None:
    assert len(bx_k_vectors) == 9
    for vector in bx_k_vectors:
        content = bytes.fromhex(vector["hex"])
        if vector["valid"]:
            frame = Frame.from_bytes(content)
            assert frame.to_bytes() == content
            assert frame.data[:2].hex().upper() == vector["group"] + vector["command"]
        else:
            with pytest.raises(Garbled) as refusal:
                Frame.from_bytes(content)
            assert "announces" in refusal.value.reason
            assert refusal.value.raw == content


def test_frames_of_picture_cards_are_refused(bx_5g_vectors) -> None:
    for vector in bx_5g_vectors:
        with pytest.raises(Garbled):
            Frame.from_bytes(bytes.fromhex(vector["hex"]))


def test_the_four_documented_escapes() -> None:
    assert escape(b"\xa5\xa6\x5a\x5b").hex(" ") == "a6 02 a6 01 5b 02 5b 01"
    assert unescape(bytes.fromhex("a6 02 a6 01 5b 02 5b 01")) == b"\xa5\xa6\x5a\x5b"


@given(bytes_that_matter)
def test_escaping_hides_both_marks_and_is_undone(data: bytes) -> None:
    escaped = escape(data)
    assert START not in escaped and END not in escaped
    assert unescape(escaped) == data


@given(frames())
def test_any_frame_round_trips(frame: Frame) -> None:
    assert Frame.from_bytes(frame.to_bytes()) == frame


@given(
    st.lists(st.one_of(frames().map(Frame.to_bytes), bytes_that_matter), max_size=5),
    st.lists(st.integers(0, 10_000), max_size=12),
)
def test_any_chunking_gives_the_same_and_loses_no_byte(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    found = deframe(stream, cuts)
    assert comparable(found) == comparable(deframe(stream, []))
    assert b"".join(raw(one) for one in found) == stream


@given(st.lists(st.tuples(bytes_that_matter, frames()), max_size=4), bytes_that_matter)
def test_noise_never_hides_the_next_frame(story: list[tuple[bytes, Frame]], end: bytes) -> None:
    stream = b"".join(noise + frame.to_bytes() for noise, frame in story) + end
    found = [f.data for f in deframe(stream, []) if isinstance(f, Frame)]
    wanted = [frame.data for _, frame in story]
    remaining = iter(found)
    assert all(data in remaining for data in wanted)


@given(frames(), st.data())
def test_one_changed_bit_is_never_a_valid_frame_with_other_content(frame, data) -> None:
    content = bytearray(frame.to_bytes())
    at = data.draw(st.integers(frame.preamble, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    for found in deframe(bytes(content), []):
        assert isinstance(found, Garbled)


def test_the_next_frame_is_found_after_one_cut_short() -> None:
    whole = Frame(data=b"\xa2\x00\x01\x00\x00").to_bytes()
    cut, found = Deframer().feed(whole[:15] + whole)
    assert isinstance(cut, Garbled) and "cut short" in cut.reason and cut.raw == whole[:15]
    assert isinstance(found, Frame) and found.to_bytes() == whole


@pytest.mark.parametrize("stuck", [b"\xa5", b"\x00", b"\xa5\x00"])
def test_a_stuck_line_fills_no_memory(stuck: bytes) -> None:
    deframer = Deframer()
    sizes = []
    for _ in range(200):
        found = deframer.feed(stuck * 100)
        sizes += [len(raw(one)) for one in found]
    assert max([*sizes, 0]) <= 2 * (MAX_DATA + 34) + MAX_PREAMBLE
    assert sum(len(held) for held in (deframer._body, deframer._noise)) <= MAX_NOISE
    assert deframer._preamble <= MAX_PREAMBLE


def test_a_frame_without_an_end_fills_no_memory() -> None:
    found = Deframer().feed(b"\xa5" + b"\x00" * 10_000)
    assert found[0].reason == "longer than any frame"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x01\x5a", "0 A5 in front"),
        (b"\xa5\xa5\x5a", "too few"),
        (b"\xa5\x01\x02", "does not end"),
        (b"\xa5\xa6\x07\x5a", "invalid escape A6 07"),
        (b"\xa5\x00\xa6\x5a", "invalid escape A6"),
    ],
)
def test_the_reason_is_told(content: bytes, reason: str) -> None:
    with pytest.raises(Garbled, match=reason):
        Frame.from_bytes(content)


def test_a_wrong_crc_and_an_unknown_check_mode_are_told() -> None:
    content = bytearray(Frame(data=b"\xa2\x00\x01\x00\x00").to_bytes())
    content[-2] ^= 0x01
    with pytest.raises(Garbled, match=r"CRC is .*, should be "):
        Frame.from_bytes(bytes(content))
    body = bytes.fromhex("01000080 00000000 0000 fe02 0000")
    body = body[:8] + b"\x01" + body[9:]
    sealed = b"\xa5" + escape(body + crc16(body).to_bytes(2, "little")) + b"\x5a"
    with pytest.raises(Garbled, match="check mode 01"):
        Frame.from_bytes(sealed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"data": bytes(MAX_DATA + 1)},
        {"reserved": b"\0"},
        {"barcode": bytes(16)},
        {"barcode_option": 1},
        {"preamble": 0},
        {"destination": 0x10000},
        {"device_type": 256},
    ],
)
def test_a_frame_that_cannot_be_is_not_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Frame(**{"data": b"", **wrong})


def test_a_frame_prints_its_command_but_not_its_text() -> None:
    frame = Frame(data=b"\xa3\x06\x01\x00\x00" + "公告".encode("gbk"), destination=7)
    assert str(frame) == "8000>0007 A3 06 type FE, 9 data bytes"
