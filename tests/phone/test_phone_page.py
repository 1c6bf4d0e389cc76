"""The page over real HTTP: who gets it, what it takes, and what is left when it closes."""

import asyncio
import hashlib
import logging
import os
import socket
import ssl
import time
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kiosk.phone.door import PER_ADDRESS
from kiosk.phone.page import Place
from kiosk.phone.pipe import HELD, Closed, Pipe
from kiosk.phone.receiving import GRACE_S
from kiosk.phone.serving import HEAD_S
from kiosk.phone.visit import Limits, Outcome
from tests.phone.conftest import LIMITS, line_to

MARKER = b"MARKER-of-a-visitor-8d1f"


def outcomes(phone) -> list[tuple[str, Outcome]]:
    return [(each.name_shown, each.outcome) for each in phone.page.arrivals()]


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_files_come_encrypted_into_the_store(phone):
    url = phone.open().url
    page = phone.call("GET", url)
    assert page.status_code == 200
    assert "把文件传到自助终端" in page.text
    content = os.urandom(1_500_000) + MARKER
    back = phone.send(url, ("报价单.pdf", content), ("b.txt", MARKER), ("empty.txt", b""))
    assert back.status_code == 200
    assert [each.status_code for each in back.history] == [303]
    assert "报价单.pdf" in back.text
    assert outcomes(phone) == [
        ("报价单.pdf", Outcome.ARRIVED),
        ("b.txt", Outcome.ARRIVED),
        ("empty.txt", Outcome.ARRIVED),
    ]
    staged = phone.page.arrivals()[0].staged
    assert (staged.name, staged.size) == ("报价单.pdf", len(content))
    assert staged.sha256 == hashlib.sha256(content).hexdigest()
    with phone.open_store() as store:
        with store.open_staged(staged) as reader:
            assert reader.read() == content
        assert len(store.staged()) == 3
    assert MARKER not in on_disk(phone.folder)


def test_english_for_a_phone_in_english(phone):
    page = phone.call("GET", phone.open().url, headers={"Accept-Language": "en-GB,zh;q=0.1"})
    assert "Send files to the terminal" in page.text


def test_addresses_are_random_and_each_is_good_for_one_opening(phone):
    first = phone.open().url
    assert len(first.split("/")[3]) >= 22
    second = phone.open().url
    assert first.split("/")[3] != second.split("/")[3]
    gone = first.replace(first.split("/")[2], second.split("/")[2])
    assert phone.call("GET", gone).status_code == 404
    assert phone.call("GET", second).status_code == 200


def test_any_other_path_is_not_found(phone):
    url = phone.open().url
    root = "/".join(url.split("/")[:3]) + "/"
    for path in ("", "x/", "index.html", "favicon.ico", "%2e%2e/", "?a=b"):
        assert phone.call("GET", root + path).status_code == 404
    assert not phone.page.called


def test_a_second_phone_is_refused(phone):
    url = phone.open().url
    assert phone.call("GET", url).status_code == 200
    assert phone.call("GET", url, client="127.0.0.2").status_code == 403
    assert phone.send(url, ("a.txt", b"a"), client="127.0.0.2").status_code == 403
    assert outcomes(phone) == []
    assert phone.send(url, ("a.txt", b"a")).status_code == 200


