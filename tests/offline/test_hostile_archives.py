"""Archives that somebody made to be taken for what they are not: each is refused, by its code.

Whoever makes them may sign them: an archive that is verified by its own keys is whole, and then it
must be what every program shows that unfolds it.
"""

import hashlib
import io
import json
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable

import pytest

from cameo_service.offline import archive_layout, archives
from cameo_service.offline.archives import ArchiveNotProven, verify_archive
from tests.offline.archives import Files, Maker, packed, plainly

Attack = Callable[[Maker], io.BytesIO]
LOG = "log.json"


@pytest.fixture
def maker() -> Maker:
    return Maker()


def named(name: str) -> Attack:
    """One more file, signed, of this name."""
    return lambda maker: packed(maker.signed({**maker.files(), name: b"x"}))


def written(write: Callable[[zipfile.ZipFile, bytes], None]) -> Attack:
    """The log's entries put in by `write`, everything else as it should be."""

    def put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
        if name == LOG:
            write(archive, content)
        else:
            plainly(archive, name, content)

    return lambda maker: packed(maker.signed(maker.files()), put)


def entry_with(**attributes: object) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(LOG)
    for name, value in attributes.items():
        setattr(entry, name, value)
    return entry


def twice(archive: zipfile.ZipFile, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(LOG), b"[]")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(zipfile.ZipInfo(LOG), content)


def as_link(archive: zipfile.ZipFile, content: bytes) -> None:
    archive.writestr(entry_with(external_attr=(stat.S_IFLNK | 0o777) << 16), content)


OTHER_NAME = struct.pack("<HHBL", 0x7075, 5 + 8, 1, 0) + b"evil.exe"
"""Info-ZIP's field for names in Unicode (APPNOTE 4.6.9), which some programs follow."""


def under_another_name(archive: zipfile.ZipFile, content: bytes) -> None:
    archive.writestr(entry_with(extra=OTHER_NAME), content)


def under_another_name_where_it_lies(maker: Maker) -> io.BytesIO:
    """The field stands in front of the file alone, and not in the directory."""
    whole = written(under_another_name)(maker).getvalue()
    at = whole.rindex(OTHER_NAME)
    listed = whole.rindex(b"PK\x01\x02", 0, at)
    size = struct.unpack("<L", whole[-10:-6])[0] - len(OTHER_NAME)
    directory = whole[listed : listed + 30] + bytes(2) + whole[listed + 32 : at]
    rest = whole[at + len(OTHER_NAME) : -10]
    return io.BytesIO(whole[:listed] + directory + rest + struct.pack("<L", size) + whole[-6:])


def packed_by_lzma(archive: zipfile.ZipFile, content: bytes) -> None:
    archive.writestr(entry_with(compress_type=zipfile.ZIP_LZMA), content)


def with_a_comment(archive: zipfile.ZipFile, content: bytes) -> None:
    archive.writestr(entry_with(comment=b"see evil.example"), content)
    archive.comment = b"see evil.example"


def changed(change: Callable[[bytes], bytes]) -> Attack:
    """The whole archive, changed from outside."""
    return lambda maker: io.BytesIO(change(packed(maker.signed(maker.files())).getvalue()))


def hidden_between(whole: bytes) -> bytes:
    """A file between the others and the directory, which does not list it."""
    hidden = packed({"hidden.txt": b"x"}).getvalue()
    hidden = hidden[: hidden.index(b"PK\x01\x02")]
    at = whole.index(b"PK\x01\x02")
    offset = struct.unpack("<L", whole[-6:-2])[0] + len(hidden)
    return whole[:at] + hidden + whole[at:-6] + struct.pack("<L", offset) + whole[-2:]


def with_log(change: Callable[[list[dict[str, object]]], object]) -> Attack:
    """Other entries in the log, signed."""

    def attack(maker: Maker) -> io.BytesIO:
        entries = maker.entries()
        return packed(maker.signed(maker.files(log=json.dumps(change(entries)).encode())))

    return attack


