"""`pack.toml`: what is read, and what is refused."""

import hashlib
from dataclasses import replace

import pytest

from verification.packs.catalogue import built_in, recipe
from verification.packs.documents import from_toml, to_toml
from verification.packs.errors import MalformedPack, UnknownPack
from verification.packs.loading import PART_SHARE, part_threshold
from verification.packs.manifest import Component, Pack, Piece, PinnedFile, Role, Threshold
from verification.sources.contracts import MalformedSource, parse_source


@pytest.mark.parametrize("name", ["open", "insightface"])
def test_built_in_packs_read_back_and_pin_all_they_fetch(name: str) -> None:
    pack = recipe(name)
    assert from_toml(to_toml(pack)) == pack
    for part in pack.components.values():
        if part.source is not None:
            source = parse_source(part.source)
            assert source.member is None or source.origin in pack.archives


def test_licences_are_as_their_owners_say() -> None:
    openly = {role: part.commercial for role, part in recipe("open").components.items()}
    assert [role for role, free in openly.items() if not free] == [Role.LANDMARKS]
    restricted = recipe("insightface").components
    for role in (Role.DETECTOR, Role.LANDMARKS, Role.RECOGNIZER, Role.PASSIVE):
        assert not restricted[role].commercial
    assert not any(pack.commercial for pack in built_in().values())


def test_every_threshold_names_its_operating_point() -> None:
    for pack in built_in().values():
        for part in pack.components.values():
            for threshold in part.thresholds.values():
                assert threshold.unit
                assert threshold.calibrated_on


def test_no_other_pack_is_built_in() -> None:
    with pytest.raises(UnknownPack):
        recipe("../open")


GOOD = to_toml(recipe("open"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("format = 1", "format = 2"),
        ("format = 1", ""),
        ('name = "open"', 'name = "../open"'),
        ('name = "open"', "name = 7"),
        ('file = "ge2e.pt"', 'file = "../ge2e.pt"'),
        ('file = "ge2e.pt"', 'file = "/etc/ge2e.pt"'),
        ('file = "ge2e.pt"', 'file = "a\\\\b"'),
        ('file = "ge2e.pt"', 'file = ""'),
        ('sha256 = "3937', 'sha256 = "3937zz'),
        ("size = 17090379", "size = -1"),
        ("size = 17090379", "size = 1.5"),
        ("size = 17090379", 'size = "17"'),
        ("size = 17090379", ""),
        ("commercial = false", 'commercial = "yes"'),
        ("commercial = false", ""),
        ("[components.voice]", "[components.telepathy]"),
        ("[components.voice]", "[components.voice]\nsurprise = 1"),
        ("[components.voice.thresholds", "[components.voice.threshold"),
        ('library = "pocketsphinx"', ""),
        ("[components.detector]", "[components"),
        ("false_match_rate = 0.0336", "false_match = 0.0336"),
    ],
)
def test_a_malformed_pack_is_refused(old: str, new: str) -> None:
    assert old in GOOD
    with pytest.raises(MalformedPack):
        from_toml(GOOD.replace(old, new))


def in_pieces() -> Pack:
    """The open pack with a passive model of two files."""
    pieces = {
        scale: Piece(
            file=PinnedFile(path=f"passive/{scale}.onnx", sha256=digit * 64, size=1_000),
            source=f"file:/srv/weights/{scale}.onnx",
        )
        for scale, digit in (("2.7", "a"), ("4.0", "b"))
    }
    bound = Threshold(value=0.5, unit="probability", calibrated_on="nothing")
    part = Component(
        role=Role.PASSIVE,
        adapter="minifasnet",
        licence="Apache-2.0",
        commercial=True,
        pieces=pieces,
        thresholds={"live": bound, "attack": bound},
    )
    pack = recipe("open")
    return replace(pack, components={**pack.components, Role.PASSIVE: part})


def test_a_component_of_several_files_reads_back_and_has_one_hash() -> None:
    pack = in_pieces()
    assert from_toml(to_toml(pack)) == pack
    part = pack.components[Role.PASSIVE]
    assert [file.path for file in part.files] == ["passive/2.7.onnx", "passive/4.0.onnx"]
    assert set(part.files) <= set(pack.files)
    lines = f"2.7 {'a' * 64}\n4.0 {'b' * 64}\n"
    assert part.sha256 == hashlib.sha256(lines.encode()).hexdigest()
    turned = replace(part, pieces=dict(reversed(list(part.pieces.items()))))
    assert turned.sha256 == part.sha256
    assert pack.components[Role.DETECTOR].sha256 is None


PIECES = to_toml(in_pieces())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('file = "passive/2.7.onnx"', 'file = "../2.7.onnx"'),
        ('file = "passive/2.7.onnx"', 'file = "passive/4.0.onnx"'),
        ('source = "file:/srv/weights/2.7.onnx"', ""),
        ('source = "file:/srv/weights/2.7.onnx"', "source = 7"),
        ('sha256 = "aaaa', 'sha256 = "aaaag'),
        ('pieces."2.7"]', 'pieces."2.7"]\nlicence = "MIT"'),
        ('pieces."2.7"]', 'pieces."../2.7"]'),
        ('pieces."2.7"]', 'pieces.""]'),
        ('adapter = "minifasnet"', 'adapter = "minifasnet"\nlibrary = "somewhere"'),
        ('adapter = "minifasnet"', 'adapter = "minifasnet"\nconvert_to = "other.onnx"'),
        ("thresholds.live]", "thresholds.lively]"),
        ('thresholds."attack"]', 'thresholds."attacks"]'),
    ],
)
def test_malformed_pieces_are_refused(old: str, new: str) -> None:
    old = old if old in PIECES else old.replace("thresholds.live", 'thresholds."live"')
    assert old in PIECES
    with pytest.raises(MalformedPack):
        from_toml(PIECES.replace(old, new, 1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "open",
        "http://example.org/a.onnx",
        "https://",
        "file:",
        "ftp://example.org/a",
        "pypi:name!path",
        "pypi:name==1.0",
        "pypi:name==1.0!",
        "pypi:name>=1.0!path",
        "pypi:--index-url=x==1!path",
        "hf:owner/repo/path",
        "hf:owner/repo@rev/../../secret",
    ],
)
def test_a_malformed_source_is_refused(text: str) -> None:
    with pytest.raises(MalformedSource):
        parse_source(text)


def test_parts_of_a_string_have_a_threshold_of_their_own() -> None:
    voice = from_toml(GOOD).components[Role.VOICE]
    assert part_threshold(voice) == voice.thresholds["part"]
    match = voice.thresholds["match"]
    derived = part_threshold(replace(voice, thresholds={"match": match}))
    assert derived.value == pytest.approx(PART_SHARE * match.value)
    assert derived.calibrated_on.startswith("not calibrated")
    assert derived.false_match_rate is None
