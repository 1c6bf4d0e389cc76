"""`mingtang central staff` and what terminals learn of it; codes given and withdrawn."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.central import staff as kept_staff
from kiosk.central.authorisations import codes_given
from kiosk.central.database import open_database
from kiosk.central.feeds import write_change
from kiosk.central.keyring import Keyring, keyring_of
from kiosk.central.schema import changes, staff
from kiosk.central.submissions import CodeWithdrawn, Submissions
from kiosk.central.uploads import Uploads
from kiosk.cli import main
from kiosk.staff.accounts import Action, Expired, UnknownCard, WrongPin, check_pin, recognise
from kiosk.sync import staff as hashing
from kiosk.sync.authorisation import Withdrawn, WithdrawnCodes, verify_authorisation
from kiosk.sync.decision import account_of
from kiosk.sync.signatures import KeySet
from kiosk.sync.site import Keys, SiteDocument, read_site_document
from kiosk.sync.staff import StaffAccount, StaffRole, StaffSalt, is_vouched, public_at
from kiosk.sync.submission import Submitter, Way
from tests.sync.handing_in import form, manifest, new_id

NUMBER, OTHER, PIN = "11010119900307758X", "110101199003077758", "271828"
CHANNEL = "site-main"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "TIME_COST", 1)
    monkeypatch.setattr(hashing, "MEMORY_KIB", 1024)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(
        '[centre]\nname = "东山公共资源交易中心"\nregion = "420500"\nsite = "main"\n'
        f'[central]\ndata = "{tmp_path / "central"}"\n',
        encoding="utf-8",
    )
    return path


def feed(tmp_path: Path) -> dict[str, SiteDocument | None]:
    """What the building's feed says, None for a tombstone."""
    database = open_database(tmp_path / "central", [CHANNEL])
    with database.reading() as connection:
        rows = connection.execute(
            select(changes.c.id, changes.c.doc).where(changes.c.channel == CHANNEL)
        ).all()
    database.close()
    return {
        row.id: None if row.doc is None else read_site_document(json.loads(row.doc))
        for row in rows
        if not row.id.startswith("form:")
    }


class Office:
    """Somebody at the centre's command line."""

    def __init__(self, config: Path, folder: Path, capsys, monkeypatch) -> None:
        self.config, self.folder = config, folder
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def run(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        self._monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["central", *words, "--config", str(self.config)])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def add(self, *more: str, number: str = NUMBER, pin: str = PIN) -> tuple[int, str, str]:
        words = ["staff", "add", "--name", "王芳", "--role", "desk", "--until", "2099-12-31"]
        return self.run(*words, *more, typed=f"{number}\n{pin}\n")

    def accounts(self) -> list[StaffAccount]:
        return [each for each in feed(self.folder).values() if isinstance(each, StaffAccount)]

    def keys(self) -> KeySet:
        keys = feed(self.folder)["keys:this"]
        assert isinstance(keys, Keys)
        return KeySet(keys=keys.keys)

    def salt(self) -> StaffSalt:
        salt = feed(self.folder)["staff-salt:this"]
        assert isinstance(salt, StaffSalt)
        return salt


@pytest.fixture
def office(config, tmp_path, capsys, monkeypatch) -> Office:
    return Office(config, tmp_path, capsys, monkeypatch)


def test_an_account_is_made_published_and_lets_its_card_in(office: Office) -> None:
    code, out, err = office.add("--role", "approver")
    (account,) = office.accounts()
    assert code == 0 and account.key in out and "until 2099-12-31" in out
    assert account.roles == (StaffRole.DESK, StaffRole.APPROVER)
    now = datetime.now(UTC)
    found = recognise(office.accounts(), office.salt(), NUMBER, Action.ASSIST, now)
    assert found == account
    check_pin(account, NUMBER, PIN)
    last = datetime(2099, 12, 31, 15, 59, 59, tzinfo=UTC)
    assert recognise([account], office.salt(), NUMBER, Action.ASSIST, last)
    with pytest.raises(Expired):
        recognise([account], office.salt(), NUMBER, Action.ASSIST, last + timedelta(seconds=1))
    for secret in (NUMBER, PIN):
        assert secret not in out + err
        for file in (office.folder / "central").rglob("*"):
            assert not file.is_file() or secret.encode() not in file.read_bytes()
    assert account.key in office.run("staff", "list")[1]


