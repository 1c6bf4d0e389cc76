"""Handing in 200 MB against a plain `requests.put` of the same file to the same server.

Both ends are processes of their own; memory is the most above what each had before.
Before that, files of this size are examined: see `tests.bench.examination`.
"""

import hashlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import examination
from tests.bench.measuring import resident_mb

MEGABYTE = 1_000_000
SIZE_MB, QUICK_MB = 200, 16
ROUNDS = 5

_CLIENT = """
import sys, time
from pathlib import Path
import requests
from kiosk.sync.submission import FormContent, HandedFile, Manifest, Role, Submitter, Way
from kiosk.sync.upload import SubmissionClient

address, path, sha256 = sys.argv[1], Path(sys.argv[2]), sys.argv[3]

class FileReader:
    def __init__(self, file):
        self.size, self._file = path.stat().st_size, file
    def seek(self, offset):
        return self._file.seek(offset)
    def read(self, count):
        return self._file.read(count)

client, session = SubmissionClient(address), requests.Session()
session.trust_env = False
session.get(address + "/v1/health")
for line in sys.stdin:
    kind, _, id = line.strip().partition(" ")
    with path.open("rb", buffering=0) as file:
        began = time.perf_counter()
        if kind == "plain":
            session.put(address + "/plain", data=file, timeout=120).raise_for_status()
        elif kind == "upload":
            handed = HandedFile(
                name="a.pdf", size=path.stat().st_size, sha256=sha256, media_type="application/pdf"
            )
            upload = client.create_upload(handed, id)
            client.send_file(upload, FileReader(file))
            manifest = Manifest(
                terminal="bench",
                role=Role.BIDDER,
                submitter=Submitter(name="张三丰", number="110101199003077758", way=Way.CARD),
                form=FormContent(form="deposit-return", version=1, values={}),
                files=(handed,),
            )
            client.submit(id, manifest.with_uploads({sha256: upload}))
        print(time.perf_counter() - began, flush=True)
"""


def run() -> dict[str, float]:
    return _run(SIZE_MB, ROUNDS)


def run_quickly() -> dict[str, float]:
    return _run(QUICK_MB, 1)


def _run(megabytes: int, rounds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, sha256 = _file(folder, megabytes)
        with _processes(folder, path, sha256) as (server, client):
            _ask(client, "idle")
            ends = {"client": client, "server": server}
            idle = {end: resident_mb(process.pid) for end, process in ends.items()}
            plain, ours = [], []
            peaks = dict(idle)
            for number in range(rounds):
                plain.append(_ask(client, "plain"))
                id = f"0195a000-0000-7000-8000-{number:012x}"
                with _peaks(ends, peaks):
                    ours.append(_ask(client, f"upload {id}"))
    best, usual = min(plain), statistics.median(plain)
    return {
        "upload_ratio": usual / statistics.median(ours),
        "upload_ratio_of_best": best / min(ours),
        "upload_mb_per_s": megabytes / statistics.median(ours),
        "plain_mb_per_s": megabytes / usual,
        "client_rss_mb": peaks["client"] - idle["client"],
        "server_rss_mb": peaks["server"] - idle["server"],
        **examination.run(megabytes),
    }


def _file(folder: Path, megabytes: int) -> tuple[Path, str]:
    path, digest, chance = folder / "file", hashlib.sha256(), random.Random(1)
    with path.open("wb") as file:
        for _ in range(megabytes):
            piece = chance.randbytes(MEGABYTE)
            digest.update(piece)
            file.write(piece)
        os.fsync(file.fileno())
    return path, digest.hexdigest()


@contextmanager
def _processes(
    folder: Path, path: Path, sha256: str
) -> Iterator[tuple["subprocess.Popen[str]", "subprocess.Popen[str]"]]:
    module = [sys.executable, "-m", "tests.bench.upload_server", str(folder / "central")]
    with subprocess.Popen(module, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = f"http://127.0.0.1:{int(_line(server))}"
            command = [sys.executable, "-c", _CLIENT, address, str(path), sha256]
            with subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as client:
                try:
                    yield server, client
                finally:
                    client.kill()
        finally:
            server.kill()


def _ask(client: "subprocess.Popen[str]", what: str) -> float:
    assert client.stdin is not None
    client.stdin.write(what + "\n")
    client.stdin.flush()
    return float(_line(client))


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"process {process.pid} ended")
    return line


@contextmanager
def _peaks(ends: dict[str, "subprocess.Popen[str]"], peaks: dict[str, float]) -> Iterator[None]:
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            for end, process in ends.items():
                peaks[end] = max(peaks[end], resident_mb(process.pid))

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
