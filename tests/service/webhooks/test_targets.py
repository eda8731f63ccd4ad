"""Where webhooks may go, whatever a caller writes."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest
from pydantic import ValidationError

from cameo_service.errors import Invalid
from cameo_service.settings import Settings
from cameo_service.webhooks.targets import TargetRules, is_public
from cameo_service.webhooks.urls import LONGEST_URL, check_url
from tests.kinds import Kind
from tests.service.running import Refusal

PUBLIC_ONLY = TargetRules()
LOCAL = TargetRules.of("127.0.0.1/32")

PRIVATE = [
    "127.0.0.1",
    "127.255.0.1",
    "0.0.0.0",  # noqa: S104 (refused, not bound)
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
]


PUBLIC = ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not PUBLIC_ONLY.lets(address)
    assert not PUBLIC_ONLY.lets_plain(address)
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(Invalid):
        check_url(f"https://{literal}/", PUBLIC_ONLY)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_let_through_with_tls_only(address: str) -> None:
    assert PUBLIC_ONLY.lets(address)
    assert not PUBLIC_ONLY.lets_plain(address)
    mapped = getattr(ip_address(address), "ipv4_mapped", None)
    assert not TargetRules.of(f"{mapped or ip_address(address)}").lets_plain(address)
    literal = f"[{address}]" if ":" in address else address
    assert check_url(f"https://{literal}/", PUBLIC_ONLY)


def test_every_network_of_nobody_lies_outside_of_what_is_public() -> None:
    assert not is_public(ip_address("192.88.99.1"))
    assert is_public(ip_address("192.88.98.1"))


def test_only_the_networks_that_are_named_are_let_through() -> None:
    rules = TargetRules.of(" 10.1.0.0/16, fd00:7::/64,")
    assert rules.lets("10.1.255.1")
    assert rules.lets("::ffff:10.1.0.1")
    assert rules.lets("fd00:7::9")
    assert not rules.lets("10.2.0.1")
    assert not rules.lets("fd00:8::9")
    assert not rules.lets_plain("10.1.0.1")
    assert not rules.lets("no address")
    assert LOCAL.lets_plain("127.0.0.1")
    assert not LOCAL.lets_plain("127.0.0.2")


@pytest.mark.parametrize("text", ["10.1.2.3/8", "example", "10.0.0.0/33", "::ffff:10.0.0.0/104"])
def test_a_setting_that_names_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Settings(webhook_private_networks=text)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://studio.example/", "webhook_url_not_https"),
        ("ftp://studio.example/", "webhook_url_not_https"),
        ("file:///etc/passwd", "webhook_url_malformed"),
        ("https:///path", "webhook_url_malformed"),
        ("studio.example", "webhook_url_malformed"),
        ("https://user:password@studio.example/", "webhook_url_malformed"),
        ("https://@studio.example/", "webhook_url_malformed"),
        ("https://:@studio.example/", "webhook_url_malformed"),
        ("https://studio..example/", "webhook_url_malformed"),
        ("https://.studio.example/", "webhook_url_malformed"),
        ("https://studio.example../", "webhook_url_malformed"),
        ("https://./", "webhook_url_malformed"),
        (f"https://{'a' * 64}.example/", "webhook_url_malformed"),
        (f"https://{'a.' * 127}example/", "webhook_url_malformed"),
        ("https://studio%2eexample/", "webhook_url_malformed"),
        ("https://127%2e0.0.1/", "webhook_url_malformed"),
        ("https://1.1.1.1./", "webhook_url_malformed"),
        ("https://10.0.0.1./", "webhook_url_malformed"),
        ("https://studio.example\\@10.0.0.1/", "webhook_url_malformed"),
        ("https://studio.example/#part", "webhook_url_malformed"),
        ("https://studio.example:0/", "webhook_url_malformed"),
        ("https://studio.example:99999/", "webhook_url_malformed"),
        ("https://studio.example/a b", "webhook_url_malformed"),
        ("https://stüdio.example/", "webhook_url_malformed"),
        ("https://studio.example/\r\nhost: other", "webhook_url_malformed"),
        (f"https://studio.example/{'a' * LONGEST_URL}", "webhook_url_malformed"),
        ("https://localhost/", "webhook_url_not_public"),
        ("https://localhost./", "webhook_url_not_public"),
        ("https://any.localhost/", "webhook_url_not_public"),
        ("https://2130706433/", "webhook_url_not_public"),
        ("https://0x7f000001/", "webhook_url_not_public"),
        ("https://0177.0.0.1/", "webhook_url_malformed"),
        ("https://127.1/", "webhook_url_not_public"),
        ("https://[::ffff:7f00:1]/", "webhook_url_not_public"),
        ("https://169.254.169.254/latest/meta-data", "webhook_url_not_public"),
    ],
)
def test_a_url_that_can_never_be_right_is_refused_at_once(url: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_url(url, PUBLIC_ONLY)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "url",
    [
        "https://studio.example./hook@home?a=%2e",
        f"https://{'a' * 63}.example/",
        "https://a_b.example:8443/",
        "https://xn--fa-hia.example/",
    ],
)
def test_a_url_that_may_be_right_is_taken_as_it_is(url: str) -> None:
    assert check_url(url, PUBLIC_ONLY) == url


def test_plain_http_is_for_this_machine_where_it_is_named() -> None:
    assert check_url("http://127.0.0.1:8000/hook", LOCAL)
    for url in ("http://127.0.0.2/", "http://1.1.1.1/"):
        with pytest.raises(Invalid):
            check_url(url, LOCAL)


@pytest.fixture
def settings(tmp_path: Path, databases: Kind) -> Iterator[Settings]:
    """Without this machine among the targets, as a service is by default."""
    with databases.begun(tmp_path / "data") as chosen:
        yield chosen


def test_a_caller_is_told_why(platform: httpx2.Client, refused: Refusal) -> None:
    body = {"principal": "user:ann", "events": ["use.recalled"]}
    for url, code in (
        ("http://studio.example/", "webhook_url_not_https"),
        ("https://10.0.0.1/", "webhook_url_not_public"),
        ("https://a@studio.example/", "webhook_url_malformed"),
    ):
        refused(platform.post("/v1/webhooks", json={**body, "url": url}), 422, code)
