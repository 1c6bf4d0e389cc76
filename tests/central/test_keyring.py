"""The centre's keys: made once, turned, revoked, and never made anew in place of lost ones."""

import stat
import threading
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.central.feeds import changes_since
from kiosk.central.keyring import (
    KeyInUse,
    Keyring,
    UnknownKeyName,
    UnusableKeys,
    keyring_of,
)
from kiosk.central.site import publish_keys, publish_site, read_site
from kiosk.sync.authorisation import Authorisation, sign_authorisation, verify_authorisation
from kiosk.sync.errors import Offline
from kiosk.sync.receipt import check_receipt, make_receipt, read_receipt, read_short, sign_receipt
from kiosk.sync.signatures import BadSignature, KeySet, UnknownKey, public_key, vouch
from kiosk.sync.submission import Role
from kiosk.sync.upload import SubmissionClient
from tests.central.test_submissions import DATA, take
from tests.sync.handing_in import ZHANG, deliver, handed, manifest, new_id

FILES = ("signing.pem", "public.json", "person.key")


@pytest.fixture
def client(centre):
    take(centre, "r1", closes_at="2026-03-17T06:00:00Z", opens_at="2026-03-17T07:00:00Z")
    with centre.served() as address:
        made = SubmissionClient(address)
        yield made
        made.close()