def of_two_logs(maker: Maker) -> io.BytesIO:
    entries = maker.entries()
    entries[1]["proof"] = maker.proofs([b"{}", b'{"kind":"a","time":"b"}'])[1]
    return packed(maker.signed(maker.files(log=json.dumps(entries).encode())))


def under_two_names(maker: Maker) -> io.BytesIO:
    entries = maker.entries()
    line = [b'{"kind":"a","time":"b"}'] * 3
    entries[1]["proof"] = maker.proofs(line, origin="another.example/log")[1]
    return packed(maker.signed(maker.files(log=json.dumps(entries).encode())))


def with_receipt(**changes: object) -> Attack:
    def attack(maker: Maker) -> io.BytesIO:
        content = json.dumps({**maker.receipt(), **changes}).encode()
        return packed(maker.signed({**maker.files(log=b"[]"), "receipts/rcp_1.json": content}))

    return attack


def receipt_of_another(maker: Maker) -> io.BytesIO:
    content = json.dumps(maker.receipt(audience="user:ben")).encode()
    return packed(maker.signed({**maker.files(log=b"[]"), "receipts/rcp_1.json": content}))


def manifest_of_another(maker: Maker) -> io.BytesIO:
    """Signed for somebody else than it says that it is about."""
    files = maker.signed(maker.files())
    digest = hashlib.sha256(files["manifest.json"]).hexdigest()
    signature = maker.token("export", {"sub": "user:ben", "manifest_sha256": digest})
    return packed({**files, "manifest.jws": signature.encode()})


def cameo_of_another(maker: Maker) -> io.BytesIO:
    cameos = [{"id": "cam_1", "owner": "user:ben", "credential": None}]
    return packed(maker.signed(maker.files(cameos=json.dumps(cameos).encode())))


def deeply_nested(maker: Maker) -> io.BytesIO:
    return packed(maker.signed(maker.files(log=b"[" * 200_000)))


def said_twice(maker: Maker) -> io.BytesIO:
    return packed(maker.signed(maker.files(log=b'[{"number": 1, "number": 0}]')))


def no_number(maker: Maker) -> io.BytesIO:
    return packed(maker.signed(maker.files(log=b"[NaN]")))


def unfolding_to_much(maker: Maker) -> io.BytesIO:
    """A file that its manifest says is small."""
    files = maker.signed(maker.files())
    return packed({**files, LOG: files[LOG] + bytes(50_000_000)})


def huge_before_the_signature(maker: Maker) -> io.BytesIO:
    files = maker.files() | {"keys/jwks.json": b" " * 2_000_000 + b"{}"}
    return packed(maker.signed(files))