def test_a_site_file_published_anew_removes_no_account(office: Office) -> None:
    office.add()
    path = office.folder / "site.toml"
    for text in ('[[rooms]]\nkey = "k1"\nname = "开标一室"\n', ""):
        path.write_text(text, encoding="utf-8")
        assert office.run("site", str(path))[0] == 0
    assert len(office.accounts()) == 1 and office.salt()
    assert feed(office.folder)["room:k1"] is None


def test_a_removed_account_is_gone_with_all_that_a_card_fits(office: Office) -> None:
    office.add()
    (account,) = office.accounts()
    assert office.run("staff", "remove", account.key)[0] == 0
    (gone,) = office.accounts()
    assert (gone.card, gone.signs) == (None, None) and gone.removed_at is not None
    assert account.signs is not None
    assert public_at(gone, account.valid_from) == account.signs.public, "what it signed stays"
    assert is_vouched(gone, office.keys())
    with pytest.raises(UnknownCard):
        recognise(office.accounts(), office.salt(), NUMBER, Action.ASSIST, datetime.now(UTC))
    database = open_database(office.folder / "central", [CHANNEL])
    with database.reading() as connection:
        row = connection.execute(select(staff)).one()
    database.close()
    assert (row.name, row.card, row.signs) == ("王芳", None, None)
    assert "removed" in office.run("staff", "list")[1]
    assert office.run("staff", "remove", account.key)[0] == 1
    assert office.add()[0] == 0, "the same card may have a new account"
    assert {one.card is None for one in office.accounts() if one.key != account.key} == {False}


def test_another_pin_needs_the_account_s_own_card(office: Office) -> None:
    office.add()
    (before,) = office.accounts()
    code, _, err = office.run("staff", "pin", before.key, typed=f"{OTHER}\n314159\n")
    assert code == 1 and "not that of this account" in err and office.accounts() == [before]
    assert office.run("staff", "pin", "nobody12", typed=f"{NUMBER}\n314159\n")[0] == 1
    assert office.run("staff", "pin", before.key, typed=f"{NUMBER}\n314159\n")[0] == 0
    (after,) = office.accounts()
    check_pin(after, NUMBER, "314159")
    with pytest.raises(WrongPin):
        check_pin(after, NUMBER, PIN)
    assert (after.key, after.card) == (before.key, before.card)
    assert before.signs is not None and before.voucher != after.voucher
    assert public_at(after, before.valid_from) == before.signs.public
    assert is_vouched(before, office.keys()) and is_vouched(after, office.keys())
    assert after.changed_at > before.changed_at


def test_as_many_pins_as_are_remembered(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_staff, "MOST_FORMER", 3)
    office.add()
    (one,) = office.accounts()
    for pin, code in (("314159", 0), ("161803", 0), ("141421", 1)):
        assert office.run("staff", "pin", one.key, typed=f"{NUMBER}\n{pin}\n")[0] == code
    assert office.run("staff", "remove", one.key)[0] == 0


def test_an_account_is_prolonged_and_gets_other_roles_under_its_key(office: Office) -> None:
    office.add("--until", "2098-12-31")
    (before,) = office.accounts()
    code, out, _ = office.run("staff", "prolong", before.key, "--until", "2099-06-30")
    assert code == 0 and "until 2099-06-30" in out
    (longer,) = office.accounts()
    assert longer.expires_at == datetime(2099, 6, 30, 16, tzinfo=UTC) > before.expires_at
    assert (longer.key, longer.card, longer.signs) == (before.key, before.card, before.signs)
    words = ("--role", "approver", "--role", "editor")
    assert office.run("staff", "roles", before.key, *words)[0] == 0
    (other,) = office.accounts()
    assert other.roles == (StaffRole.APPROVER, StaffRole.EDITOR)
    assert [one.roles for one in other.former_roles] == [(StaffRole.DESK,)]
    assert account_of(other).rights_at(before.valid_from) == frozenset()
    assert account_of(other).rights_at(other.changed_at) == account_of(other).rights
    assert (other.key, other.signs) == (before.key, before.signs)
    assert is_vouched(longer, office.keys()) and is_vouched(other, office.keys())
    assert "approver, editor" in office.run("staff", "list")[1]
    for wrong in (
        ("prolong", "nobody12", "--until", "2099-06-30"),
        ("prolong", before.key, "--until", "2020-06-30"),
        ("roles", "nobody12", "--role", "desk"),
    ):
        assert office.run("staff", *wrong)[0] == 1
    assert office.accounts() == [other]


