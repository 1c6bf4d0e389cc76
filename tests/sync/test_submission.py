"""The contract of handing in: digests, numbers, signatures, receipts, codes."""

import base64
import hashlib
import random
import re
from datetime import UTC, datetime, timedelta

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kiosk.sync.authorisation import (
    Authorisation,
    Expired,
    NotYetValid,
    sign_authorisation,
    verify_authorisation,
)
from kiosk.sync.contract import UnreadableDocument
from kiosk.sync.errors import ReceiptDoubtful
from kiosk.sync.receipt import (
    check_receipt,
    make_receipt,
    read_receipt,
    read_short,
    receipt_number,
    sign_receipt,
)
from kiosk.sync.signatures import BadSignature, KeySet, UnknownKey, public_key, sign, verify
from kiosk.sync.submission import (
    FormContent,
    HandedFile,
    Manifest,
    Receipt,
    Role,
    Submitter,
    is_submission_id,
    read_manifest,
    submission_id,
)
from tests.sync.handing_in import ZHANG, content, form, handed, manifest, new_id

NOW = datetime(2026, 3, 17, 4, 0, 0, 123456, tzinfo=UTC)
SECRET = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
"""RFC 8037 appendix A.1."""
KEY = Ed25519PrivateKey.from_private_bytes(SECRET)
KEYS = KeySet(keys=(public_key(KEY),))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_the_key_is_written_and_named_as_in_the_rfc():
    key = public_key(KEY)
    assert key.x == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"  # RFC 8037 A.2
    assert "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".startswith(key.kid)  # RFC 8037 A.3


def test_a_signature_is_checked_by_another_program_s_arithmetic():
    token = sign("kind", b'{"a":1}', KEY)
    header, payload, signature = token.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    KEY.public_key().verify(raw, f"{header}.{payload}".encode())
    assert verify("kind", token, KEYS) == {"a": 1}


def test_the_digest_is_the_same_on_every_machine():
    data = content(100, 1)
    whole = manifest(handed(data), tender_no="GC-1", form=form(amount="12.50", lots=[1, 2]))
    written = (
        '{"files":[{"media_type":"application/pdf","name":"投标文件.pdf","sha256":"'
        + hashlib.sha256(data).hexdigest()
        + '","size":100}],"form":{"form":"bidder-registration","values":{"amount":"12.50",'
        '"lots":[1,2]},"version":1},"notice_id":"r1","role":"bidder","submitter":'
        '{"name":"张三丰","number":"110101199003077758","unit":"东山建设","way":"card"},'
        '"tender_no":"GC-1","terminal":"lobby-1","title":"东山路道路改造工程"}'
    )
    assert whole.digest == hashlib.sha256(written.encode()).hexdigest()


def test_an_older_program_reads_and_digests_what_a_newer_one_sends():
    """Both ways: a field that is not used is as if there were none."""

    class NewerFile(HandedFile):
        pages: int = 0

    class NewerSubmitter(Submitter):
        telephone: str = ""

    class NewerManifest(Manifest):
        lot: str = ""
        submitter: NewerSubmitter
        files: tuple[NewerFile, ...] = ()

    class NewerReceipt(Receipt):
        lot: str = ""

    whole = manifest(handed(content(10, 1)), form=form(a="1"))
    newer = NewerManifest.model_validate_json(whole.written())
    assert read_manifest(newer.written()) == whole
    assert (newer.digest, newer.masked_digest) == (whole.digest, whole.masked_digest)
    assert b"authorisation" not in whole.written(), "unknown to servers of before 2026-12"
    id = new_id(1, NOW)
    said = make_receipt(newer, id, number="7KQ4-92WM-DXHE", received_at=NOW)
    signed = sign_receipt(NewerReceipt(**said.model_dump(), lot="2"), KEY)
    assert check_receipt(signed, whole, id, KEYS) == said


def test_the_masked_digest_lets_nobody_try_names_or_numbers():
    whole = manifest(handed(content(10, 1)))
    for change in ({"name": "张十四"}, {"number": "1" + 16 * "2" + "8"}):
        other = whole.submitter.model_copy(update=change)
        assert whole.model_copy(update={"submitter": other}).masked_digest == whole.masked_digest


def test_a_renewed_upload_is_the_same_submission():
    file = handed(content(10, 1))
    whole = manifest(file)
    renewed = whole.with_uploads({file.sha256: "http://x/v1/uploads/2"})
    assert renewed.files[0].upload and renewed.digest == whole.digest
    assert renewed.masked_digest == whole.masked_digest != whole.digest


