"""`mingtang receipt verify`: prove a receipt without a network."""

import argparse
import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.commands.running import Problem

if TYPE_CHECKING:
    from kiosk.sync.signatures import KeySet
    from kiosk.sync.submission import Receipt

_MOST = 1024 * 1024


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser("receipt", help="receipts of what was handed in")
    tasks = parser.add_subparsers(title="tasks", metavar="TASK", required=True)
    verify = tasks.add_parser(
        "verify",
        parents=[shared],
        help="prove a receipt, without a network",
        description="Says what the centre signed. The keys are those that the terminal or the "
        "central server of the settings has, or those of a file (a JWK set, as "
        "`mingtang central keys` prints it).",
    )
    verify.add_argument("receipt", help="the text of its QR code, or a file; - reads the input")
    verify.add_argument("--key", type=Path, metavar="FILE", help="the centre's public keys")
    verify.add_argument(
        "--file",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="prove that this file was handed in (may be repeated)",
    )
    verify.set_defaults(run=run_verify)


def run_verify(args: argparse.Namespace) -> int:
    from kiosk.sync.receipt import SHORT_RECEIPT, differences, read_receipt, read_short
    from kiosk.sync.signatures import BadSignature, kind_of

    token, short = _tokens(args.receipt)
    keys = _keys(args)
    try:
        if token and kind_of(token) == SHORT_RECEIPT:
            token, short = "", token
        receipt = read_receipt(token, keys) if token else None
        code = read_short(short, keys) if short else None
    except BadSignature as problem:
        print(f"NOT PROVEN: {problem}")
        return 1
    if receipt is not None and code is not None and (differing := differences(code, receipt)):
        print(f"NOT PROVEN: the QR code and the receipt differ in {', '.join(differing)}")
        return 1
    print("PROVEN: the centre signed this receipt, and nothing in it was altered")
    if receipt is not None:
        _print_receipt(receipt)
        return _check_files(args.file, receipt)
    if code is None:
        return 1
    _print("number", code.number)
    _print("received", _moment(code.received_at))
    _print("project", code.p)
    _print("terminal", code.w)
    _print("by", f"{code.b} {code.m}")
    _print("submission", code.submission)
    _print("files (SHA-256 of the list)", code.files_digest)
    if args.file:
        raise Problem("the QR code alone does not prove single files; give the whole receipt")
    return 0


def _tokens(text: str) -> tuple[str, str]:
    """The whole receipt and the QR code's text, as far as they are there."""
    from pydantic import ValidationError

    from kiosk.sync.submission import SignedReceipt

    if text == "-":
        text = sys.stdin.read(_MOST)
    elif text.count(".") != 2 or len(text) < 200:
        text = _content(text)
    try:
        signed = SignedReceipt.model_validate_json(text)
    except ValidationError:
        return "".join(text.split()), ""
    return signed.token, signed.short


def _content(named: str) -> str:
    """What stands in the file of a receipt. Raises Problem."""
    try:
        with Path(named).open(encoding="utf-8-sig") as file:
            return file.read(_MOST)
    except FileNotFoundError:
        raise Problem(
            f"{named}: there is no such file; give the file of a receipt, or the text of its QR "
            "code; if a tour or a demo was to write it, that did not come so far"
        ) from None
    except OSError as problem:
        raise Problem(f"{named}: the receipt cannot be read: {problem.strerror}") from None
    except ValueError:
        # Also UnicodeDecodeError, of a picture, and paths that there cannot be.
        raise Problem(
            f"{named[:80]}: this is no receipt: a receipt is text, as in its QR code or receipt.txt"
        ) from None


def _keys(args: argparse.Namespace) -> "KeySet":
    from kiosk.central.keyring import FOLDER, Keyring, UnusableKeys
    from kiosk.commands.running import terminal_store
    from kiosk.settings import load
    from kiosk.store.terminal import TerminalStore
    from kiosk.sync.contract import UnreadableDocument
    from kiosk.sync.signatures import KeySet, read_keys

    if args.key is not None:
        try:
            return read_keys(args.key.read_bytes())
        except OSError as problem:
            raise Problem(f"{args.key}: cannot be read: {problem.strerror}") from None
        except UnreadableDocument:
            raise Problem(f"{args.key}: is not a file from `mingtang central keys`") from None
    settings = load(args.config)
    if settings.central is not None and (settings.central.data / FOLDER).is_dir():
        try:
            return Keyring(settings.central.data).known_keys()
        except UnusableKeys as problem:
            raise Problem(str(problem)) from None
    if settings.terminal is not None:
        with TerminalStore(terminal_store(settings), create=False) as store:
            keys = store.site().keys
        if keys:
            return KeySet(keys=keys)
    raise Problem("no keys of the centre are here; give them with --key")


def _print_receipt(receipt: "Receipt") -> None:
    _print("number", receipt.number)
    _print("received", _moment(receipt.received_at))
    _print("project", " ".join(part for part in (receipt.tender_no, receipt.title) if part))
    _print("form", receipt.form)
    _print("terminal", f"{receipt.terminal} (shared terminal of the centre)")
    _print("by", f"{receipt.by} {receipt.number_mask} ({receipt.role})")
    _print("submission", receipt.submission)
    for file in receipt.files:
        _print("file", f"{file.name}  {file.size} bytes  SHA-256 {file.sha256}")


def _check_files(paths: list[Path], receipt: "Receipt") -> int:
    known = {file.sha256: file.name for file in receipt.files}
    missing = False
    for path in paths:
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as problem:
            raise Problem(f"{path}: cannot be read: {problem.strerror}") from None
        if digest in known:
            print(f"PROVEN: {path} was handed in, byte for byte, as {known[digest]}")
        else:
            print(f"NOT PROVEN: {path} is none of the files of this receipt")
            missing = True
    return 1 if missing else 0


def _print(what: str, value: str) -> None:
    if value:
        print(f"  {what}: {value}")


def _moment(moment: Any) -> str:
    from display.local_time import SHANGHAI

    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S} (Asia/Shanghai, the server's clock)"