def test_a_card_that_gets_a_new_account_stays_the_same_person(office: Office) -> None:
    office.add()
    (first,) = office.accounts()
    assert account_of(first).person == ""
    for _ in range(2):
        (last,) = (one for one in office.accounts() if one.removed_at is None)
        assert office.run("staff", "remove", last.key)[0] == 0
        assert office.add()[0] == 0
    assert office.add(number=OTHER)[0] == 0
    mark = {one.card: one for one in office.accounts() if one.card is not None}
    assert account_of(mark[first.card]).person == first.key
    assert [one.person for one in office.accounts()].count("") == 2
    assert all(is_vouched(one, office.keys()) for one in office.accounts())


def test_a_new_key_of_the_centre_vouches_for_the_accounts_of_before(office: Office) -> None:
    office.add()
    (before,) = office.accounts()
    old = office.keys().keys[0]
    assert office.run("keys", "--rotate")[0] == 0
    assert office.run("keys", "--revoke", old.kid)[0] == 0
    (after,) = office.accounts()
    assert is_vouched(after, office.keys()) and not is_vouched(before, office.keys())
    assert after.model_copy(update={"voucher": before.voucher}) == before


def test_a_card_has_one_account_and_all_share_one_salt(office: Office) -> None:
    office.add()
    salt = office.salt()
    code, _, err = office.add()
    assert code == 1 and office.accounts()[0].key in err
    assert office.add(number=OTHER)[0] == 0
    assert office.salt() == salt and len(office.accounts()) == 2


@pytest.mark.parametrize(
    ("more", "number", "pin", "said"),
    [
        ([], "110101199003077757", PIN, "the ID number is not valid: its check digit does not fit"),
        ([], NUMBER, "123456", "a row"),
        ([], NUMBER, "12", "digits"),
        (["--until", "2020-01-01"], NUMBER, PIN, "in the past"),
        (["--name", " "], NUMBER, PIN, "name"),
    ],
)
def test_what_is_no_account_is_refused_in_words(
    office: Office, more: list[str], number: str, pin: str, said: str
) -> None:
    code, _, err = office.add(*more, number=number, pin=pin)
    assert code == 1 and said in err and number not in err
    assert not office.accounts() if (office.folder / "central").exists() else True