@pytest.mark.parametrize(
    "change",
    [
        {"terminal": "lobby-2"},
        {"role": Role.AGENCY},
        {"title": "另一工程"},
        {"notice_id": "r2"},
        {"form": form(a="1")},
        {"submitter": ZHANG.model_copy(update={"number": "110101199003077750"})},
        {"files": (handed(content(10, 2)),)},
    ],
)
def test_anything_else_is_another_submission(change):
    whole = manifest(handed(content(10, 1)))
    assert whole.model_copy(update=change).digest != whole.digest


def test_a_manifest_travels_whole():
    whole = manifest(handed(content(10, 1)), form=form(items=[{"名称": "甲", "n": 1, "ok": None}]))
    assert read_manifest(whole.model_dump_json().encode()) == whole


@pytest.mark.parametrize(
    "wrong",
    [
        {"files": ()},
        {"notice_id": ""},
        {"files": (handed(b"a"), handed(b"a", "b.pdf"))},
        {"public_terminal": False},
        {"more": 1},
        {"terminal": ""},
        {"title": "a\nb"},
    ],
)
def test_what_is_no_submission_is_refused(wrong):
    with pytest.raises(ValidationError):
        manifest(**{"files": (handed(b"a"),), **wrong})


@pytest.mark.parametrize(
    "value", [1.5, "\ud800", 2**60, b"x", [[[[[[[[[["deep"]]]]]]]]]], {1: "a"}]
)
def test_values_that_another_program_would_read_otherwise_are_refused(value):
    with pytest.raises(ValidationError):
        FormContent(form="a", version=1, values={"v": value})


@pytest.mark.parametrize("name", ["a/b.pdf", "..\\x", "a\x00.pdf", "a\nb", "", "a" * 256])
def test_a_file_name_is_no_path_and_has_no_control_characters(name):
    with pytest.raises(ValidationError):
        handed(b"a", name)


def test_a_refusal_names_fields_and_no_values():
    with pytest.raises(UnreadableDocument) as caught:
        read_manifest(b'{"terminal": "t", "submitter": {"name": "ZHANGSAN", "number": "11 22"}}')
    assert "submitter.number" in str(caught.value)
    assert "ZHANGSAN" not in str(caught.value) and "11 22" not in str(caught.value)


def test_nothing_prints_a_person():
    whole = manifest(handed(b"a"), form=form(phone="13800001111"))
    for text in (repr(whole), str(whole), f"{whole.submitter}"):
        assert "张三丰" not in text and ZHANG.number not in text and "13800001111" not in text
    with pytest.raises(ValidationError) as caught:
        Submitter(name="张三丰", number="bad number", way="card")
    assert "bad number" not in str(caught.value) and "张三丰" not in str(caught.value)


def test_a_receipt_s_number_uses_all_its_chance_and_no_letter_that_is_misread():
    numbers = {receipt_number(random.Random(i).randbytes(8)) for i in range(2000)}
    assert len(numbers) == 2000
    assert all(
        re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", n) for n in numbers
    )
    assert {n[0] for n in numbers} == {n[-1] for n in numbers} == set("".join(numbers)) - {"-"}


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_submission_s_id_is_a_uuid_of_version_7(milliseconds, chance):
    id = submission_id(milliseconds, chance)
    assert is_submission_id(id)
    assert int(id.replace("-", "")[:12], 16) == milliseconds


def _receipt(*files, **more):
    whole = manifest(*(files or (handed(b"a"),)), **more)
    id = new_id(1, NOW)
    receipt = make_receipt(whole, id, number="7KQ4-92WM-DXHE", received_at=NOW)
    return whole, id, receipt, sign_receipt(receipt, KEY)


def test_a_receipt_is_proven_with_its_submission():
    whole, id, receipt, signed = _receipt()
    assert check_receipt(signed, whole, id, KEYS) == receipt
    assert receipt.received_at == NOW.replace(microsecond=0)
    assert (receipt.by, receipt.number_mask) == ("张**", "1****************8")
    short = read_short(signed.short, KEYS)
    assert (short.number, short.submission) == (receipt.number, id)
    assert short.received_at == receipt.received_at
    assert short.files_digest == receipt.files_digest


def test_a_receipt_holds_no_name_and_no_number():
    _, _, _, signed = _receipt()
    for token in (signed.token, signed.short):
        payload = base64.urlsafe_b64decode(token.split(".")[1] + "==").decode()
        assert "三丰" not in payload and ZHANG.number not in payload


