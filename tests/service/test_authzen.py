"""AuthZEN over HTTP: evaluation, batches, metadata."""

from tests.service.running import RunningService


def test_try(service: RunningService) -> None:
    cameo = service.enroll("user:ann")
    with service.client(service.key()) as pep:
        r = pep.post(
            "/access/v1/evaluation",
            json={
                "subject": {"type": "user", "id": "ann"},
                "action": {"name": "generate"},
                "resource": {"type": "cameo", "id": cameo},
            },
        )
        print(r.status_code, r.text)
        r = pep.post(
            "/access/v1/evaluation",
            json={
                "subject": {"type": "user", "id": "bob"},
                "action": {"name": "generate"},
                "resource": {"type": "cameo", "id": cameo},
            },
        )
        print(r.status_code, r.text)
        r = pep.get("/.well-known/authzen-configuration")
        print(r.status_code, r.text)
        r = pep.post(
            "/access/v1/search/action",
            json={
                "subject": {"type": "user", "id": "ann"},
                "resource": {"type": "cameo", "id": cameo},
            },
        )
        print(r.status_code, r.text)
        r = pep.post(
            "/access/v1/search/subject",
            json={
                "subject": {"type": "user", "id": "ann"},
                "action": {"name": "tag"},
                "resource": {"type": "cameo", "id": cameo},
            },
        )
        print(r.status_code, r.text)
        r = pep.post(
            "/access/v1/search/resource",
            json={
                "subject": {"type": "user", "id": "ann"},
                "action": {"name": "tag"},
                "resource": {"type": "cameo"},
            },
        )
        print(r.status_code, r.text)
        r = pep.get("/openapi.json")
        print(r.status_code, [p for p in r.json()["paths"] if "access" in p])
        assert 0
