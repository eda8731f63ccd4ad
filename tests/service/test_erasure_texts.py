"""What people wrote about an erased cameo, and about its owner, goes; `docs/erasure.md` says where.

The page's list of columns is compared with the schema: a new column must be decided on.
"""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Column, Date, Integer

from cameo_service.context import Context
from cameo_service.housekeeping import sweep
from cameo_service.protection.working import give_up
from permissions.vocabulary import Standing
from storage.columns import State, UtcDateTime
from storage.records import ProtectedState
from storage.tables import METADATA
from tests.service import making
from tests.service.erasing import enroll, erase, likeness, proven, work
from tests.service.running import RunningService
from tests.service.written import PLACES, write_about
from tests.storage import samples
from verification.report import Verdict

PAGE = Path(__file__).parents[2] / "docs" / "erasure.md"
_ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\|([^|]*)\|$", re.MULTILINE)
_COLUMN = re.compile(r"`(\w+)`")
WORDLESS = (Integer, Date, UtcDateTime, State)
"""Numbers, times, and words out of a list that the code has."""


def can_hold_words(column: "Column[object]") -> bool:
    return not isinstance(column.type, WORDLESS)


@pytest.fixture(scope="module")
def listed() -> dict[str, tuple[str, str]]:
    """By table: what the page says goes, and what it says stays."""
    page = PAGE.read_text(encoding="utf-8")
    section = page[page.index("## Every column") :].split("\n## ", 2)[0]
    rows = _ROW.findall(section)
    assert len({row[0] for row in rows}) == len(rows)
    return {table: (goes, stays) for table, goes, stays in rows}


def test_every_table_is_decided_on(listed: dict[str, tuple[str, str]]) -> None:
    with_words = {
        name
        for name, table in METADATA.tables.items()
        if any(can_hold_words(each) for each in table.columns)
    }
    assert set(listed) == with_words


@pytest.mark.parametrize("table", sorted(METADATA.tables))
def test_every_column_that_can_hold_words_is_decided_on(
    listed: dict[str, tuple[str, str]], table: str
) -> None:
    goes, stays = listed.get(table, ("", ""))
    decided = [*_COLUMN.findall(goes), *_COLUMN.findall(stays)]
    columns = METADATA.tables[table].columns
    assert sorted(decided) == sorted(each.name for each in columns if can_hold_words(each))
    # and what stays has its reason beside it
    reason = _COLUMN.sub("", stays).strip(" ,;")
    assert reason or not _COLUMN.search(stays), table


@pytest.fixture
def erased(service: RunningService, platform: httpx2.Client) -> str:
    """Ann's cameo, of which much was written, erased."""
    cameo, _ = enroll(service, "user:ann", likeness())
    write_about(service.context, cameo, owner="user:ann")
    id = erase(platform, cameo)["id"]
    work(service.context)
    destroyed = proven(service, platform, id).destroyed
    assert (destroyed["reasons"], destroyed["access_requests"]) == (2, 1)
    about = [destroyed[each] for each in ("mandates", "protected_faces", "standing_reasons")]
    assert about == [1, 1, 1]
    return cameo


@pytest.mark.both_databases
def test_the_records_stay_without_the_words(service: RunningService, erased: str) -> None:
    with service.context.store.read() as tx:
        request = tx.access_requests.get("acr_words")
        grant, use = tx.grants.get("gra_words"), tx.uses.get("use_words")
        mandate, face = tx.mandates.get("man_words"), tx.protected_faces.find("pro_words")
        known = tx.principals.find("user:ann")
        assert tx.notices.of("user:ann", unread=False, limit=9) == []
        assert "words" not in str(tx.policies.history(erased, limit=9))
    assert (request.message, request.asks[0]["note"]) == ("", None)
    assert (grant.revocation_reason, grant.revoked_at is None) == (None, False)
    assert use.recall_document is not None
    assert (use.recall_document["cause"], use.recall_document["reason"]) == ("owner_asked", None)
    assert (mandate.evidence, mandate.revocation_reason) == ("", None)
    assert mandate.representative == "user:mum"
    assert face is not None
    assert (face.label, face.reason, face.state) == ("", "", ProtectedState.REMOVED)
    assert known is not None
    assert (known.standing, known.standing_reason) == (Standing.ACTIVE, None)
    assert len(PLACES) == 11


