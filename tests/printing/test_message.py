"""IPP on the wire: golden bytes, round trips, hostile replies."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import Garbled, Refused, TryAgain
from devices.printer.address import http_address
from devices.printer.message import Attribute, Group, GroupTag, Message, Tag, Value
from devices.printer.operations import Operation, Requests, Status, accept, job_in, jobs_in
from devices.printer.reports import JobState


def field(tag: int, name: str, value: bytes) -> bytes:
    """An attribute, written out as in RFC 8010, section 3.1.4, by other means than the codec."""
    head = bytes([tag, *divmod(len(name), 256)]) + name.encode()
    return head + bytes(divmod(len(value), 256)) + value


START = (
    field(0x47, "attributes-charset", b"utf-8")
    + field(0x48, "attributes-natural-language", b"zh-cn")
    + field(0x45, "printer-uri", b"ipp://p/ipp/print")
)


def test_cancel_job_is_what_the_rfc_says() -> None:
    request = Requests("ipp://p/ipp/print", "mingtang-0").cancel_job(5, purge=False)
    assert request.to_bytes() == (
        bytes.fromhex("0101 0008 00000001 01")
        + START
        + field(0x21, "job-id", b"\x00\x00\x00\x05")
        + field(0x42, "requesting-user-name", b"mingtang-0")
        + b"\x03"
    )


def test_print_job_has_a_template_and_its_document_at_the_end() -> None:
    requests = Requests("ipp://p/ipp/print", "mingtang-0")
    requests.jobs()
    request = requests.print_job("mingtang-0-7", b"%PDF-", copies=1, media="iso_a4_210x297mm")
    assert request.to_bytes() == (
        bytes.fromhex("0101 0002 00000002 01")
        + START
        + field(0x42, "requesting-user-name", b"mingtang-0")
        + field(0x42, "job-name", b"mingtang-0-7")
        + field(0x49, "document-format", b"application/pdf")
        + b"\x02"
        + field(0x21, "copies", b"\x00\x00\x00\x01")
        + field(0x44, "media", b"iso_a4_210x297mm")
        + b"\x03%PDF-"
    )


def test_a_list_of_values_and_a_collection_are_read() -> None:
    """The `media-col` of RFC 8010, section 3.1.6, as its own members on the wire."""
    raw = (
        bytes.fromhex("0200 0000 00000001 04")
        + field(0x44, "printer-state-reasons", b"media-empty-error")
        + field(0x44, "", b"toner-low-warning")
        + field(0x34, "media-col", b"")
        + field(0x4A, "", b"media-color")
        + field(0x44, "", b"blue")
        + field(0x37, "", b"")
        + field(0x23, "printer-state", b"\x00\x00\x00\x05")
        + b"\x03"
    )
    message = Message.from_bytes(raw)
    (printer,) = message.groups_of(GroupTag.PRINTER)
    reasons = printer.find("printer-state-reasons")
    assert reasons.words() == ("media-empty-error", "toner-low-warning")
    assert printer.find("media-col").words() == ()
    assert printer.find("printer-state").integers() == (5,)
    assert message.version == (2, 0)
    assert message.to_bytes() == raw


def test_text_with_language_is_read_without_the_language() -> None:
    content = b"\x00\x05zh-cn" + struct.pack(">H", 6) + "纸".encode() * 2
    assert Attribute("job-name", (Value(Tag.NAME_WITH_LANGUAGE, content),)).words() == ("纸纸",)
    with pytest.raises(Garbled):
        Attribute("job-name", (Value(Tag.NAME_WITH_LANGUAGE, content[:-1]),)).words()


values = st.builds(Value, st.integers(0x10, 0xFF), st.binary(max_size=40))
attributes = st.builds(
    Attribute,
    st.text(st.characters(min_codepoint=33, max_codepoint=0x9FFF), min_size=1, max_size=12),
    st.lists(values, min_size=1, max_size=4).map(tuple),
)
groups = st.builds(
    Group, st.sampled_from(list(GroupTag)), st.lists(attributes, max_size=5).map(tuple)
)
messages = st.builds(
    Message,
    st.integers(0, 0xFFFF),
    st.integers(1, 0x7FFFFFFF),
    st.lists(groups, max_size=4).map(tuple),
    st.binary(max_size=50),
)


@given(messages)
def test_what_is_written_is_read_again(message: Message) -> None:
    assert Message.from_bytes(message.to_bytes()) == message
    assert str(message)


@given(messages, st.data())
def test_cut_or_changed_bytes_are_read_or_garbled_and_nothing_else(
    message: Message, data: st.DataObject
) -> None:
    raw = bytearray(message.to_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    del raw[data.draw(st.integers(0, len(raw))) :]
    try:
        read = Message.from_bytes(bytes(raw))
        jobs_in(read)
        job_in(read)
    except Garbled:
        pass


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes.fromhex("0101 0000 00000001"),
        bytes.fromhex("0301 0000 00000001 03"),
        bytes.fromhex("0101 0000 00000001 21 0001 61 0000 03"),
        bytes.fromhex("0101 0000 00000001 01 21 0000 0000 03"),
        bytes.fromhex("0101 0000 00000001 01 21 ffff 61 0000 03"),
        bytes.fromhex("0101 0000 00000001 01 21 0001 61 7fff 03"),
        bytes.fromhex("0101 0000 00000001 01 21 00"),
    ],
    ids=["nothing", "no end", "version 3", "no group", "no name", "negative", "too long", "cut"],
)
def test_a_hostile_reply_is_garbled(raw: bytes) -> None:
    with pytest.raises(Garbled):
        Message.from_bytes(raw)


def test_collections_nested_without_end_are_read_flat() -> None:
    raw = (
        bytes.fromhex("0101 0000 00000001 04")
        + field(0x34, "media-col", b"")
        + field(0x34, "", b"") * 20_000
        + b"\x03"
    )
    (printer,) = Message.from_bytes(raw).groups
    assert printer.find("media-col").words() == ()


def reply(code: int, *groups: Group, number: int = 1) -> bytes:
    return Message(code, number, groups).to_bytes()


def test_a_no_is_refused_with_its_name_and_without_the_printers_words() -> None:
    request = Requests("ipp://p/", "u").printer_attributes()
    said = Group(GroupTag.OPERATION, (Attribute("status-message", (Value(Tag.TEXT, b"title"),)),))
    with pytest.raises(Refused, match="document-format-not-supported") as problem:
        accept(request, reply(Status.DOCUMENT_FORMAT_NOT_SUPPORTED, said))
    assert "title" not in str(problem.value)
    with pytest.raises(TryAgain):
        accept(request, reply(Status.BUSY))
    with pytest.raises(Garbled, match="#2"):
        accept(request, reply(0, number=2))
    assert accept(request, reply(0x0001)).code == 1


def test_a_job_needs_a_number_and_a_state_that_exists() -> None:
    def job(*attributes: Attribute) -> Message:
        return Message(0, 1, (Group(GroupTag.JOB, attributes),))

    def number(name: str, value: int, tag: int = Tag.INTEGER) -> Attribute:
        return Attribute(name, (Value(tag, struct.pack(">i", value)),))

    assert job_in(job(number("job-id", 3), number("job-state", 9, Tag.ENUM))).state is (
        JobState.COMPLETED
    )
    for wrong in (
        job(),
        job(number("job-id", 0)),
        job(number("job-id", 3), number("job-state", 2, Tag.ENUM)),
        job(Attribute("job-id", (Value(Tag.INTEGER, b"\x01"),))),
        Message(0, 1, ()),
    ):
        with pytest.raises(Garbled):
            job_in(wrong)


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("ipp://printer/ipp/print", "http://printer:631/ipp/print"),
        ("ipps://192.0.2.7:8443/", "https://192.0.2.7:8443/"),
        ("ipp://[2001:db8::1]", "http://[2001:db8::1]:631/"),
    ],
)
def test_an_ipp_address_is_reached_over_http(uri: str, address: str) -> None:
    assert http_address(uri) == address


@pytest.mark.parametrize(
    "uri", ["http://printer/", "ipp:///x", "printer", "ipp://me@printer/", "ipp://p:99999/"]
)
def test_what_is_no_printers_address_is_refused(uri: str) -> None:
    with pytest.raises(ValueError):
        http_address(uri)


def test_operation_numbers_are_those_of_the_rfc() -> None:
    assert {each.name: each.value for each in Operation} == {
        "PRINT_JOB": 2,
        "CREATE_JOB": 5,
        "SEND_DOCUMENT": 6,
        "CANCEL_JOB": 8,
        "GET_JOB_ATTRIBUTES": 9,
        "GET_JOBS": 10,
        "GET_PRINTER_ATTRIBUTES": 11,
    }