def test_keys_are_made_once_for_their_owner_only_and_turn(centre):
    folder, made = centre.database.folder, []
    threads = [
        threading.Thread(target=lambda: made.append(keyring_of(centre.database).public_keys()))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({keys.keys[0].kid for keys in made}) == 1
    ring = keyring_of(centre.database)
    first = ring.public_keys()
    person = ring.person("张三丰", ZHANG.number)
    second = ring.rotate(centre.clock)
    assert second == Keyring(folder).public_keys() == Keyring(folder).known_keys()
    assert [key.kid for key in second.keys[1:]] == [first.keys[0].kid]
    assert [key.retired_at for key in second.keys] == [None, centre.clock()]
    assert Keyring(folder).person("张三丰", ZHANG.number) == person
    assert person != ring.person("张三丰", "X123") != ring.person("李四", "X123")
    for path in (folder / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((folder / "keys").stat().st_mode) == 0o700


def test_two_centres_hash_the_same_person_otherwise(centre, tmp_path):
    ring = keyring_of(centre.database)
    one = ring.person("张三丰", ZHANG.number)
    (centre.database.folder / "keys" / "person.key").unlink()
    assert ring.person("张三丰", ZHANG.number) != one, "hashed under a secret of its own"


def test_a_receipt_of_a_former_key_is_still_proven(centre, client):
    id, whole = new_id(1, centre.clock()), manifest(handed(DATA))
    signed = deliver(client, id, whole, [DATA])
    centre.clock.pass_by(seconds=1)
    keyring_of(centre.database).rotate(centre.clock)
    check_receipt(signed, whole, id, client.keys())
    assert client.submit(id, whole) == signed
    second = deliver(client, new_id(2, centre.clock()), manifest(handed(DATA)), [DATA])
    assert second.token.split(".")[0] != signed.token.split(".")[0]


def test_what_a_retired_key_signs_afterwards_is_not_proven(centre):
    ring = keyring_of(centre.database)
    stolen = ring.signing_key()
    keys = ring.rotate(centre.clock)
    for seconds, is_proven in ((0, True), (1, False)):
        when = centre.clock() + timedelta(seconds=seconds)
        receipt = make_receipt(
            manifest(handed(DATA)),
            new_id(1, when),
            number="AAAA-AAAA-AAAA",
            received_at=when,
        )
        signed = sign_receipt(receipt, stolen)
        for read, token in ((read_receipt, signed.token), (read_short, signed.short)):
            if is_proven:
                read(token, keys)
                continue
            with pytest.raises(BadSignature, match="no longer used"):
                read(token, keys)


def test_a_code_that_a_retired_key_signs_afterwards_is_not_proven(centre):
    ring = keyring_of(centre.database)
    stolen, now = ring.signing_key(), centre.clock()
    keys = ring.rotate(centre.clock)
    for seconds, is_proven in ((0, True), (1, False)):
        issued_at = now + timedelta(seconds=seconds)
        code = sign_authorisation(
            Authorisation(
                id="0123456789abcdef",
                unit="东山建设",
                credit_code="91350100M000100Y43",
                name="张三丰",
                role=Role.BIDDER,
                issued_at=issued_at,
                expires_at=issued_at + timedelta(days=1),
            ),
            stolen,
        )
        if is_proven:
            verify_authorisation(code, keys, issued_at)
            continue
        with pytest.raises(BadSignature, match="no longer used"):
            verify_authorisation(code, keys, issued_at)


def test_nothing_of_a_revoked_key_is_proven(centre, client):
    signed = deliver(client, new_id(1, centre.clock()), manifest(handed(DATA)), [DATA])
    ring = keyring_of(centre.database)
    kid = ring.public_keys().keys[0].kid
    with pytest.raises(KeyInUse):
        ring.revoke(kid)
    with pytest.raises(UnknownKeyName):
        ring.revoke("none")
    ring.rotate(centre.clock)
    read_receipt(signed.token, client.keys())
    ring.revoke(kid)
    with pytest.raises(BadSignature, match="revoked"):
        read_receipt(signed.token, client.keys())
    publish_keys(centre.database, "site-main", ring.public_keys())


def test_whoever_knows_one_key_proves_the_later_ones_and_no_foreign_ones(centre):
    ring = keyring_of(centre.database)
    first = ring.public_keys()
    second = ring.rotate(centre.clock)
    third = ring.rotate(centre.clock)
    found = first.joined(KeySet.model_validate_json(third.model_dump_json()))
    assert {key.kid for key in found.keys} == {key.kid for key in third.keys}
    foreign = Ed25519PrivateKey.generate()
    bare, stolen_word = public_key(foreign), second.keys[0].vouchers
    for told in (
        bare,
        bare.model_copy(update={"vouchers": (vouch(bare, foreign),)}),
        bare.model_copy(update={"vouchers": stolen_word}),
        bare.model_copy(update={"vouchers": stolen_word, "kid": second.keys[0].kid}),
        bare.model_copy(update={"vouchers": ("x.y.z",)}),
    ):
        joined = first.joined(KeySet(keys=(told, *first.keys)))
        assert [key.x for key in joined.keys] == [key.x for key in first.keys]
    # What is told of a key that is known is not taken over.
    gone = first.keys[0].model_copy(update={"revoked": True})
    assert first.joined(KeySet(keys=(gone,))) == first


def test_the_word_of_a_revoked_key_counts_no_more(centre):
    ring = keyring_of(centre.database)
    first = ring.public_keys()
    second = ring.rotate(centre.clock)
    known = KeySet(keys=(first.keys[0].model_copy(update={"revoked": True}),))
    assert known.joined(second) == known


@pytest.mark.parametrize("name", FILES)
def test_a_lost_key_is_not_made_anew(centre, client, name):
    id, whole = new_id(1, centre.clock()), manifest(handed(DATA))
    deliver(client, id, whole, [DATA])
    path = centre.database.folder / "keys" / name
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(Offline):
        if name == "person.key":
            client.submit(id, whole)
        else:
            client.keys()
    with pytest.raises(Offline):
        deliver(client, new_id(2, centre.clock()), whole, [DATA])
    assert not path.exists()
    path.write_bytes(kept)
    client.submit(id, whole)
    client.keys()


def test_keys_that_are_published_are_not_made_anew(centre):
    ring = keyring_of(centre.database)
    publish_keys(centre.database, "site-main", ring.public_keys())
    for name in ("signing.pem", "public.json"):
        (centre.database.folder / "keys" / name).unlink()
    for ask in (ring.public_keys, ring.signing_key, ring.known_keys):
        with pytest.raises(UnusableKeys, match="put a copy of it back"):
            ask()
    assert not (centre.database.folder / "keys" / "signing.pem").exists()


def test_who_only_proves_needs_no_secret(centre):
    ring = keyring_of(centre.database)
    keys = ring.public_keys()
    (centre.database.folder / "keys" / "signing.pem").unlink()
    assert Keyring(centre.database.folder).known_keys() == keys
    with pytest.raises(UnknownKey):
        read_receipt(_of_another_centre(centre).token, keys)


def _of_another_centre(centre):
    receipt = make_receipt(
        manifest(handed(DATA)), new_id(1, centre.clock()), number="A", received_at=centre.clock()
    )
    return sign_receipt(receipt, Ed25519PrivateKey.generate())


def test_the_site_feed_tells_the_keys_and_a_site_file_leaves_them(centre, tmp_path):
    keys = keyring_of(centre.database).public_keys()
    assert publish_keys(centre.database, "site-main", keys)
    assert not publish_keys(centre.database, "site-main", keys)
    path = tmp_path / "site.toml"
    path.write_text("", encoding="utf-8")
    publish_site(centre.database, "site-main", read_site(path))
    page = changes_since(
        centre.database, "site-main", "0", limit=10, include_docs=True, now=centre.clock()
    )
    docs = {row.id: row.doc for row in page.results}
    assert KeySet.model_validate(docs["keys:this"]) == keys
