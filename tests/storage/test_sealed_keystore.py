"""Key files sealed by a passphrase."""

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from storage.envelope import new_data_key
from storage.errors import KeyUnavailable, Tampered
from storage.keys import thumbprint
from storage.local import keystore
from storage.local import passphrase as sealing
from storage.local.key_encryption import LocalKeyEncryption
from storage.local.keystore import LocalKeystore, is_sealed

PHRASE, OTHER = b"correct horse", b"battery staple"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """scrypt as cheap as it is accepted."""
    monkeypatch.setattr(sealing.Sealer.box, "__kwdefaults__", {"cost": 2**10})
    monkeypatch.setattr(sealing.new_box, "__kwdefaults__", {"cost": 2**10})


def used(directory: Path, passphrase: bytes | None) -> tuple[str, bytes]:
    """The root's name, and something that was wrapped."""
    keys = LocalKeystore(directory, passphrase=passphrase)
    return thumbprint(keys.root.public_key), keys.key_encryption.wrap(b"one", context={})


def test_what_was_plain_is_sealed_and_stays_the_same(tmp_path: Path) -> None:
    kid, wrapped = used(tmp_path, None)
    plain = (tmp_path / "key-encryption.key").read_bytes()
    assert not is_sealed(tmp_path)
    assert LocalKeystore(tmp_path).seal(PHRASE) == ["key-encryption.key", "root.pem"]
    assert is_sealed(tmp_path)
    keys = LocalKeystore(tmp_path, passphrase=PHRASE)
    assert thumbprint(keys.root.public_key) == kid
    assert keys.key_encryption.unwrap(wrapped, context={}) == b"one"
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
    assert not any(plain in content or b"PRIVATE" in content for content in files.values())


def test_files_made_with_a_passphrase_are_sealed_from_the_beginning(tmp_path: Path) -> None:
    kid, _ = used(tmp_path, PHRASE)
    assert used(tmp_path, PHRASE)[0] == kid
    contents = [(tmp_path / name).read_bytes() for name in ("root.pem", "key-encryption.key")]
    assert all(content.startswith(sealing.SEALED) for content in contents)


def test_a_wrong_or_a_missing_passphrase_is_told(tmp_path: Path) -> None:
    used(tmp_path, PHRASE)
    with pytest.raises(KeyUnavailable, match="passphrase is wrong"):
        LocalKeystore(tmp_path, passphrase=OTHER)
    with pytest.raises(KeyUnavailable, match="CAMEO_KEY_PASSPHRASE"):
        LocalKeystore(tmp_path)


def test_a_passphrase_for_keys_that_lie_open_is_refused(tmp_path: Path) -> None:
    used(tmp_path, None)
    with pytest.raises(KeyUnavailable, match="cameo keys seal"):
        LocalKeystore(tmp_path, passphrase=PHRASE)


def test_the_passphrase_changes(tmp_path: Path) -> None:
    kid, wrapped = used(tmp_path, PHRASE)
    LocalKeystore(tmp_path, passphrase=PHRASE).seal(OTHER)
    with pytest.raises(KeyUnavailable, match="wrong"):
        LocalKeystore(tmp_path, passphrase=PHRASE)
    keys = LocalKeystore(tmp_path, passphrase=OTHER)
    assert thumbprint(keys.root.public_key) == kid
    assert keys.key_encryption.unwrap(wrapped, context={}) == b"one"


def test_sealing_that_was_cut_off_is_completed(tmp_path: Path) -> None:
    kid, _ = used(tmp_path, None)
    plain = (tmp_path / "root.pem").read_bytes()
    LocalKeystore(tmp_path).seal(PHRASE)
    (tmp_path / "root.pem").write_bytes(plain)
    with pytest.raises(KeyUnavailable, match=r"root\.pem.*cameo keys seal"):
        used(tmp_path, PHRASE)
    LocalKeystore(tmp_path, passphrase=PHRASE).seal(PHRASE)
    assert used(tmp_path, PHRASE)[0] == kid


@pytest.mark.parametrize("name", ["root.pem", "key-encryption.key"])
def test_a_flipped_bit_of_a_sealed_file_is_found(tmp_path: Path, name: str) -> None:
    used(tmp_path, PHRASE)
    content = bytearray((tmp_path / name).read_bytes())
    content[-1] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(KeyUnavailable, match=name):
        used(tmp_path, PHRASE)


def test_one_sealed_file_in_the_place_of_another_does_not_open(tmp_path: Path) -> None:
    used(tmp_path, PHRASE)
    (tmp_path / "root.pem").write_bytes((tmp_path / "key-encryption.key").read_bytes())
    with pytest.raises(KeyUnavailable, match=r"root\.pem"):
        used(tmp_path, PHRASE)


