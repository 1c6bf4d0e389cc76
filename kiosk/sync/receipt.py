"""Signing receipts, and proving them without a network (pure)."""

import base64
from datetime import UTC, datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, ValidationError

from devices.idcard.identity import masked_name, masked_number
from kiosk.sync.errors import ReceiptDoubtful
from kiosk.sync.signatures import BadSignature, KeySet, check_age, sign, verify
from kiosk.sync.submission import Manifest, Receipt, ReceiptFile, SignedReceipt, canonical_json

RECEIPT = "mingtang-receipt"
"""``typ`` of the whole receipt."""
SHORT_RECEIPT = "mingtang-receipt-short"
"""``typ`` of the one in the QR code."""

NUMBER_BYTES = 8
"""Random bytes for the number of one receipt, of which 60 bits are used."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which are misread or misheard."""
_NUMBER_LENGTH = 12
_SHORT = 60
"""Characters of `tender_no` and terminal in the QR code; longer ones are cut."""


class ShortReceipt(BaseModel):
    """What stands in the QR code, under one letter each: a phone must read the code off paper."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    n: str
    """Number."""
    s: str
    """Submission: the 16 bytes of its UUID in base64url."""
    t: int
    """Received, in seconds since 1970 UTC."""
    p: str = ""
    """`tender_no`."""
    w: str
    """Terminal."""
    b: str
    """By: masked name."""
    m: str
    """Masked number."""
    f: str
    """`files_digest`: 32 bytes in base64url."""

    @property
    def number(self) -> str:
        return self.n

    @property
    def submission(self) -> str:
        return str(UUID(bytes=_decoded(self.s)))

    @property
    def received_at(self) -> datetime:
        return datetime.fromtimestamp(self.t, UTC)

    @property
    def files_digest(self) -> str:
        return _decoded(self.f).hex()


def receipt_number(chance: bytes) -> str:
    """Spell random bytes as ``7KQ4-92WM-DXHE``; `NUMBER_BYTES` of them."""
    if len(chance) != NUMBER_BYTES:
        raise ValueError(f"needs {NUMBER_BYTES} random bytes")
    rest, letters = int.from_bytes(chance), []
    for _ in range(_NUMBER_LENGTH):
        rest, index = divmod(rest, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return "-".join("".join(letters[at : at + 4]) for at in range(0, _NUMBER_LENGTH, 4))


def make_receipt(
    manifest: Manifest, submission: str, *, number: str, received_at: datetime
) -> Receipt:
    """Write the receipt of a manifest; the time is cut to the second."""
    return Receipt(
        number=number,
        submission=submission,
        received_at=received_at.astimezone(UTC).replace(microsecond=0),
        terminal=manifest.terminal,
        role=manifest.role,
        tender_no=manifest.tender_no,
        title=manifest.title,
        form="" if manifest.form is None else manifest.form.form,
        by=masked_name(manifest.submitter.name),
        number_mask=masked_number(manifest.submitter.number),
        files=tuple(
            ReceiptFile(name=file.name, size=file.size, sha256=file.sha256)
            for file in manifest.files
        ),
        content=manifest.masked_digest,
    )


def sign_receipt(receipt: Receipt, key: Ed25519PrivateKey) -> SignedReceipt:
    """Sign a receipt in both its forms; the same receipt and key give the same signatures."""
    short = ShortReceipt(
        n=receipt.number,
        s=_encoded(UUID(receipt.submission).bytes),
        t=int(receipt.received_at.timestamp()),
        p=receipt.tender_no[:_SHORT],
        w=receipt.terminal[:_SHORT],
        b=receipt.by,
        m=receipt.number_mask,
        f=_encoded(bytes.fromhex(receipt.files_digest)),
    )
    return SignedReceipt(
        token=sign(
            RECEIPT, canonical_json(receipt.model_dump(mode="json", exclude_defaults=True)), key
        ),
        short=sign(SHORT_RECEIPT, canonical_json(short.model_dump(exclude_defaults=True)), key),
    )


def read_receipt(token: str, keys: KeySet) -> Receipt:
    """Prove and read a whole receipt. Raises `signatures.BadSignature`."""
    payload = verify(RECEIPT, token, keys)
    try:
        receipt = Receipt.model_validate_json(canonical_json(payload))
    except ValidationError:
        raise BadSignature("the centre signed it, but this program is too old to read it") from None
    check_age(token, keys, receipt.received_at)
    return receipt


def read_short(token: str, keys: KeySet) -> ShortReceipt:
    """Prove and read the text of a receipt's QR code. Raises `signatures.BadSignature`."""
    payload = verify(SHORT_RECEIPT, token, keys)
    try:
        short = ShortReceipt.model_validate(payload)
        _ = short.submission, short.files_digest, short.received_at
    except (ValidationError, ValueError, OverflowError, OSError):
        raise BadSignature("the centre signed it, but this program is too old to read it") from None
    check_age(token, keys, short.received_at)
    return short


def check_receipt(
    signed: SignedReceipt, manifest: Manifest, submission: str, keys: KeySet
) -> Receipt:
    """Prove that a receipt is for just this submission; only then is it delivered.

    Raises ReceiptDoubtful, and `signatures.UnknownKey` where newer keys may help.
    """
    try:
        receipt, short = read_receipt(signed.token, keys), read_short(signed.short, keys)
    except BadSignature as problem:
        if type(problem) is not BadSignature:
            raise
        raise ReceiptDoubtful(f"the receipt: {problem}") from None
    wanted = make_receipt(
        manifest, submission, number=receipt.number, received_at=receipt.received_at
    )
    differing = [
        name for name in Receipt.model_fields if getattr(receipt, name) != getattr(wanted, name)
    ]
    if differing:
        raise ReceiptDoubtful(f"the receipt names another {differing[0]}")
    if differences(short, receipt):
        raise ReceiptDoubtful("the receipt's QR code belongs to another receipt")
    return receipt


def differences(short: ShortReceipt, receipt: Receipt) -> tuple[str, ...]:
    """Name what a QR code says otherwise than a whole receipt."""
    pairs = {
        "number": (short.number, receipt.number),
        "submission": (short.submission, receipt.submission),
        "received_at": (short.received_at, receipt.received_at),
        "tender_no": (short.p, receipt.tender_no[:_SHORT]),
        "terminal": (short.w, receipt.terminal[:_SHORT]),
        "by": (short.b, receipt.by),
        "number_mask": (short.m, receipt.number_mask),
        "files": (short.files_digest, receipt.files_digest),
    }
    return tuple(name for name, (one, other) in pairs.items() if one != other)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
