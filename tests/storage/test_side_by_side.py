"""Templates of several models side by side, and the samples that others can be made of."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from storage.contracts import Store
from storage.database import Database
from storage.errors import StorageError, Tampered
from storage.records import EnrollmentState, ModelCount, SampleRecord, TemplateRecord
from tests.storage import samples

OLD, NEW = "00ff", "11ff"
FACE = samples.template()
VOICE = samples.template(modality="voice", model="ge2e", vector=(1.0, 0.0))
NEW_FACE = samples.template(model="arcface", model_sha256=NEW, vector=(0.25, 0.5))
HELD = samples.template(cameo_id="enr_9")
STILL = SampleRecord(
    cameo_id="cam_1",
    modality="face",
    position=0,
    media_type="image/png",
    content=b"a still \x00 of somebody",
    created_at=samples.NOW,
)
SPEECH = replace(STILL, modality="voice", media_type="audio/flac", content=b"four seven")


def of(template: TemplateRecord, cameo_id: str) -> TemplateRecord:
    return replace(template, cameo_id=cameo_id)


@pytest.fixture
def three_cameos(store: Store) -> Store:
    """One with both models, one with the old, one with the new; and one that waits for review."""
    with store.write() as tx:
        for number in (1, 2, 3):
            tx.cameos.add(samples.cameo(id=f"cam_{number}"))
        tx.templates.put([FACE, VOICE])
        tx.templates.put([NEW_FACE])
        tx.templates.put([of(FACE, "cam_2"), of(VOICE, "cam_2")])
        tx.templates.put([of(NEW_FACE, "cam_3")])
        tx.templates.put([HELD])
    return store


def templates(store: Store, cameo_id: str = "cam_1") -> list[TemplateRecord]:
    with store.read() as tx:
        return tx.templates.of_cameo(cameo_id)


def wrapped(url: str, cameo_id: str = "cam_1") -> bytes:
    database = Database(url)
    with database.read() as statements:
        query = text(f"SELECT wrapped FROM template_keys WHERE cameo_id = '{cameo_id}'")  # noqa: S608 (our own)
        found = bytes(statements.run(query).scalar_one())
    database.close()
    return found


def test_a_template_of_another_model_stands_beside_the_first(three_cameos: Store) -> None:
    assert templates(three_cameos) == [FACE, NEW_FACE, VOICE]


def test_a_template_replaces_the_one_of_its_model_only(three_cameos: Store, url: str) -> None:
    before, renewed = wrapped(url), replace(FACE, vector=(0.0, 1.0))
    with three_cameos.write() as tx:
        tx.templates.put([renewed])
    assert templates(three_cameos) == [renewed, NEW_FACE, VOICE]
    assert wrapped(url) == before


def test_nothing_is_put_under_a_key_that_does_not_open(three_cameos: Store, url: str) -> None:
    database = Database(url)
    with database.write() as statements:
        statements.run(text("UPDATE template_keys SET wrapped = substr(wrapped, 1, 20)"))
    database.close()
    with pytest.raises(Tampered), three_cameos.write() as tx:
        tx.templates.put([NEW_FACE])


def test_one_model_is_dropped_but_never_the_last(three_cameos: Store) -> None:
    with three_cameos.write() as tx:
        tx.templates.drop("cam_1", "face", OLD)
        tx.templates.drop("cam_1", "face", OLD)
        tx.templates.drop("cam_1", "face", "a model that nobody has")
    assert templates(three_cameos) == [NEW_FACE, VOICE]
    for last in (NEW_FACE, VOICE):
        with pytest.raises(StorageError, match="no other"), three_cameos.write() as tx:
            tx.templates.drop("cam_1", last.modality, last.model_sha256)
    assert templates(three_cameos, "cam_2") == [of(FACE, "cam_2"), of(VOICE, "cam_2")]


def test_the_templates_of_a_model_come_page_by_page(three_cameos: Store) -> None:
    with three_cameos.read() as tx:
        assert tx.templates.of_model("face", OLD, limit=9) == [FACE, of(FACE, "cam_2")]
        assert tx.templates.of_model("face", OLD, limit=1) == [FACE]
        assert tx.templates.of_model("face", OLD, limit=9, after="cam_1") == [of(FACE, "cam_2")]
        assert tx.templates.of_model("voice", NEW, limit=9) == []


def test_cameos_that_lack_a_model_come_page_by_page(three_cameos: Store) -> None:
    with three_cameos.read() as tx:
        assert tx.templates.lacking("face", NEW, limit=9) == ["cam_2"]
        assert tx.templates.lacking("face", "33", limit=2) == ["cam_1", "cam_2"]
        assert tx.templates.lacking("face", "33", limit=2, after="cam_2") == ["cam_3"]
        # a cameo without a voice lacks none
        assert tx.templates.lacking("voice", "33", limit=9) == ["cam_1", "cam_2"]


def test_models_that_alone_know_somebody_are_named(three_cameos: Store) -> None:
    with three_cameos.read() as tx:
        assert tx.templates.only_of_others("face", NEW) == [OLD]
        assert tx.templates.only_of_others("face", OLD) == [NEW]
        assert tx.templates.only_of_others("face", "33") == [OLD, NEW]
        assert tx.templates.only_of_others("voice", OLD) == []
    with three_cameos.write() as tx:
        tx.templates.put([of(NEW_FACE, "cam_2")])
        # what waits with an enrollment is nobody's yet
        assert tx.templates.only_of_others("face", NEW) == []


def test_models_are_counted_by_their_cameos(three_cameos: Store) -> None:
    with three_cameos.read() as tx:
        counted = tx.templates.counts()
    assert counted == [
        ModelCount(modality="face", model="dlib", model_sha256=OLD, cameos=2),
        ModelCount(modality="face", model="arcface", model_sha256=NEW, cameos=2),
        ModelCount(modality="voice", model="ge2e", model_sha256=OLD, cameos=2),
    ]


def test_samples_are_replaced_together_and_end_with_the_templates(three_cameos: Store) -> None:
    second = replace(STILL, position=1, content=b"")
    with three_cameos.write() as tx:
        tx.templates.keep_samples("cam_1", [SPEECH, second, STILL])
    with three_cameos.read() as tx:
        assert tx.templates.samples_of("cam_1") == [STILL, second, SPEECH]
        assert tx.templates.samples_of("cam_2") == []
    with three_cameos.write() as tx:
        tx.templates.keep_samples("cam_1", [second])
    with three_cameos.read() as tx:
        assert tx.templates.samples_of("cam_1") == [second]
    with three_cameos.write() as tx:
        tx.templates.destroy("cam_1")
        assert tx.templates.samples_of("cam_1") == []
        assert tx.templates.of_cameo("cam_1") == []


@pytest.mark.parametrize(
    ("cameo_id", "wrong"),
    [("cam_2", [STILL]), ("cam_1", [STILL, STILL]), ("cam_8", [replace(STILL, cameo_id="cam_8")])],
)
def test_samples_need_a_cameo_with_templates_and_a_place_each(
    three_cameos: Store, cameo_id: str, wrong: list[SampleRecord]
) -> None:
    with pytest.raises(StorageError), three_cameos.write() as tx:
        tx.templates.keep_samples(cameo_id, wrong)
    with three_cameos.read() as tx:
        assert tx.templates.samples_of("cam_1") == []


@pytest.mark.parametrize(
    "change",
    [
        "modality = 'voice'",
        "position = 7",
        "media_type = 'image/jpeg'",
        "cameo_id = 'cam_2'",
        "nonce = substr(nonce, 1, 4)",
        "ciphertext = substr(ciphertext, 1, 4)",
    ],
)
def test_an_altered_sample_is_noticed(three_cameos: Store, url: str, change: str) -> None:
    with three_cameos.write() as tx:
        tx.templates.keep_samples("cam_1", [STILL])
    database = Database(url)
    with database.write() as statements:
        assert statements.run(text(f"UPDATE samples SET {change}")).rowcount == 1  # noqa: S608 (our own)
    database.close()
    now_of = "cam_2" if "cam_2" in change else "cam_1"
    with pytest.raises(Tampered), three_cameos.read() as tx:
        tx.templates.samples_of(now_of)


def test_nothing_of_a_sample_can_be_read_in_the_table(three_cameos: Store, url: str) -> None:
    with three_cameos.write() as tx:
        tx.templates.keep_samples("cam_1", [STILL])
    database = Database(url)
    with database.read() as statements:
        stored = bytes(statements.run(text("SELECT ciphertext FROM samples")).scalar_one())
    database.close()
    assert b"somebody" not in stored


def test_renewals_of_a_cameo_that_are_not_over(store: Store) -> None:
    open_ones = [
        samples.enrollment(id=f"enr_{number}", renews="cam_1", state=state)
        for number, state in enumerate(EnrollmentState)
    ]
    with store.write() as tx:
        for record in (*open_ones, samples.enrollment(id="enr_9", renews="cam_2")):
            tx.enrollments.add(record)
    with store.read() as tx:
        assert [record.state for record in tx.enrollments.renewing("cam_1")] == [
            EnrollmentState.REQUIRES_INPUT,
            EnrollmentState.PROCESSING,
            EnrollmentState.NEEDS_REVIEW,
        ]
        assert tx.enrollments.renewing("cam_3") == []
