"""Signed notes: what is signed, by whom, and what is refused."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.log.notes import (
    COSIGNATURE,
    Checkpoint,
    MalformedNote,
    NotSigned,
    cosign,
    cosigned_at,
    key_id,
    read,
    read_verifier_key,
    require_name,
    sign,
    verified,
    verifier_key,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
HEAD = Checkpoint(origin="cameo.example/log", size=7, root=bytes(range(32)))
NOTE = sign(HEAD, KEY)


def test_the_text_is_that_of_a_checkpoint() -> None:
    assert HEAD.text == "cameo.example/log\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    assert NOTE.startswith(f"{HEAD.text}\n— cameo.example/log ")
    assert read(NOTE)[0] == HEAD


def test_a_key_of_the_specification_has_its_id() -> None:
    # the example of https://pkg.go.dev/golang.org/x/mod/sumdb/note and C2SP signed-note
    vector = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    name, kind, key = read_verifier_key(vector)
    assert (name, kind, key_id(name, key).hex()) == ("PeterNeumann", b"\x01", "c74f20a3")
    assert verifier_key(name, key) == vector


def test_a_note_verifies_by_the_keys_of_its_log_alone() -> None:
    public = KEY.public_key()
    assert verified(NOTE, [OTHER.public_key(), public]) == HEAD
    for keys in ([], [OTHER.public_key()]):
        with pytest.raises(NotSigned, match="no known key"):
            verified(NOTE, keys)


def test_a_wrong_signature_of_one_known_key_spoils_the_note() -> None:
    """C2SP signed-note: a line of a known key that does not verify refuses the note, whoever else
    has signed it; lines of unknown keys are passed over."""
    wrong = sign(replace(HEAD, size=8), OTHER).splitlines(keepends=True)[-1]
    known = [KEY.public_key(), OTHER.public_key()]
    for note in (NOTE + wrong, NOTE.replace("\n\n", "\n\n" + wrong)):
        assert verified(note, known[:1]) == HEAD
        with pytest.raises(NotSigned, match="is wrong"):
            verified(note, known)


def test_no_other_character_anywhere_in_it() -> None:
    for place, character in enumerate(NOTE):
        flipped = NOTE[:place] + chr(ord(character) ^ 1) + NOTE[place + 1 :]
        with pytest.raises((MalformedNote, NotSigned)):
            verified(flipped, [KEY.public_key()])


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD.text,
        NOTE[:-1],
        NOTE.replace("\n7\n", "\n07\n"),
        NOTE.replace("\n7\n", "\n-7\n"),
        NOTE.replace("\n7\n", "\n\u0667\n"),
        NOTE.replace("\n7\n", "\n7\nmore\n"),
        NOTE.replace("Hh8=", "Hh8"),
        NOTE.replace("Hh8=", "Hh9="),
        NOTE.replace("Hh8=", "Hg=="),
        NOTE.replace("— ", "- "),
        NOTE.replace("cameo.example/log", "cameo log"),
        NOTE + "more\n",
        NOTE + "\n",
        NOTE + NOTE.splitlines(keepends=True)[-1] * 40,
        NOTE + "x" * 20_000,
    ],
)
def test_nothing_else_is_a_note(text: str) -> None:
    with pytest.raises(MalformedNote):
        verified(text, [KEY.public_key()])


def test_a_witness_signs_below_the_log_and_at_a_time() -> None:
    signed = cosign(NOTE, OTHER, name="witness.example/w", at=1_700_000_000)
    assert verified(signed, [KEY.public_key()]) == HEAD
    assert cosigned_at(signed, OTHER.public_key(), name="witness.example/w") == 1_700_000_000
    for name, key in (("witness.example/x", OTHER), ("witness.example/w", KEY)):
        with pytest.raises(NotSigned, match="has not signed"):
            cosigned_at(signed, key.public_key(), name=name)


def test_a_cosignature_is_over_the_specified_message() -> None:
    # https://c2sp.org/tlog-cosignature: an eight-byte time, then the signature over this text
    signature = read(cosign(NOTE, OTHER, name="w", at=1_700_000_000))[1][1]
    assert signature.value[:8] == (1_700_000_000).to_bytes(8, "big")
    message = f"cosignature/v1\ntime 1700000000\n{HEAD.text}"
    OTHER.public_key().verify(signature.value[8:], message.encode())


def test_a_witness_cannot_have_its_time_changed() -> None:
    signed = cosign(NOTE, OTHER, name="w", at=1_700_000_000)
    later = cosign(NOTE, KEY, name="w", at=1_700_000_001)
    value = read(signed)[1][1].value
    moved = read(later)[1][1].value[:8] + value[8:]
    forged = signed.replace(read(signed)[1][1].line, "")
    line = type(read(signed)[1][1])(
        name="w", key_id=key_id("w", OTHER.public_key(), COSIGNATURE), value=moved
    ).line
    with pytest.raises(NotSigned, match="signature of `w`"):
        cosigned_at(forged + line, OTHER.public_key(), name="w")


@pytest.mark.parametrize("text", ["", "a+b", "w+00000000+AQ==", "w+00000000+AQIDBA=="])
def test_nothing_else_is_a_verifier_key(text: str) -> None:
    with pytest.raises(MalformedNote):
        read_verifier_key(text)


def test_a_verifier_key_names_itself() -> None:
    written = verifier_key("w", KEY.public_key(), COSIGNATURE)
    name, kind, key = read_verifier_key(written)
    assert (name, kind, key.public_bytes_raw()) == (
        "w",
        COSIGNATURE,
        KEY.public_key().public_bytes_raw(),
    )
    with pytest.raises(MalformedNote, match="another key"):
        read_verifier_key(written.replace("w+", "v+"))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n", "ü", "x" * 201])
def test_a_name_is_visible_ascii_without_a_plus(name: str) -> None:
    with pytest.raises(MalformedNote, match="not the name"):
        require_name(name)