@pytest.mark.parametrize(
    "box", [b"", b"[]", b"{}", b'{"format": "x", "kdf": "scrypt", "n": 1024}', b"\xff"]
)
def test_a_damaged_sealing_key_is_told(tmp_path: Path, box: bytes) -> None:
    used(tmp_path, PHRASE)
    (tmp_path / "sealing.json").write_bytes(box)
    with pytest.raises(KeyUnavailable, match="sealing key"):
        LocalKeystore(tmp_path, passphrase=PHRASE)


def test_a_sealing_key_that_asks_for_too_much_memory_is_refused(tmp_path: Path) -> None:
    used(tmp_path, PHRASE)
    box = (tmp_path / "sealing.json").read_text().replace('"n": 1024', f'"n": {2**30}')
    (tmp_path / "sealing.json").write_text(box)
    with pytest.raises(KeyUnavailable, match="unknown form"):
        LocalKeystore(tmp_path, passphrase=PHRASE)


def test_a_sealed_directory_without_its_sealing_key_stays_shut(tmp_path: Path) -> None:
    used(tmp_path, PHRASE)
    (tmp_path / "sealing.json").unlink()
    with pytest.raises(KeyUnavailable, match=r"sealing\.json"):
        used(tmp_path, None)
    with pytest.raises(KeyUnavailable, match="not sealed"):
        used(tmp_path, PHRASE)


@pytest.mark.parametrize("passphrase", [None, PHRASE])
def test_an_exchanged_key_stands_beside_the_former_one_and_both_are_sealed(
    tmp_path: Path, passphrase: bytes | None
) -> None:
    _, wrapped = used(tmp_path, passphrase)
    former = LocalKeystore(tmp_path, passphrase=passphrase).key_encryption.mark
    LocalKeystore(tmp_path, passphrase=passphrase).exchange()
    keys = LocalKeystore(tmp_path, passphrase=passphrase)
    assert keys.key_encryption.mark != former
    assert [each.mark for each in keys.key_encryptions()] == [keys.key_encryption.mark, former]
    assert keys.key_encryption.unwrap(wrapped, context={}) == b"one"
    with pytest.raises(KeyUnavailable, match="complete that exchange"):
        keys.exchange()
    names = ["key-encryption.former.key", "key-encryption.key", "root.pem"]
    assert keys.seal(OTHER) == names
    contents = [(tmp_path / name).read_bytes() for name in names]
    assert all(content.startswith(sealing.SEALED) for content in contents)
    again = LocalKeystore(tmp_path, passphrase=OTHER)
    assert again.key_encryption.unwrap(wrapped, context={}) == b"one"
    (tmp_path / names[0]).unlink()
    with pytest.raises(Tampered):
        LocalKeystore(tmp_path, passphrase=OTHER).key_encryption.unwrap(wrapped, context={})


def test_a_damaged_former_key_is_told_and_no_key_is_made_where_one_is_wanted(
    tmp_path: Path,
) -> None:
    with pytest.raises(KeyUnavailable, match="there is no"):
        LocalKeystore(tmp_path).key_encryptions(make=False)
    used(tmp_path, None)
    LocalKeystore(tmp_path).exchange()
    (tmp_path / "key-encryption.former.key").write_bytes(b"short")
    with pytest.raises(KeyUnavailable, match=r"former.*is damaged"):
        LocalKeystore(tmp_path).key_encryption  # noqa: B018 (looking is what raises)


@pytest.mark.parametrize("passphrase", [None, PHRASE])
def test_of_several_who_exchange_the_key_at_once_one_does(
    tmp_path: Path, passphrase: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody writes over a key that was just made: something may be wrapped under it."""
    _, wrapped = used(tmp_path, passphrase)
    stores = [LocalKeystore(tmp_path, passphrase=passphrase) for _ in range(3)]
    for store in stores:
        assert store.key_encryption.unwrap(wrapped, context={}) == b"one"
    together, made = threading.Barrier(len(stores)), []

    def new_key() -> bytes:
        # whoever gets here leaves the others time to get here too
        with suppress(threading.BrokenBarrierError):
            together.wait(0.5)
        made.append(new_data_key())
        return made[-1]

    monkeypatch.setattr(keystore, "new_data_key", new_key)
    refused = []

    def exchange(store: LocalKeystore) -> None:
        try:
            store.exchange()
        except KeyUnavailable as error:
            refused.append(str(error))

    threads = [threading.Thread(target=exchange, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(made), len(refused)) == (1, 2)
    assert all("already" in each for each in refused)
    both = LocalKeystore(tmp_path, passphrase=passphrase).key_encryption
    assert both.mark == LocalKeyEncryption(made[0]).mark
    assert both.unwrap(wrapped, context={}) == b"one"