def test_the_short_receipt_fits_a_code_that_a_phone_reads():
    files = [handed(bytes([i]), f"{'很长的文件名' * 20}{i}.pdf") for i in range(100)]
    _, _, _, signed = _receipt(*files, tender_no="标" * 300, notice_id="r1", terminal="t" * 100)
    assert segno.make_qr(signed.short, error="m").version <= 30
    _, _, _, usual = _receipt(tender_no="E4205000001001234001")
    assert segno.make_qr(usual.short, error="m").version <= 17


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_any_byte_of_a_receipt_that_changes_unproves_it(place, change):
    _, _, _, signed = _receipt()
    for token, read in ((signed.token, read_receipt), (signed.short, read_short)):
        header, payload, signature = token.split(".")
        parts = [base64.urlsafe_b64decode(part + "==") for part in (header, payload, signature)]
        at = place % sum(map(len, parts))
        for number, part in enumerate(parts):
            if at < len(part):
                parts[number] = part[:at] + bytes([part[at] ^ change]) + part[at + 1 :]
                break
            at -= len(part)
        altered = ".".join(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts)
        with pytest.raises(BadSignature):
            read(altered, KEYS)


@pytest.mark.parametrize("token", ["", "a.b.c", "x" * 500, "é.ü.ß", "..", "e30.e30.e30"])
def test_what_is_no_token_is_said_to_be_none(token):
    with pytest.raises(BadSignature):
        read_receipt(token, KEYS)


def test_a_token_of_one_kind_is_not_taken_for_another():
    _, _, _, signed = _receipt()
    with pytest.raises(BadSignature, match="something else"):
        read_receipt(signed.short, KEYS)
    with pytest.raises(BadSignature, match="something else"):
        verify_authorisation(signed.short, KEYS, NOW)


def test_a_key_of_another_centre_proves_nothing():
    whole, id, _, signed = _receipt()
    with pytest.raises(UnknownKey):
        check_receipt(signed, whole, id, KeySet(keys=(public_key(OTHER),)))
    posing = public_key(OTHER).model_copy(update={"kid": public_key(KEY).kid})
    with pytest.raises(ReceiptDoubtful):
        check_receipt(signed, whole, id, KeySet(keys=(posing,)))


@pytest.mark.parametrize(
    "change",
    [
        {"title": "另一工程"},
        {"by": "李**"},
        {"terminal": "x"},
        {"files": ()},
        {"content": "0" * 64},
        {"submission": "0195a000-0000-7000-8000-000000000000"},
    ],
)
def test_a_genuine_receipt_for_something_else_is_doubtful(change):
    whole, id, receipt, _ = _receipt()
    signed = sign_receipt(receipt.model_copy(update=change), KEY)
    with pytest.raises(ReceiptDoubtful):
        check_receipt(signed, whole, id, KEYS)


def test_the_two_forms_of_a_receipt_belong_together():
    whole, id, receipt, signed = _receipt()
    other = sign_receipt(receipt.model_copy(update={"number": "0000-0000-0000"}), KEY)
    with pytest.raises(ReceiptDoubtful, match="QR"):
        check_receipt(signed.model_copy(update={"short": other.short}), whole, id, KEYS)


def _authorisation(**more):
    fields = {
        "id": "0123456789abcdef",
        "unit": "东山市政建设工程咨询有限公司",
        "credit_code": "91350100M000100Y43",
        "name": "张三丰",
        "role": Role.BIDDER,
        "issued_at": NOW.replace(microsecond=0),
        "expires_at": NOW.replace(microsecond=0) + timedelta(days=30),
        **more,
    }
    return Authorisation.model_validate(fields)


def test_an_authorisation_holds_from_its_issue_until_its_end():
    given_ = _authorisation()
    code = sign_authorisation(given_, KEY)
    assert verify_authorisation(f" {code}\r\n", KEYS, NOW) == given_
    last = given_.expires_at - timedelta(seconds=1)
    assert verify_authorisation(code, KEYS, last) == given_
    with pytest.raises(Expired):
        verify_authorisation(code, KEYS, given_.expires_at)
    with pytest.raises(NotYetValid):
        verify_authorisation(code, KEYS, NOW - timedelta(seconds=1))
    assert "张三丰" not in repr(given_)
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", code), "a scanner types it as a keyboard would"


@pytest.mark.parametrize("code", ["91350100M000100Y4", "91350100m000100y43", "9135 100M000100Y43"])
def test_a_credit_code_has_18_characters(code):
    with pytest.raises(ValidationError):
        _authorisation(credit_code=code)


def test_only_the_centre_authorises():
    code = sign_authorisation(_authorisation(), OTHER)
    with pytest.raises(UnknownKey):
        verify_authorisation(code, KEYS, NOW)


def test_manifest_is_frozen():
    with pytest.raises(ValidationError):
        manifest(handed(b"a")).title = "x"  # type: ignore[misc]
    assert isinstance(manifest(handed(b"a")), Manifest)
