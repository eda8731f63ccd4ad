"""What a receiver verifies: the specification's own vector, and everything that must not pass."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from cameo_service.client import WebhookError, verify_webhook
from cameo_service.webhooks.signatures import shown, sign

# The example of the Standard Webhooks specification's reference libraries, made by nobody here.
SPECIFIED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SPECIFIED_BODY = b'{"test": 2432232314}'
SPECIFIED_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
SPECIFIED_AT = datetime.fromtimestamp(1614265330, UTC)

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVENT = {"type": "ping", "timestamp": "2026-11-22T12:00:00Z", "data": {"webhook_id": "whk_1"}}
BODY = json.dumps(EVENT).encode()


def headers(*keys: bytes, body: bytes = BODY, at: datetime = NOW) -> dict[str, str]:
    moment = int(at.timestamp())
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(moment),
        "Webhook-Signature": sign(keys or (KEY,), id="msg_1", timestamp=moment, body=body),
    }


def code_of(
    given: dict[str, str],
    body: bytes = BODY,
    secrets: tuple[str, ...] = (shown(KEY),),
    now: datetime = NOW,
) -> str:
    with pytest.raises(WebhookError) as caught:
        verify_webhook(body, given, secrets=secrets, now=now)
    return caught.value.code


def test_the_service_signs_as_the_specification_does() -> None:
    key = base64.b64decode(SPECIFIED.removeprefix("whsec_"))
    made = sign(
        [key],
        id=SPECIFIED_HEADERS["webhook-id"],
        timestamp=int(SPECIFIED_HEADERS["webhook-timestamp"]),
        body=SPECIFIED_BODY,
    )
    assert made == SPECIFIED_HEADERS["webhook-signature"]
    assert shown(key) == SPECIFIED


def test_the_client_verifies_what_the_specification_signs() -> None:
    """Its body is no event of ours, which is found out only once the signature was right."""
    secrets = (SPECIFIED,)
    assert code_of(SPECIFIED_HEADERS, SPECIFIED_BODY, secrets, SPECIFIED_AT) == "malformed"
    altered = SPECIFIED_BODY.replace(b"4", b"5", 1)
    assert code_of(SPECIFIED_HEADERS, altered, secrets, SPECIFIED_AT) == "wrong_signature"


def test_an_event_is_read_once_its_signature_is_right() -> None:
    event = verify_webhook(BODY, headers(), secrets=[shown(KEY)], now=NOW)
    assert (event.id, event.type) == ("msg_1", "ping")
    assert event.timestamp == EVENT["timestamp"]
    assert event.data == {"webhook_id": "whk_1"}


def test_one_of_several_signatures_and_one_of_several_secrets_is_enough() -> None:
    for secrets in ([shown(KEY)], [shown(OTHER)], [shown(b"x" * 32), shown(OTHER)]):
        found = verify_webhook(BODY, headers(OTHER, KEY), secrets=secrets, now=NOW)
        assert found.type == "ping"
    bare = shown(KEY).removeprefix("whsec_")
    assert verify_webhook(BODY, headers(), secrets=[bare], now=NOW).id == "msg_1"


@pytest.mark.parametrize("byte", range(0, len(BODY), 7))
def test_an_altered_body_is_refused(byte: int) -> None:
    altered = BODY[:byte] + bytes([BODY[byte] ^ 1]) + BODY[byte + 1 :]
    assert code_of(headers(), altered) == "wrong_signature"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Webhook-Id", "msg_2"),
        ("Webhook-Timestamp", str(int(NOW.timestamp()) + 1)),
        ("Webhook-Signature", ""),
        ("Webhook-Signature", "v1,"),
        ("Webhook-Signature", "v1a," + sign([KEY], id="msg_1", timestamp=1, body=BODY)[3:]),
        ("Webhook-Signature", headers()["Webhook-Signature"].replace("v1,", "v2,")),
        ("Webhook-Signature", headers()["Webhook-Signature"].replace("v1,", "")),
        ("Webhook-Signature", headers(OTHER)["Webhook-Signature"]),
        ("Webhook-Signature", "v1,é"),
    ],
)
def test_an_altered_header_is_refused(name: str, value: str) -> None:
    code = "wrong_signature" if value.isascii() else "malformed"
    assert code_of({**headers(), name: value}) == code


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_every_header_is_needed(name: str) -> None:
    given = headers()
    del given[name]
    assert code_of(given) == "header_missing"


def test_what_was_sent_long_ago_or_in_the_future_is_refused() -> None:
    for offset, code in ((301, "too_old"), (-301, "from_the_future")):
        assert code_of(headers(), now=NOW + timedelta(seconds=offset)) == code
    for offset in (299, -299):
        at = NOW + timedelta(seconds=offset)
        assert verify_webhook(BODY, headers(), secrets=[shown(KEY)], now=at).id == "msg_1"


@pytest.mark.parametrize("moment", ["", "now", "-1", "1.5", "١٦", "9" * 16])
def test_a_moment_that_is_no_number_is_refused(moment: str) -> None:
    assert code_of({**headers(), "Webhook-Timestamp": moment}) == "malformed"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64", "whsec_MfKQ9r8GKYqr!"])
def test_a_secret_that_is_none_verifies_nothing(secret: str) -> None:
    assert code_of(headers(b""), secrets=(secret,)) == "secret_malformed"


def test_without_secrets_nothing_is_verified() -> None:
    assert code_of(headers(), secrets=()) == "wrong_signature"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"type": 1, "timestamp": "", "data": {}}', b"\xff", b'{"type": "ping"}'],
)
def test_a_signed_body_that_is_no_event_is_malformed(body: bytes) -> None:
    assert code_of(headers(body=body), body) == "malformed"


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Signature", "Webhook-Timestamp"])
@pytest.mark.parametrize("text", ["\ud800", "msg_\udcff", "v1,\u00e9"])
def test_what_no_header_of_ours_has_is_malformed(name: str, text: str) -> None:
    """Web frameworks decode bytes that are no text to lone surrogates."""
    assert code_of({**headers(), name: text}) == "malformed"
