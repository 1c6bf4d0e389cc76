"""From the data of a BX-K frame to the request or reply that it carries (pure)."""

from devices.led.bx_k_areas import DynamicAreas
from devices.led.bx_k_commands import (
    NO_REPLY,
    REPLY_WANTED,
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
    Request,
    SetClock,
    SetTimers,
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
from devices.led.bx_k_replies import Ack, Nack, OtherReply, ParametersReply, Reply, StatusReply

_REQUESTS: dict[tuple[int, int], type[Request]] = {
    (kind.GROUP, kind.COMMAND): kind
    for kind in (
        Ping,
        ReadStatus,
        ReadParameters,
        SetClock,
        Power,
        Brightness,
        DynamicAreas,
        ClearScreen,
        SetTimers,
        CancelTimers,
        StartWrite,
        WriteBlock,
        ReadFileInfo,
        ReadFile,
    )
}
_REPLIES: dict[tuple[int, int], type[Reply]] = {
    (kind.GROUP, kind.COMMAND): kind
    for kind in (
        Ack,
        Nack,
        StatusReply,
        ParametersReply,
        BlockReply,
        FileInfoReply,
        FileReply,
    )
}


def parse_request(data: bytes) -> Request:
    """The request in the data of a frame. Raises Malformed with the reason."""
    if len(data) < 5:
        raise Malformed(f"request of {len(data)} bytes, at least 5 expected")
    group, command, wanted = data[0], data[1], data[2]
    reserved, payload = data[3:5], data[5:]
    if wanted not in (REPLY_WANTED, NO_REPLY):
        raise Malformed(f"reply wanted is {wanted:02X}, expected 01 or 02")
    reply_wanted = wanted == REPLY_WANTED
    kind = _REQUESTS.get((group, command))
    if kind is None:
        return OtherRequest(
            group=group,
            command=command,
            content=payload,
            reply_wanted=reply_wanted,
            reserved=reserved,
        )
    if kind is Brightness and payload[:1] != b"\x01":
        if payload[:1] != b"\x02":
            raise Malformed("brightness: neither 01 nor 02 in front")
        kind = BrightnessOfDay
    return kind.from_payload(payload, reply_wanted, reserved)


def parse_reply(data: bytes) -> Reply:
    """The reply in the data of a frame. Raises Malformed with the reason."""
    if len(data) < 5:
        raise Malformed(f"reply of {len(data)} bytes, at least 5 expected")
    group, command, error = data[0], data[1], data[2]
    reserved, payload = data[3:5], data[5:]
    kind = _REPLIES.get((group, command))
    if kind is None:
        return OtherReply(
            group=group, command=command, content=payload, error=error, reserved=reserved
        )
    return kind.from_payload(payload, error, reserved)
