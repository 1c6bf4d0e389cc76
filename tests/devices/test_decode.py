import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from devices.led.bx_k_frames import Frame
from devices.led.captures import read_capture
from devices.led.decode import as_text, explain

PING = Frame(data=bytes.fromhex("A200010000")).to_bytes()
ACK = Frame(data=bytes.fromhex("A000000000"), destination=0x8000, source=1, preamble=9).to_bytes()


def test_the_documented_dynamic_area_is_explained(bx_k_vectors) -> None:
    vector = bx_k_vectors[0]
    (found,) = explain(bytes.fromhex(vector["hex"]))
    assert (found.valid, found.name, found.offset, found.direction) == (
        True,
        "dynamic areas",
        0,
        None,
    )
    assert found.hex == vector["hex"]
    assert found.fields["to"] == "FFFE"
    (area,) = found.fields["areas"]
    assert (area["text"], area["width"], area["mode"], area["timeout_s"]) == (
        "欢迎光临",
        128,
        "static",
        10,
    )


def test_every_vector_is_valid_or_not_with_the_reason(bx_k_vectors) -> None:
    for vector in bx_k_vectors:
        (found,) = explain(vector["hex"].encode())
        assert found.valid == vector["valid"]
        assert bool(found.reason) != found.valid
        assert bool(found.name) == found.valid


def test_binary_with_noise_between() -> None:
    noise, frame, cut, second = explain(b"\x00\xff" + PING + PING[:20] + ACK)
    assert (noise.offset, noise.valid, noise.reason) == (0, False, "noise between frames")
    assert (frame.offset, frame.valid, frame.name) == (2, True, "ping")
    assert (cut.offset, cut.valid) == (2 + len(PING), False)
    assert (second.offset, second.name, second.fields["from"]) == (
        2 + len(PING) + 20,
        "ack",
        "0001",
    )


@pytest.mark.parametrize(
    "text",
    [
        PING.hex(),
        PING.hex(" ").upper(),
        "# 问卡\n" + PING.hex(" ", 4) + "  # ping\n\n",
        "\n".join(f"0x{byte:02X}," for byte in PING),
        PING.hex(":").replace(":", "\r\n"),
        " ".join(f"{byte:x}" for byte in PING),
        "0x" + PING.hex(),
    ],
)
def test_hex_text_in_many_hands(text: str) -> None:
    assert read_capture(text.encode()) == [(None, PING)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A5 A5\nA5 hello", "line 2: 'hello'"),
        ("A5 A51", "odd number"),
        ("000000.001 TX   0000  A5 A5\nwhat", "line 2: not a line"),
        ("000000.001 TX   nothing", "line 1: no bytes"),
        ("000000.001 RX   0000  ZZ ZZ", "line 1: the bytes"),
    ],
)
def test_a_text_that_breaks_off_its_form_names_the_line(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_capture(text.encode())


def test_nothing_is_nothing() -> None:
    assert explain(b"") == [] and as_text([]) == "no bytes\n"


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_explained_completely_or_refused(data: bytes) -> None:
    binary = b"\xff" + data
    found = explain(binary)
    assert bytes.fromhex(" ".join(item.hex for item in found)) == binary
    assert as_text(found)


@pytest.mark.parametrize("option", ["", "&color", "&all"])
def test_a_tape_made_by_pyserial(tmp_path, station, option: str) -> None:
    tape = tmp_path / "tape.txt"
    url = f"spy://{station.path}?file={tape}{option}"
    station.single_bytes = True
    with serial.serial_for_url(url, baudrate=57600, timeout=1) as port:
        port.reset_input_buffer()
        for request in (PING, Frame(data=bytes.fromhex("A20A010000")).to_bytes()):
            port.write(request[:7])
            port.write(request[7:])
            while not port.read(1).endswith(b"\x5a"):
                pass
        port.write(PING[:-1])
        port.formatter.output.close()
        port.formatter.output = open(tmp_path / "rest.txt", "w")  # noqa: SIM115, PTH123
    port.formatter.output.close()
    found = explain(tape.read_bytes())
    assert [(item.direction, item.name) for item in found if item.valid] == [
        ("TX", "ping"),
        ("RX", "ack"),
        ("TX", "read parameters"),
        ("RX", "parameters"),
    ]
    assert found[3].fields["width"] == 192 and found[3].fields["baud"] == 57600
    (last,) = (item for item in found if not item.valid)
    assert "ends in the middle" in last.reason
    offsets = [item.offset for item in found]
    lengths = [len(bytes.fromhex(item.hex)) for item in found]
    assert offsets == [sum(lengths[:at]) for at in range(5)]


def test_the_directions_of_a_tape_are_told_apart() -> None:
    def rows(label: str, data: bytes) -> list[str]:
        return [
            f"000000.001 {label:4} {at:04X}  {data[at : at + 16].hex(' ').upper():<49} ...."
            for at in range(0, len(data), 16)
        ]

    sent, received = rows("TX", PING), rows("RX", ACK)
    tape = [sent[0], received[0], "000000.002 Q-RX reset_input_buffer", sent[1], *received[1:]]
    first, second = explain("\n".join(tape).encode())
    assert (first.direction, first.name, first.offset) == ("TX", "ping", 0)
    assert (second.direction, second.name, second.offset) == ("RX", "ack", 16)


def test_text_for_people() -> None:
    frame = Frame(data=bytes.fromhex("A001030000"), destination=0x8000, source=1, preamble=9)
    text = as_text(explain(frame.to_bytes() + b"\x01"))
    assert "valid   nack" in text and "error: 3: busy" in text
    assert "00000020 -- INVALID noise between frames" in text.replace("0000001F", "00000020")


def test_the_command_that_erases_fonts_is_named() -> None:
    (found,) = explain(Frame(data=bytes.fromhex("A100010000")).to_bytes())
    assert found.valid and "erases fonts" in found.name
    (other,) = explain(Frame(data=bytes.fromhex("A177010000")).to_bytes())
    assert other.name == "unknown request A1 77"


def test_a_valid_frame_with_a_wrong_layout_is_not_valid() -> None:
    (found,) = explain(Frame(data=bytes.fromhex("A300010000 05")).to_bytes())
    assert not found.valid and "expected 01 or 02" in found.reason and found.fields["to"] == "0001"


def test_reads_the_virtual_boards_own_log() -> None:
    log = (
        '{"direction": "in", "hex": "A5 A5 A5 A5 A5 A5 A5 A5 01 00 00 80 00 00 00 00 00 00 FE 02'
        ' 05 00 A2 00 01 00 00 68 F8 5A", "texts": []}\n'
        '{"direction": "out", "hex": "A5 A5 A5 A5 A5 A5 A5 A5 A5 00 80 FE FF 00 00 00 00 00 00 FE'
        ' 02 05 00 A0 00 00 00 00 14 AC 5A"}\n'
    )
    told = explain(log.encode())
    assert [(item.direction, item.name, item.valid) for item in told] == [
        ("TX", "ping", True),
        ("RX", "ack", True),
    ]
    with pytest.raises(ValueError, match="line 2"):
        explain(log.splitlines()[0].encode() + b"\n{}\n")