def test_number_and_pin_come_from_a_file_or_are_asked_for_unseen(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = office.folder / "secret"
    # As Notepad writes it.
    secret.write_text(f"{NUMBER}\r\n{PIN}\r\n", encoding="utf-8-sig")
    words = ("staff", "add", "--name", "王芳", "--role", "desk", "--until", "2099-12-31")
    assert office.run(*words, "--number-file", str(secret))[0] == 0
    assert office.run(*words, typed=NUMBER)[0] == 1

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    asked: list[str] = []
    answers = [OTHER, PIN, PIN, OTHER, PIN, "314159"]

    def unseen(prompt: str) -> str:
        asked.append(prompt)
        return answers[len(asked) - 1]

    monkeypatch.setattr("getpass.getpass", unseen)
    monkeypatch.setattr("sys.stdin", Screen())
    given = ["central", *words, "--config", str(office.config)]
    assert main(given) == 0 and len(office.accounts()) == 2
    assert main(given) == 1 and len(asked) == 6

    def ended(_prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("getpass.getpass", ended)
    capsys.readouterr()
    assert main(given) == 1 and len(office.accounts()) == 2
    assert "ended; nothing was changed" in capsys.readouterr().err


# Authorisation codes


def give(office: Office, *more: str) -> tuple[str, str]:
    """The code, and what is said of it."""
    code, out, err = office.run(
        "authorise", "--unit", "东山建设有限公司", "--credit-code", "91350100M000100Y43",
        "--name", "张三丰", "--role", "bidder", *more,
    )  # fmt: skip
    assert code == 0, err
    return out.strip(), err


def withdrawn(office: Office) -> set[str]:
    document = feed(office.folder)["withdrawn-codes:this"]
    assert isinstance(document, WithdrawnCodes)
    return {code.id for code in document.codes}


def test_a_code_says_for_whom_until_when_and_where(office: Office) -> None:
    picture = office.folder / "code.svg"
    code, said = give(office, "--out", str(picture))
    keys = Keyring(office.folder / "central").public_keys()
    given = verify_authorisation(code, keys, datetime.now(UTC))
    for part in (given.id, str(picture), "张三丰", "东山建设有限公司", "bidder", "until 20"):
        assert part in said
    listed = office.run("authorise", "--list")[1]
    assert given.id in listed and "张**" in listed and "张三丰" not in listed
    assert picture.exists() and code not in said


def test_a_withdrawn_code_is_refused_by_terminals_and_server(office: Office) -> None:
    code, _ = give(office)
    other, _ = give(office)
    database = open_database(office.folder / "central", [CHANNEL])
    keyring, now = keyring_of(database), datetime.now(UTC)
    keys = keyring.public_keys()
    first, second = (verify_authorisation(each, keys, now) for each in (code, other))
    with database.writing() as connection:
        write_change(connection, CHANNEL, "form:bidder-registration:1", "1-a", {})
    held = Submissions(database, Uploads(database), keyring)

    def hand_in(id: str, number: int) -> bool:
        who = Submitter(
            name="张三丰", number="91350100M000100Y43", way=Way.AUTHORISATION, authorisation=id
        )
        whole = manifest(form=form(), notice_id="", tender_no="", submitter=who)
        return held.hand_in(new_id(number, now), whole, now)[1]

    assert hand_in(first.id, 1)
    assert office.run("authorise", "--withdraw", first.id)[0] == 0
    assert withdrawn(office) == {first.id}
    with pytest.raises(Withdrawn):
        verify_authorisation(code, keys, now, withdrawn(office))
    assert verify_authorisation(other, keys, now, withdrawn(office)) == second
    with pytest.raises(CodeWithdrawn):
        hand_in(first.id, 2)
    assert not hand_in(first.id, 1), "what was taken in keeps its receipt"
    assert hand_in(second.id, 3)
    database.close()
    assert "WITHDRAWN" in office.run("authorise", "--list")[1]
    path = office.folder / "site.toml"
    path.write_text("", encoding="utf-8")
    assert office.run("site", str(path))[0] == 0 and withdrawn(office) == {first.id}


def test_codes_are_carried_until_they_expire_and_unknown_ones_need_a_day(office: Office) -> None:
    give(office)
    code, _, err = office.run("authorise", "--withdraw", "unknown-code")
    assert code == 1 and "--until" in err and "unknown-code" in err
    assert office.run("authorise", "--withdraw", "unknown-code", "--until", "2099-12-31")[0] == 0
    assert office.run("authorise", "--withdraw", "expired-code", "--until", "2020-12-31")[0] == 0
    assert office.run("authorise", "--withdraw", "no id", "--until", "2099-12-31")[0] == 1
    assert withdrawn(office) == {"unknown-code"}
    database = open_database(office.folder / "central", [CHANNEL])
    late = datetime(2100, 1, 1, tzinfo=UTC)
    assert codes_given(database, late) == ()
    database.close()


@pytest.mark.parametrize("text", ["123", "91350100M000100Y42", "91350100I000100Y43", ""])
def test_a_credit_code_is_checked_by_its_check_digit(office: Office, text: str) -> None:
    words = ("--unit", "东山建设有限公司", "--name", "张三丰", "--role", "bidder")
    code, out, err = office.run("authorise", *words, "--credit-code", text)
    assert code == 1 and "--credit-code is not valid: " in err and not out and "张三丰" not in err


def test_what_a_new_code_needs_is_said(office: Office) -> None:
    with pytest.raises(SystemExit):
        office.run("authorise", "--unit", "东山建设有限公司")
    with pytest.raises(SystemExit):
        office.run("authorise", "--list", "--withdraw", "abcdefgh")
