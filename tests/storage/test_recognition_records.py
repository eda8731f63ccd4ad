"""What recognition keeps: protected faces, notices, scans, and templates read page by page."""

from datetime import timedelta

from storage.contracts import Store
from storage.records import ScanState, TemplateRecord
from tests.storage import samples
from tests.storage.conftest import OpenStore
from tests.storage.samples import NOW

KINDS = ("face", "voice")


def test_records_of_recognition_are_kept(opened: OpenStore, store: Store) -> None:
    protected, notice, scan = samples.protected_face(), samples.notice(), samples.scan()
    with store.write() as tx:
        tx.protected_faces.add(protected)
        tx.notices.add(notice)
        tx.scans.add(scan)
    with opened().read() as tx:
        assert tx.protected_faces.get(protected.id) == protected
        assert tx.protected_faces.of("user:ann", limit=9) == [protected]
        assert tx.protected_faces.of(None, limit=9) == []
        assert tx.notices.of("user:ann", unread=True, limit=9) == [notice]
        assert tx.scans.get(scan.id) == scan
        assert tx.scans.begun("ck_1", since=NOW) == 1
        assert tx.scans.begun("ck_1", since=NOW + timedelta(seconds=1)) == 0


def test_notices_come_the_latest_first_and_are_read_once(store: Store) -> None:
    with store.write() as tx:
        for number in range(5):
            at = NOW + timedelta(seconds=number // 2)
            tx.notices.add(samples.notice(id=f"not_{number}", created_at=at))
        tx.notices.add(samples.notice(id="not_x", principal="user:bob"))
        page = tx.notices.of("user:ann", unread=False, limit=3)
        assert [each.id for each in page] == ["not_4", "not_3", "not_2"]
        rest = tx.notices.of("user:ann", unread=False, limit=3, after="not_2")
        assert [each.id for each in rest] == ["not_1", "not_0"]
        assert tx.notices.of("user:ann", unread=False, limit=3, after="not_x") == []
        assert tx.notices.read("not_3", now=NOW).read_at == NOW
        later = NOW + timedelta(days=1)
        assert tx.notices.read("not_3", now=later).read_at == NOW
        unread = tx.notices.of("user:ann", unread=True, limit=9)
        assert [each.id for each in unread] == ["not_4", "not_2", "not_1", "not_0"]


def test_only_scans_that_are_over_are_swept(store: Store) -> None:
    with store.write() as tx:
        tx.scans.add(samples.scan(id="sca_1", state=ScanState.PROCESSING))
        tx.scans.add(samples.scan(id="sca_2", state=ScanState.DONE))
        tx.scans.add(samples.scan(id="sca_3", state=ScanState.FAILED))
        assert tx.scans.sweep(before=NOW, limit=9) == 0
        assert tx.scans.sweep(before=NOW + timedelta(seconds=1), limit=9) == 2
        assert tx.scans.find("sca_1") is not None
        assert tx.scans.find("sca_2") is None


def test_templates_come_page_by_page(store: Store) -> None:
    for number in range(5):
        with store.write() as tx:
            of = f"cam_{number}"
            tx.templates.put([samples.template(cameo_id=of, modality=each) for each in KINDS])
    with store.write() as tx:
        tx.templates.put([samples.template(cameo_id="cam_15", modality="voice")])
    pages: list[list[TemplateRecord]] = []
    with store.read() as tx:
        after = None
        while page := tx.templates.of_modality("face", limit=2, after=after):
            pages.append(page)
            after = page[-1].cameo_id
        assert [each for page in pages for each in page] == [
            each
            for number in range(5)
            for each in tx.templates.of_cameo(f"cam_{number}")
            if each.modality == "face"
        ]