HOSTILE: dict[str, tuple[Attack, str]] = {
    "a path above": (named("../../home/ann/.profile"), "archive_malformed"),
    "a path from the root": (named("/etc/cron.d/x"), "archive_malformed"),
    "a path of Windows": (named("cameos\\..\\..\\x.exe"), "archive_malformed"),
    "a drive": (named("c:x.exe"), "archive_malformed"),
    "a folder": (named("cameos/"), "archive_malformed"),
    "a name that a terminal obeys": (named("x\x1b[2J.json"), "archive_malformed"),
    "a name in other letters": (named("l\u043eg.json"), "archive_malformed"),
    "a name in capitals": (named("LOG.json"), "archive_malformed"),
    "a name that stands twice": (written(twice), "archive_malformed"),
    "a link": (written(as_link), "archive_malformed"),
    "another name in an extra field": (written(under_another_name), "archive_malformed"),
    "another name where it lies": (under_another_name_where_it_lies, "archive_malformed"),
    "packed in another way": (written(packed_by_lzma), "archive_malformed"),
    "a comment": (written(with_a_comment), "archive_malformed"),
    "something before it": (changed(lambda whole: b"<script>" + whole), "archive_malformed"),
    "something behind it": (changed(lambda whole: whole + b"<script>"), "archive_malformed"),
    "a file that is not listed": (changed(hidden_between), "archive_malformed"),
    "unfolding to much": (unfolding_to_much, "file_altered"),
    "much before a signature": (huge_before_the_signature, "archive_malformed"),
    "deep nesting": (deeply_nested, "archive_malformed"),
    "a member that stands twice": (said_twice, "archive_malformed"),
    "no number of JSON": (no_number, "archive_malformed"),
    "an entry that stands twice": (with_log(lambda given: [*given, given[0]]), "archive_malformed"),
    "an entry without proof": (
        with_log(lambda given: [{**given[0], "proof": None}]),
        "archive_malformed",
    ),
    "a proof of another entry": (
        with_log(lambda given: [{**given[0], "number": 5}]),
        "entry_differs",
    ),
    "an event without opening": (
        with_log(lambda given: [{**given[1], "event": {"event": "grant.ended"}}]),
        "event_differs",
    ),
    "withheld, and not": (
        with_log(lambda given: [{**given[0], "withheld": True}]),
        "event_differs",
    ),
    "two histories of one log": (of_two_logs, "log_forked"),
    "two logs": (under_two_names, "origin_differs"),
    "another's manifest": (manifest_of_another, "manifest_altered"),
    "another's receipt": (receipt_of_another, "of_another_person"),
    "another's cameo": (cameo_of_another, "of_another_person"),
    "a receipt without proof": (with_receipt(proof=None), "receipt_malformed"),
    "a receipt closed, without proof": (
        with_receipt(opening=None, proof=None),
        "archive_malformed",
    ),
}


def test_what_is_in_order_is_proven(maker: Maker) -> None:
    files = {**maker.files(log=b"[]"), "receipts/rcp_1.json": json.dumps(maker.receipt()).encode()}
    for trusted in (maker.trusted, None):
        assert verify_archive(packed(maker.signed(files)), trusted).receipts == 1
        found = verify_archive(packed(maker.signed(maker.files())), trusted)
        assert (found.entries, found.files, found.subject) == (2, 3, "user:ann")


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_archive_is_refused(maker: Maker, what: str) -> None:
    attack, code = HOSTILE[what]
    for trusted in (maker.trusted, None):
        if trusted is not None and what == "much before a signature":
            continue  # who has keys reads none of the archive
        with pytest.raises(ArchiveNotProven) as refused:
            verify_archive(attack(maker), trusted)
        assert refused.value.code == code, refused.value
        assert "\x1b" not in str(refused.value)


def test_a_receipt_whose_opening_was_erased_is_logged_all_the_same(maker: Maker) -> None:
    closed = {**maker.receipt(), "opening": None}

    def archive(document: dict[str, object]) -> io.BytesIO:
        content = json.dumps(document).encode()
        return packed(maker.signed({**maker.files(log=b"[]"), "receipts/rcp_1.json": content}))

    assert verify_archive(archive(closed), maker.trusted).receipts == 0
    elsewhere = maker.entries()[0]["proof"]
    with pytest.raises(ArchiveNotProven) as refused:
        verify_archive(archive({**closed, "proof": elsewhere}), maker.trusted)
    assert refused.value.code == "entry_differs"


def test_who_signed_it_is_known_by_the_keys_that_are_trusted(maker: Maker) -> None:
    archive = packed(maker.signed(maker.files()))
    with pytest.raises(ArchiveNotProven) as refused:
        verify_archive(archive, Maker().trusted)
    assert (refused.value.code, refused.value.path) == ("unknown_key", "manifest.jws")


def test_there_is_an_end_to_files_and_to_documents(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: Files = maker.signed(maker.files())
    with monkeypatch.context() as patched:
        patched.setattr(archive_layout, "MOST_FILES", len(files) - 1)
        with pytest.raises(ArchiveNotProven, match="more than"):
            verify_archive(packed(files), maker.trusted)
    monkeypatch.setattr(archives, "LARGEST_UNSIGNED", 10)
    with pytest.raises(ArchiveNotProven, match="too long to be read"):
        verify_archive(packed(files), maker.trusted)
