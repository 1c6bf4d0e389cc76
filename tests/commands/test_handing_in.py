"""Commands of staff and inspectors: authorisation codes, receipts, taking submissions over."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.central.database import open_database
from kiosk.central.feeds import write_change
from kiosk.central.keyring import Keyring, keyring_of
from kiosk.central.moments import Moments
from kiosk.central.schema import notices
from kiosk.central.submissions import Submissions
from kiosk.central.uploads import Uploads
from kiosk.cli import main
from kiosk.sync.authorisation import verify_authorisation
from kiosk.sync.instant import to_microseconds
from kiosk.sync.signatures import read_keys
from kiosk.sync.submission import Role
from tests.sync.handing_in import (
    ZHANG,
    content,
    form,
    handed,
    manifest,
    new_id,
    publish_form,
)

NOW = datetime.now(UTC)
DATA = content(1000, 1)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(
        '[centre]\nname = "东山公共资源交易中心"\nregion = "420500"\nsite = "main"\n'
        f'[central]\ndata = "{tmp_path / "central"}"\n',
        encoding="utf-8",
    )
    return path


def take(tmp_path, id, opens_at):
    """A project, and one submission with a file to it."""
    database = open_database(tmp_path / "central", ["public-420500", "site-main"])
    doc = {
        "_id": id,
        "type": "notice",
        "kind": "tender",
        "category": "construction",
        "title": "东山路道路改造工程",
        "published_at": (NOW - timedelta(days=9)).isoformat(),
        "closes_at": (opens_at - timedelta(hours=1)).isoformat(),
        "opens_at": opens_at.isoformat(),
    }
    with database.writing() as connection:
        connection.execute(
            notices.insert().values(
                id=id,
                channel="public-420500",
                number=1,
                digest="0" * 64,
                published_at=to_microseconds(NOW - timedelta(days=9)),
                held=False,
                doc=json.dumps(doc),
            )
        )
        write_change(connection, "public-420500", id, "1-a", doc)
    uploads = Uploads(database)
    submission, when = new_id(len(id), NOW), NOW - timedelta(days=8)
    file = handed(DATA)
    upload = uploads.create(submission, file.sha256, file.size, "", when)
    with uploads.claim(upload.id):
        writing = uploads.begin(upload.id, 0, when)
        writing.write([DATA])
        uploads.keep(writing, when)
        writing.close()
    whole = manifest(file.model_copy(update={"upload": upload.id}), notice_id=id)
    held = Submissions(database, uploads, keyring_of(database))
    signed, _ = held.hand_in(submission, whole, when)
    database.close()
    return signed


def test_an_authorisation_code_is_given_and_proven(config, tmp_path, capsys):
    picture = tmp_path / "code.png"
    command = ["central", "authorise", "--config", str(config), "--unit", "东山建设有限公司"]
    command += ["--credit-code", "91350100M000100Y43", "--name", "张三丰", "--role", "bidder"]
    assert main([*command, "--valid-days", "3", "--out", str(picture)]) == 0
    code = capsys.readouterr().out.strip()
    keys = Keyring(tmp_path / "central").public_keys()
    proven = verify_authorisation(code, keys, datetime.now(UTC))
    assert (proven.unit, proven.name, proven.role) == ("东山建设有限公司", "张三丰", Role.BIDDER)
    assert proven.expires_at - proven.issued_at == timedelta(days=3)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_wrong_credit_code_is_named(config, capsys):
    command = ["central", "authorise", "--config", str(config), "--unit", "东山建设有限公司"]
    assert main([*command, "--credit-code", "123", "--name", "张三丰", "--role", "bidder"]) == 1
    said = capsys.readouterr().err
    assert (
        "--credit-code is not valid: it has 3 characters, 18 are needed" in said
        and "张三丰" not in said
    )


def test_submissions_are_taken_over_after_the_opening_only(config, tmp_path, capsys):
    take(tmp_path, "early", NOW + timedelta(days=1))
    take(tmp_path, "opened", NOW - timedelta(days=1))
    out = tmp_path / "out"
    command = ["central", "submissions", "--config", str(config), "--out", str(out)]
    assert main([*command, "--notice", "early"]) == 1
    refused = capsys.readouterr()
    assert "refused before the opening" in refused.err and refused.out == ""
    started = ["central", "opening-started", "--config", str(config)]
    assert main([*started, "early"]) == 1
    assert "refused before the opening" in capsys.readouterr().err
    assert main([*command, "--notice", "opened"]) == 1
    assert "mingtang central opening-started opened" in capsys.readouterr().err
    assert not out.exists()
    assert main([*started, "opened"]) == 0
    assert "东山路道路改造工程: the opening has started" in capsys.readouterr().out
    assert main([*command, "--notice", "opened"]) == 0
    said = capsys.readouterr().out
    assert "张**" in said and "张三丰" not in said
    assert len(list(out.rglob("*.pdf"))) == 1
    assert main([*command, "--notice", "none"]) == 1
    assert main([*started, "none"]) == 1
    assert "check its id" in capsys.readouterr().err


def test_forms_are_taken_over_apart(config, tmp_path, capsys):
    take(tmp_path, "opened", NOW - timedelta(days=1))
    with contextlib.closing(open_database(tmp_path / "central", [])) as database:
        publish_form(database)
        held = Submissions(database, Uploads(database), keyring_of(database))
        held.hand_in(new_id(99, NOW), manifest(notice_id="", form=form()), NOW)
    out = tmp_path / "out"
    assert (
        main(["central", "submissions", "--forms", "--config", str(config), "--out", str(out)]) == 0
    )
    assert "1 in" in capsys.readouterr().out
    assert not list(out.rglob("*.pdf")), "no bids"


def test_a_clock_behind_is_told_and_can_be_accepted(config, tmp_path, capsys):
    take(tmp_path, "opened", NOW - timedelta(days=1))
    with contextlib.closing(open_database(tmp_path / "central", [])) as database:
        Moments(database, lambda: NOW + timedelta(days=9)).keep()
    clock = ["central", "clock", "--config", str(config)]
    for command in (clock, ["central", "opening-started", "--config", str(config), "opened"]):
        assert main(command) == 1
        assert "clock --accept" in capsys.readouterr().err
    assert main([*clock, "--accept"]) == 0
    assert main(clock) == 0


def test_a_receipt_is_proven_in_every_form(config, tmp_path, capsys):
    signed = take(tmp_path, "opened", NOW - timedelta(days=1))
    assert main(["central", "keys", "--config", str(config)]) == 0
    keys = tmp_path / "keys.json"
    keys.write_text(capsys.readouterr().out, encoding="utf-8")
    assert read_keys(keys.read_bytes()) == Keyring(tmp_path / "central").public_keys()
    whole = tmp_path / "receipt.json"
    whole.write_text(signed.model_dump_json(indent=1), encoding="utf-8")
    for text in (signed.token, signed.short, str(whole)):
        assert main(["receipt", "verify", text, "--key", str(keys)]) == 0
        said = capsys.readouterr().out
        assert said.startswith("PROVEN") and "张**" in said
        assert main(["receipt", "verify", text, "--config", str(config)]) == 0
        capsys.readouterr()
        assert ZHANG.number not in said and "张三丰" not in said


def test_what_does_not_fit_is_said_in_words(config, tmp_path, capsys):
    signed = take(tmp_path, "opened", NOW - timedelta(days=1))
    other = take(tmp_path, "opened-2", NOW - timedelta(days=1))
    header, payload, signature = signed.token.split(".")
    keys = tmp_path / "keys.json"
    with contextlib.closing(open_database(tmp_path / "elsewhere", [])) as elsewhere:
        keys.write_text(keyring_of(elsewhere).public_keys().model_dump_json())
    mixed = tmp_path / "mixed.json"
    mixed.write_text(json.dumps({"token": signed.token, "short": other.short}))
    for text, more, words in (
        (f"{header}.{payload[:-8]}AAAAAAAA.{signature}", [], "altered"),
        (signed.token[:-30], [], "altered"),
        (signed.token, ["--key", str(keys)], "not among those"),
        (str(mixed), [], "differ in number"),
    ):
        given = ["receipt", "verify", text, "--config", str(config), *more]
        assert main(given) == 1, words
        said = capsys.readouterr().out
        assert said.startswith("NOT PROVEN") and words in said


def test_a_file_is_proven_to_have_been_handed_in(config, tmp_path, capsys):
    signed = take(tmp_path, "opened", NOW - timedelta(days=1))
    right, wrong = tmp_path / "copy.pdf", tmp_path / "other.pdf"
    right.write_bytes(DATA)
    wrong.write_bytes(DATA + b"x")
    command = ["receipt", "verify", signed.token, "--config", str(config), "--file"]
    assert main([*command, str(right)]) == 0
    assert "byte for byte" in capsys.readouterr().out
    assert main([*command, str(wrong)]) == 1
    assert "none of the files" in capsys.readouterr().out


def test_without_keys_it_says_how_to_give_them(tmp_path, capsys):
    path = tmp_path / "settings.toml"
    path.write_text('[centre]\nname = "东山"\nregion = "420500"\nsite = "main"\n')
    assert main(["receipt", "verify", "a" * 200 + ".b.c", "--config", str(path)]) == 1
    assert "--key" in capsys.readouterr().err


def test_keys_turn_and_the_former_still_prove_until_revoked(config, tmp_path, capsys):
    signed = take(tmp_path, "opened", NOW - timedelta(days=1))
    assert main(["central", "keys", "--rotate", "--config", str(config)]) == 0
    new, former = read_keys(capsys.readouterr().out).keys
    assert former.retired_at is not None and new.vouchers
    (tmp_path / "central" / "keys" / "signing.pem").rename(tmp_path / "away")
    verify = ["receipt", "verify", signed.token, "--config", str(config)]
    assert main(verify) == 0, "proving needs no secret"
    (tmp_path / "away").rename(tmp_path / "central" / "keys" / "signing.pem")
    revoke = ["central", "keys", "--config", str(config), "--revoke"]
    for kid, words in ((new.kid, "in use"), ("none", "no key has this name")):
        assert main([*revoke, kid]) == 1
        assert words in capsys.readouterr().err
    assert main([*revoke, former.kid]) == 0
    assert main(verify) == 1
    assert "revoked" in capsys.readouterr().out
