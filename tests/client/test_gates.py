"""The gates: a permit is admitted when all is known to be well, and never otherwise."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from cameo_service.client import (
    AsyncCameoClient,
    AsyncPermitGate,
    CameoClient,
    Permit,
    PermitGate,
    Retries,
    TokenError,
)
from cameo_service.signing import Signer
from storage.keys import Purpose
from tests.client.signing import (
    ISSUER,
    NOW,
    REQUEST,
    STUDIO,
    URI,
    KeysInMemory,
    list_claims,
    permit_claims,
)
from tests.loops import run_in_loop
from tests.plain import NO_AUTHORITIES

QUICK = Retries(attempts=1)
SECOND = timedelta(seconds=1)


@dataclass
class Issuer:
    """A service that signs, publishes its keys and its status list, or is away."""

    now: datetime = NOW
    statuses: list[int] = field(default_factory=lambda: [0] * 8)
    changes: dict[str, Any] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    keys: KeysInMemory = field(default_factory=KeysInMemory)
    slow: timedelta = timedelta(0)

    def permit(self, **changes: object) -> str:
        return Signer(self.keys).sign(Purpose.PERMIT, permit_claims(**changes))

    def clock(self) -> datetime:
        return self.now

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.asked.append(path.rsplit("/", 1)[-1])
        assert "authorization" not in request.headers
        if self.asked[-1] in self.away:
            raise httpx2.ConnectError("nobody is there")
        self.now += self.slow
        signer = Signer(self.keys)
        if path == "/.well-known/jwks.json":
            return httpx2.Response(200, json=signer.jwks())
        issued = int(self.now.timestamp())
        fields = {"iat": issued, "exp": issued + 300, **self.changes}
        token = signer.sign(Purpose.STATUS_LIST, list_claims(*self.statuses, **fields))
        headers = {"content-type": "application/statuslist+jwt"}
        return httpx2.Response(200, text=token, headers=headers)


Admit = Callable[..., Permit]
Gates = Callable[..., Admit]


def sync_gate(issuer: Issuer, executes: tuple[str, ...] = ("watermark",), **known: Any) -> Admit:
    http = httpx2.Client(transport=httpx2.MockTransport(issuer.answer), verify=NO_AUTHORITIES)
    client = CameoClient("http://cameo.internal", retries=QUICK, http=http)
    fixed: dict[str, Any] = {"issuer": ISSUER, "audience": STUDIO, "clock": issuer.clock}
    gate = PermitGate(client, executes=executes, **fixed, **known)
    return gate.admit


def async_gate(issuer: Issuer, executes: tuple[str, ...] = ("watermark",), **known: Any) -> Admit:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(issuer.answer), verify=NO_AUTHORITIES)
    client = AsyncCameoClient("http://cameo.internal", retries=QUICK, http=http)
    fixed: dict[str, Any] = {"issuer": ISSUER, "audience": STUDIO, "clock": issuer.clock}
    gate = AsyncPermitGate(client, executes=executes, **fixed, **known)

    def admit(*args: Any) -> Permit:
        return run_in_loop(gate.admit(*args))

    return admit


@pytest.fixture(params=[sync_gate, async_gate], ids=["sync", "async"])
def gate(request: pytest.FixtureRequest) -> Gates:
    chosen: Gates = request.param
    return chosen


def refused(admit: Admit, *args: Any) -> str:
    with pytest.raises(TokenError) as caught:
        admit(*args)
    return caught.value.code


def test_a_good_permit_is_admitted(gate: Gates) -> None:
    issuer = Issuer()
    permit = gate(issuer)(issuer.permit(), REQUEST)
    assert permit.id == "per_1"
    assert issuer.asked == ["jwks.json", "0"]


def test_keys_and_lists_are_asked_for_again_when_they_are_old(gate: Gates) -> None:
    issuer = Issuer()
    admit = gate(issuer)
    token = issuer.permit(exp=int(NOW.timestamp()) + 3_600)
    for after, asked in (
        (0, ["jwks.json", "0"]),
        (14, []),
        (15, ["0"]),
        (29, []),
        (601, ["jwks.json", "0"]),
    ):
        issuer.now = NOW + after * SECOND
        issuer.asked.clear()
        admit(token, REQUEST)
        assert issuer.asked == asked, after


@pytest.mark.parametrize(
    ("status", "code"), [(1, "revoked"), (2, "suspended"), (3, "status_unknown")]
)
def test_a_permit_that_was_ended_is_refused(gate: Gates, status: int, code: str) -> None:
    packed = list_claims(0, 0, 0, status, bits=2)["status_list"]
    issuer = Issuer(changes={"status_list": packed})
    assert refused(gate(issuer), issuer.permit(), REQUEST) == code


def test_a_revocation_is_seen_when_the_kept_list_is_old(gate: Gates) -> None:
    issuer = Issuer()
    admit, token = gate(issuer), issuer.permit()
    admit(token, REQUEST)
    issuer.statuses[3] = 1
    issuer.now = NOW + 15 * SECOND
    assert refused(admit, token, REQUEST) == "revoked"


def test_what_cannot_be_known_is_a_no(gate: Gates) -> None:
    issuer = Issuer(away={"jwks.json"})
    admit, token = gate(issuer), issuer.permit()
    assert refused(admit, token, REQUEST) == "keys_unavailable"
    issuer.away = {"0"}
    assert refused(admit, token, REQUEST) == "status_unavailable"
    issuer.away = set()
    admit(token, REQUEST)
    issuer.away, issuer.now = {"0"}, NOW + 15 * SECOND
    assert refused(admit, token, REQUEST) == "status_unavailable"


@pytest.mark.parametrize(
    "uri", ["", "file:///etc/passwd", f"{ISSUER}/v1/status-lists/x", f"{URI}?a=b", "https://[/"]
)
def test_a_list_that_no_service_has_is_not_asked_for(gate: Gates, uri: str) -> None:
    issuer = Issuer()
    token = issuer.permit(status={"status_list": {"idx": 3, "uri": uri}})
    assert refused(gate(issuer), token, REQUEST) == "status_unavailable"
    assert issuer.asked == ["jwks.json"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sub": f"{ISSUER}/v1/status-lists/9"}, "wrong_status_list"),
        ({"iss": "https://other.example"}, "wrong_issuer"),
        ({"exp": int(NOW.timestamp())}, "expired"),
        ({"iat": int(NOW.timestamp()) + 60}, "not_yet_valid"),
    ],
)
def test_a_list_that_does_not_hold_is_a_no(gate: Gates, changes: dict[str, Any], code: str) -> None:
    issuer = Issuer(changes=changes)
    assert refused(gate(issuer), issuer.permit(), REQUEST) == code


def test_a_permit_for_something_else_is_refused_before_its_status_is_asked(gate: Gates) -> None:
    issuer = Issuer()
    admit = gate(issuer)
    other = replace(REQUEST, territories=("FR",))
    assert refused(admit, issuer.permit(), other) == "request_mismatch"
    assert refused(admit, issuer.permit(aud="app:other"), REQUEST) == "wrong_audience"
    assert refused(admit, issuer.permit(exp=int(NOW.timestamp())), REQUEST) == "expired"
    assert issuer.asked == ["jwks.json"]


def test_an_obligation_that_nobody_executes_is_a_no(gate: Gates) -> None:
    issuer = Issuer()
    owed = [{"kind": "watermark", "text": ""}, {"kind": "newly_invented", "text": ""}]
    token = issuer.permit(obligations=owed)
    with pytest.raises(TokenError, match="`newly_invented`") as caught:
        gate(issuer)(token, REQUEST)
    assert caught.value.code == "obligations_unmet"
    assert refused(gate(issuer, executes=()), issuer.permit(), REQUEST) == "obligations_unmet"
    admitted = gate(issuer, executes=("watermark", "newly_invented"))(token, REQUEST)
    assert [each.kind for each in admitted.obligations] == ["watermark", "newly_invented"]


def test_one_text_is_no_collection_of_kinds(gate: Gates) -> None:
    with pytest.raises(TypeError, match="`watermark`"):
        gate(Issuer(), executes="watermark")


def test_a_permit_that_ends_while_its_status_is_fetched_is_refused(gate: Gates) -> None:
    issuer = Issuer(slow=40 * SECOND)
    token = issuer.permit(exp=int(NOW.timestamp()) + 60)
    assert refused(gate(issuer), token, REQUEST) == "expired"
    assert issuer.asked == ["jwks.json", "0"]


def test_new_keys_are_fetched_but_not_for_every_forgery(gate: Gates) -> None:
    issuer = Issuer()
    admit = gate(issuer)
    admit(issuer.permit(), REQUEST)
    issuer.keys = KeysInMemory()
    rotated = issuer.permit()
    assert refused(admit, rotated, REQUEST) == "unknown_key"
    issuer.now = NOW + 10 * SECOND
    assert admit(rotated, REQUEST).id == "per_1"
    forged = Signer(KeysInMemory()).sign(Purpose.PERMIT, permit_claims())
    issuer.asked.clear()
    for _ in range(3):
        assert refused(admit, forged, REQUEST) == "unknown_key"
    assert issuer.asked == []


def test_an_answer_that_is_no_list_is_a_no() -> None:
    issuer = Issuer()

    def muddled(request: httpx2.Request) -> httpx2.Response:
        answer = issuer.answer(request)
        return answer if request.url.path.endswith("json") else httpx2.Response(200, json={})

    http = httpx2.Client(transport=httpx2.MockTransport(muddled), verify=NO_AUTHORITIES)
    client = CameoClient("http://cameo.internal", retries=QUICK, http=http)
    other = PermitGate(
        client, issuer=ISSUER, audience=STUDIO, executes=("watermark",), clock=issuer.clock
    )
    assert refused(other.admit, issuer.permit(), REQUEST) == "status_unavailable"