def test_other_sites_cannot_send(phone):
    url = phone.open().url
    for headers in (
        {"Host": "evil.example"},
        {"Host": "localhost"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert phone.send(url, ("a.txt", b"a"), headers=headers).status_code == 404
    assert outcomes(phone) == []


def test_its_own_form_can_send(phone):
    url = phone.open().url
    origin = "/".join(url.split("/")[:3])
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    assert phone.send(url, ("a.txt", b"a"), headers=headers).status_code == 200
    assert phone.call("DELETE", url).status_code == 405


def test_what_is_not_said_to_caches_and_other_sites(phone):
    page = phone.call("GET", phone.open().url)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "Server" not in page.headers
    nonce = page.headers["Content-Security-Policy"].split("script-src 'nonce-")[1].split("'")[0]
    assert page.text.count(f"<script nonce={nonce}>") == page.text.count("<script") == 1


HOSTILE = [
    "../../etc/passwd",
    "<script>alert(1)</script>.pdf",
    "a\u202efdp.exe",
    "x" * 1000 + ".pdf",
    'quote".pdf',
    "line\nbreak.pdf",
    "C:\\Users\\a.pdf",
]


def a_body(name: bytes) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
    return head + name + b'"\r\n\r\ncontent\r\n--b--\r\n'


def test_hostile_names_are_text(phones):
    phone = phones(Limits(1000, len(HOSTILE), 60))
    url = phone.open().url
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    for name in HOSTILE:
        body = a_body(name.encode().replace(b'"', b"%22").replace(b"\n", b"%0A"))
        assert phone.call("POST", url, data=body, headers=headers).status_code == 200
    page = phone.call("GET", url)
    assert "<script>alert" not in page.text
    assert "\u202e" not in page.text
    arrivals = phone.page.arrivals()
    assert {each.outcome for each in arrivals} == {Outcome.ARRIVED}
    # Browsers without sense give whole paths; the last part is the name.
    assert [each.raw_name.decode() for each in arrivals] == [*HOSTILE[:-1], "a.pdf"]
    ids = {each.staged.id for each in arrivals}
    assert {path.name for path in (phone.folder / "staged").iterdir()} == ids


def test_gbk_names(phone):
    body = a_body("报价.pdf".encode("gbk"))
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert phone.call("POST", phone.open().url, data=body, headers=headers).status_code == 200
    [arrival] = phone.page.arrivals()
    assert (arrival.name_shown, arrival.raw_name) == ("报价.pdf", "报价.pdf".encode("gbk"))


def test_limits_of_size_and_number(phone):
    url = phone.open().url
    large = bytes(LIMITS.file_bytes + 1)
    page = phone.send(url, ("large.bin", large), ("small.txt", b"small"))
    assert page.status_code == 200
    assert outcomes(phone) == [
        ("large.bin", Outcome.TOO_LARGE),
        ("small.txt", Outcome.ARRIVED),
    ]
    assert phone.send(url, ("just.bin", large[1:])).status_code == 200
    assert phone.page.arrivals()[2].outcome is Outcome.ARRIVED
    phone.send(url, ("4.txt", b"4"))
    assert "<form" not in phone.call("GET", url).text
    assert phone.send(url, ("5.txt", b"5")).status_code == 400
    assert len(phone.page.arrivals()) == 4
    with phone.open_store() as store:
        assert len(store.staged()) == 3
    assert len(list((phone.folder / "staged").iterdir())) == 3


FORM = "multipart/form-data; boundary=b"
NO_FORMS = [
    ("text/plain", b"abc"),
    ("multipart/form-data", b"abc"),
    (FORM, b"no boundary at all"),
    ("multipart/form-data; boundary=" + "b" * 300, b"--b"),
    (FORM, b"--b\r\n" + b"X: y\r\n" * 50 + b"\r\n\r\n--b--\r\n"),
    (FORM, b"--b\r\nX: " + b"y" * 9000 + b"\r\n\r\n\r\n--b--\r\n"),
    (FORM, b'--b\r\nContent-Disposition: form-data; name="a"'),
]


def test_bodies_that_no_browser_sends(phone):
    url = phone.open().url
    for content_type, body in NO_FORMS:
        answer = phone.call("POST", url, data=body, headers={"Content-Type": content_type})
        assert answer.status_code == 400, body[:40]
    assert outcomes(phone) == []


def head(url: str, length: int) -> bytes:
    host, path = url.split("/")[2], url.split("/")[3]
    return (
        f"POST /{path}/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    ).encode()


BEGUN = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + MARKER


def test_a_phone_that_goes_away_leaves_nothing(phone):
    url = phone.open().url
    with line_to(url) as line:
        line.sendall(head(url, 500_000) + BEGUN + bytes(100_000))
        phone.until(lambda: outcomes(phone) == [("a.txt", Outcome.ARRIVING)])
    phone.until(lambda: outcomes(phone) == [("a.txt", Outcome.BROKEN_OFF)])
    with phone.open_store() as store:
        assert store.staged() == ()
    assert list((phone.folder / "staged").iterdir()) == []
    assert phone.send(url, ("b.txt", b"again")).status_code == 200


def test_a_phone_that_says_nothing_is_let_go(phones):
    phone = phones(piece_s=0.2, head_s=0.2)
    url = phone.open().url
    with line_to(url) as line:
        line.sendall(b"GET /")
        assert line.recv(100) == b""
    with line_to(url) as line:
        line.sendall(head(url, 500_000) + BEGUN)
        phone.until(lambda: outcomes(phone) == [("a.txt", Outcome.BROKEN_OFF)])
        assert b" 408 " in line.recv(1000)


def test_a_phone_that_sends_a_drop_at_a_time_is_let_go(phones):
    moments = [0.0]
    phone = phones(clock=lambda: moments[0])
    url = phone.open().url
    with line_to(url) as line:
        line.sendall(head(url, 500_000) + BEGUN)
        phone.until(lambda: outcomes(phone) == [("a.txt", Outcome.ARRIVING)])
        moments[0] = GRACE_S - 1
        line.sendall(bytes(10))
        phone.until(lambda: phone.call("GET", url).status_code == 200)
        assert outcomes(phone) == [("a.txt", Outcome.ARRIVING)]
        moments[0] = GRACE_S + 1
        line.sendall(bytes(10))
        assert b" 408 " in line.recv(1000)
    assert outcomes(phone) == [("a.txt", Outcome.BROKEN_OFF)]


def test_a_page_that_is_receiving_is_not_over(phones):
    moments = [0.0]
    phone = phones(Limits(1000, 4, 10.0), clock=lambda: moments[0])
    url = phone.open().url
    with line_to(url) as line:
        line.sendall(head(url, len(BEGUN) + 9) + BEGUN)
        phone.until(lambda: outcomes(phone) == [("a.txt", Outcome.ARRIVING)])
        moments[0] = 11.0
        line.sendall(b"\r\n--b--\r\n")
        phone.until(lambda: outcomes(phone) == [("a.txt", Outcome.ARRIVED)])
    phone.until(lambda: phone.page.over)


def test_a_pipe_holds_little():
    async def fill() -> int:
        pipe = Pipe(asyncio.get_running_loop(), 1)
        taken = 0
        with suppress(TimeoutError):
            while taken < 10 * HELD:
                await asyncio.wait_for(pipe.feed(bytes(100_000)), 0.05)
                taken += 100_000
        assert pipe.readinto(bytearray(300_000)) == 300_000
        await asyncio.wait_for(pipe.feed(b"more"), 5)
        pipe.close()
        with pytest.raises(Closed):
            await pipe.feed(b"more")
        return taken

    assert HELD <= asyncio.run(fill()) < HELD + 200_000


def a_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fs-02.example.cn")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("fs-02.example.cn")]), False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "page.pem", folder / "page.key"
    paths[0].write_bytes(made.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    paths[1].write_bytes(private)
    return paths


def test_https_by_the_name_of_a_certificate(phones, tmp_path):
    certificate, key = a_certificate(tmp_path)
    place = Place("127.0.0.1", 0, "fs-02.example.cn", certificate, key)
    phone = phones(place=place)
    url = phone.open().url
    assert url.startswith("https://fs-02.example.cn:")
    host, path = url.split("/")[2:4]
    context = ssl.create_default_context(cafile=certificate)
    with (
        socket.create_connection(("127.0.0.1", int(host.partition(":")[2])), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="fs-02.example.cn") as line,
    ):
        line.sendall(f"GET /{path}/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert line.recv(20).startswith(b"HTTP/1.1 200")
    phone.page.stop()


def test_a_handshake_that_never_ends_is_let_go(phones, tmp_path):
    place = Place("127.0.0.1", 0, "fs-02.example.cn", *a_certificate(tmp_path))
    phone = phones(place=place, head_s=0.2)
    port = int(phone.open().url.split("/")[2].partition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=HEAD_S) as line:
        assert line.recv(10) == b""
    phone.page.stop()


def test_a_bad_certificate_is_told(phones, tmp_path):
    (tmp_path / "page.pem").write_text("nonsense")
    bad = tmp_path / "page.pem"
    phone = phones(place=Place("127.0.0.1", 0, "fs-02.example.cn", bad, bad))
    phone.page.open()
    phone.until(lambda: phone.page.failed)


def test_one_request_sends_files_at_a_time(phone):
    url = phone.open().url
    with line_to(url) as line:
        line.sendall(head(url, 500_000) + BEGUN)
        phone.until(lambda: len(phone.page.arrivals()) == 1)
        assert phone.send(url, ("b.txt", b"b")).status_code == 409
        assert phone.call("GET", url).status_code == 200


def test_too_many_connections_of_one_address_are_let_go(phone):
    url = phone.open().url
    lines = [line_to(url) for _ in range(PER_ADDRESS + 4)]
    for line in lines:
        # Much sooner than those who say nothing are let go.
        line.settimeout(3)
    ended = 0
    for line in lines[PER_ADDRESS:]:
        try:
            ended += line.recv(10) == b""
        except ConnectionResetError:
            ended += 1
    assert ended == 4
    for line in lines:
        line.close()

    def answered() -> bool:
        try:
            return phone.call("GET", url).status_code == 200
        except requests.ConnectionError:
            return False

    phone.until(answered)


def silent(url: str, addresses: int) -> list[socket.socket]:
    """As many connections as can be, that say nothing."""
    host, _, port = url.split("/")[2].partition(":")
    there = (host, int(port))
    return [
        socket.create_connection(there, timeout=3, source_address=(f"127.0.0.{9 + number}", 0))
        for number in range(addresses)
        for _ in range(PER_ADDRESS)
    ]


def test_silent_connections_of_others_keep_nobody_out(phone):
    url = phone.open().url
    with ExitStack() as ending:
        for line in silent(url, 8):
            ending.enter_context(line)
        # Whoever has the page by now is not put out by them either.
        began = time.monotonic()
        assert phone.call("GET", url).status_code == 200
        assert time.monotonic() - began < HEAD_S / 2
        with line_to(url) as line:
            line.sendall(head(url, 500_000) + BEGUN)
            phone.until(lambda: outcomes(phone) == [("a.txt", Outcome.ARRIVING)])
            for each in silent(url, 8):
                ending.enter_context(each)
            line.sendall(b"\r\n--b--\r\n")
            assert phone.call("GET", url).status_code == 200
            assert outcomes(phone)[0][1] is not Outcome.BROKEN_OFF


def test_the_session_closes_the_page_in_the_middle_of_a_file(phone):
    url = phone.open().url
    with line_to(url) as line:
        line.sendall(head(url, 500_000) + BEGUN)
        phone.until(lambda: outcomes(phone) == [("a.txt", Outcome.ARRIVING)])
        phone.page.close()
        assert phone.page.arrivals() == ()
        assert phone.page.invitation() is None
        with suppress(ConnectionResetError):
            line.recv(1000)
    phone.page.stop()
    with pytest.raises(requests.ConnectionError):
        phone.call("GET", url)
    phone.until(lambda: list((phone.folder / "staged").iterdir()) == [])
    with phone.open_store() as store:
        assert store.staged() == ()
    assert MARKER not in on_disk(phone.folder)


def answers(url: str) -> bool:
    try:
        line_to(url).close()
    except ConnectionRefusedError:
        return False
    return True


def test_the_page_closes_after_its_time(phones):
    moments = [0.0]
    phone = phones(Limits(1000, 4, 60.0), clock=lambda: moments[0])
    url = phone.open().url
    phone.send(url, ("a.txt", b"a"))
    moments[0] = 59.0
    assert phone.page.invitation().seconds_left == 1.0
    moments[0] = 60.0
    assert phone.page.invitation() is None
    assert phone.page.over
    phone.until(lambda: not answers(url))
    assert outcomes(phone) == [("a.txt", Outcome.ARRIVED)]


def test_an_address_that_this_machine_does_not_have(phones):
    phone = phones(place=Place("192.0.2.1", 0))
    phone.page.open()
    phone.until(lambda: phone.page.failed)
    assert phone.page.invitation() is None


def test_the_same_port_again_and_again(phones):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    phone = phones(place=Place("127.0.0.1", port))
    for _ in range(3):
        url = phone.open().url
        assert phone.call("GET", url).status_code == 200
    phone.page.open()
    phone.page.open()
    phone.until(lambda: phone.page.invitation() is not None)
    assert phone.call("GET", phone.page.invitation().url).status_code == 200


def test_neither_address_nor_name_is_logged(phone, caplog):
    caplog.set_level(logging.DEBUG)
    url = phone.open().url
    phone.send(url, ("geheim.pdf", b"a"))
    phone.call("GET", url + "x")
    with line_to(url) as line:
        line.sendall(b"nonsense\r\n\r\n")
        line.recv(100)
    phone.page.stop()
    token = url.split("/")[3]
    for record in caplog.records:
        # The client's own log, not the terminal's.
        if not record.name.startswith("urllib3"):
            assert token not in record.getMessage()
            assert "geheim" not in record.getMessage()
    assert token not in repr(phone.page.invitation()) + repr(phone.page.arrivals())