def test_another_cameo_keeps_what_is_said_of_the_person(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    with service.context.store.write() as tx:
        tx.cameos.add(samples.cameo(id="cam_zed", owner="user:ann", kind="character"))
    write_about(service.context, cameo, owner="user:ann")
    destroyed = erase(platform, cameo)["destroyed"]
    assert destroyed["reasons"] == 2
    assert "mandates" not in destroyed
    with service.context.store.read() as tx:
        assert tx.mandates.get("man_words").evidence
        face = tx.protected_faces.find("pro_words")
    assert face is not None
    assert face.label


@pytest.mark.both_databases
def test_the_label_of_a_face_leaves_others_reports(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    _, twins = enroll(service, "user:twin", likeness(Verdict.NEEDS_REVIEW))
    label = write_about(service.context, cameo, owner="user:ann")["label of a face"]
    alike = [
        {"kind": "protected_face", "id": id, "label": said, "similarity": similarity}
        for id, said, similarity in (("pro_words", label, 0.9), ("pro_zoe", "Zoe", 0.8))
    ]
    check = {"name": "unique_face", "evidence": {"similarities": [0.9, 0.8]}}
    with service.context.store.write() as tx:
        waits = tx.enrollments.get(twins)
        report = {**(waits.report or {}), "alike": alike, "checks": [check]}
        tx.enrollments.save(replace(waits, report=report))
    erased = erase(platform, cameo)
    work(service.context)
    assert proven(service, platform, erased["id"]).destroyed["reports_of_others"] == 1
    with service.context.store.read() as tx:
        left = tx.enrollments.get(twins).report
    assert left is not None
    assert left["alike"] == alike[1:]
    assert left["checks"] == [{**check, "evidence": {"similarities": [0.8]}}]


def standing(context: Context) -> None:
    """A mandate, a protection and a suspension of Ann that stand."""
    with context.store.write() as tx:
        mandate = tx.mandates.get("man_words")
        tx.mandates.save(replace(mandate, kind="agent", revoked_at=None, revocation_reason=None))
        face = tx.protected_faces.find("pro_words")
        known = tx.principals.find("user:ann")
        assert face is not None
        assert known is not None
        tx.protected_faces.save(replace(face, state=ProtectedState.ACTIVE))
        tx.principals.save(replace(known, standing=Standing.SUSPENDED))


def test_what_stands_keeps_its_words_until_it_ends(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    write_about(service.context, cameo, owner="user:ann")
    standing(service.context)
    mandate = platform.post(
        "/v1/representations",
        json={
            "kind": "agent",
            "represented": "user:ann",
            "representative": "user:agent",
            "scope": {"actions": ["generate"], "facets": ["face"]},
            "evidence": "contract 7",
        },
    ).json()["id"]
    erase(platform, cameo)
    with service.context.store.read() as tx:
        assert tx.mandates.get(mandate).evidence == "contract 7"
        known = tx.principals.find("user:ann")
    assert known is not None
    assert known.standing_reason
    ended = platform.post(f"/v1/representations/{mandate}/revoke", json={"reason": "the end"})
    assert ended.status_code == 200, ended.text
    assert ended.json()["evidence"] == ""
    removed = platform.post("/v1/protected-faces/pro_words/remove")
    assert removed.status_code == 200, removed.text
    with service.context.store.read() as tx:
        face, over = tx.protected_faces.find("pro_words"), tx.mandates.get(mandate)
    assert (over.evidence, over.revocation_reason) == ("", None)
    assert face is not None
    assert (face.label, face.reason) == ("", "")


def test_a_mandate_whose_time_is_over_keeps_no_evidence(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    until = service.clock() + timedelta(days=1)
    scope = {"actions": ["generate"], "facets": ["face"], "not_after": until.isoformat()}
    body = {
        "kind": "agent",
        "represented": "user:ann",
        "representative": "user:agent",
        "scope": scope,
        "evidence": "contract 7",
    }
    made = platform.post("/v1/representations", json=body)
    assert made.status_code == 201, made.text
    service.clock.advance(days=2)
    assert erase(platform, cameo)["destroyed"]["mandates"] == 1
    with service.context.store.read() as tx:
        assert tx.mandates.get(made.json()["id"]).evidence == ""


def test_anothers_recall_of_a_shared_use_keeps_its_reason(
    service: RunningService, platform: httpx2.Client
) -> None:
    ann, _ = enroll(service, "user:ann", likeness())
    zoe, _ = enroll(service, "user:zoe", likeness())
    for each in (ann, zoe):
        making.grant(platform, each)
    likenesses = [
        {"cameo_id": each, "facets": ["face"], "appearance_change": "none"} for each in (ann, zoe)
    ]
    use = making.draft(platform, making.question(ann, likenesses=likenesses))["id"]
    with service.client(service.key(acts_for=("user:zoe",))) as client:
        asked = client.post(f"/v1/uses/{use}/ask-removal", json={"reason": "I was promised"})
    assert asked.status_code == 200, asked.text
    erase(platform, ann)
    with service.context.store.read() as tx:
        kept = tx.uses.get(use).recall_document
    assert kept is not None
    assert (kept["key"], kept["reason"]) == (f"cameo:{zoe}", "I was promised")
    erase(platform, zoe)
    with service.context.store.read() as tx:
        emptied = tx.uses.get(use).recall_document
    assert emptied is not None
    assert emptied["reason"] is None


@pytest.mark.both_databases
def test_a_mandate_whose_time_ends_later_loses_its_words_then(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    other, _ = enroll(service, "user:zoe", likeness())
    made = {}
    for person in ("user:ann", "user:zoe"):
        until = service.clock() + timedelta(days=1)
        scope = {"actions": ["generate"], "facets": ["face"], "not_after": until.isoformat()}
        body = {
            "kind": "agent",
            "represented": person,
            "representative": "user:agent",
            "scope": scope,
            "evidence": "contract 7",
        }
        made[person] = platform.post("/v1/representations", json=body).json()["id"]
    with service.context.store.write() as tx:
        # of Zoe a cameo is erased, and another one lives
        tx.cameos.add(samples.cameo(id="cam_zed", owner="user:zoe", kind="character"))
    for each in (cameo, other):
        erase(platform, each)

    def evidence() -> list[str]:
        sweep(service.context)
        with service.context.store.read() as tx:
            return [tx.mandates.get(id).evidence for id in made.values()]

    assert evidence() == ["contract 7", "contract 7"]
    service.clock.advance(days=2)
    assert evidence() == ["", "contract 7"]


def test_a_protection_that_fails_later_keeps_no_words(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    with service.context.store.write() as tx:
        for id, owner in (("pro_1", "user:ann"), ("pro_2", "user:zoe"), ("pro_3", None)):
            waiting = samples.protected_face(
                id=id, principal=owner, state=ProtectedState.PENDING, label="Ann", reason="words"
            )
            tx.protected_faces.add(waiting)
    erase(platform, cameo)
    with service.context.store.write() as tx:
        left = {}
        for id in ("pro_1", "pro_2", "pro_3"):
            assert give_up(tx, service.context, id, code="no_face") is not None
            face = tx.protected_faces.find(id)
            assert face is not None
            left[id] = (face.state, face.label, face.reason)
    failed = ProtectedState.FAILED
    assert left == {
        "pro_1": (failed, "", ""),
        "pro_2": (failed, "Ann", "words"),
        "pro_3": (failed, "Ann", "words"),
    }


def test_a_removal_that_is_asked_for_later_keeps_no_reason(
    service: RunningService, platform: httpx2.Client
) -> None:
    ann, _ = enroll(service, "user:ann", likeness())
    terms = {"on_revocation": "stop_new"}
    making.grant(platform, ann, **terms)
    use = making.draft(platform, making.question(ann))["id"]
    erase(platform, ann)
    asked = platform.post(f"/v1/uses/{use}/ask-removal", json={"reason": "I was promised"})
    assert asked.status_code == 200, asked.text
    with service.context.store.read() as tx:
        kept = tx.uses.get(use).recall_document
    assert kept is not None
    assert (kept["cause"], kept["reason"]) == ("owner_asked", None)
