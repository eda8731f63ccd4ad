"""Where webhooks go, and where they never go, whatever a caller or a name server says."""

import asyncio
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pydantic import ValidationError

from cameo_service.errors import Invalid
from cameo_service.routes.schemas.webhooks import DeliveryOut
from cameo_service.settings import Settings
from cameo_service.webhooks.names import Names
from cameo_service.webhooks.sending import Outcome, Sender
from cameo_service.webhooks.targets import TargetRules, is_public
from cameo_service.webhooks.urls import LONGEST_URL, check_url
from tests.loops import run_in_loop
from tests.plain import NO_AUTHORITIES
from tests.service.receiving import Receiver, receiving
from tests.service.running import Refusal
from tests.storage import samples

PUBLIC_ONLY = TargetRules()
LOCAL = TargetRules.of("127.0.0.1/32")
NAME = "hooks.example"
ROOT = Path(__file__).resolve().parents[2]

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


def test_a_caller_is_told_why(platform: httpx2.Client, refused: Refusal) -> None:
    body = {"principal": "user:ann", "events": ["use.recalled"]}
    for url, code in (
        ("http://studio.example/", "webhook_url_not_https"),
        ("https://10.0.0.1/", "webhook_url_not_public"),
        ("https://a@studio.example/", "webhook_url_malformed"),
    ):
        refused(platform.post("/v1/webhooks", json={**body, "url": url}), 422, code)


def send(rules: TargetRules, url: str, **given: Any) -> Outcome:
    async def once() -> Outcome:
        settings = {"timeout_s": 10.0, "verify": NO_AUTHORITIES, **given}
        async with Sender(rules, **settings) as sender:
            return await sender.send(url, b"{}", {"webhook-id": "msg_1"})

    return run_in_loop(once())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def named(receiver: Receiver, scheme: str = "http") -> str:
    return f"{scheme}://{NAME}:{httpx2.URL(receiver.url).port}/hook"


@pytest.mark.parametrize("others", [[], ["1.1.1.1"]])
def test_a_name_of_a_private_address_reaches_nothing(receiver: Receiver, others: list[str]) -> None:
    def resolve(host: str, port: int) -> list[str]:
        assert (host, port) == (NAME, httpx2.URL(receiver.url).port)
        return [*others, "127.0.0.1"]

    for scheme in ("https", "http"):
        url = named(receiver, scheme)
        assert send(PUBLIC_ONLY, url, resolve=resolve).error == "target_refused"
    assert receiver.received == []


def test_a_caller_is_not_told_whether_a_name_has_a_private_address() -> None:
    refused, unknown = (
        DeliveryOut.of(samples.webhook_delivery(last_error=error))
        for error in ("target_refused", "unreachable")
    )
    assert refused == unknown


def test_the_connection_goes_to_the_address_that_was_judged(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that gives another address to whoever asks again is never asked again."""
    answers = ["127.0.0.1", "127.0.0.2", "127.0.0.2"]
    looked_up = []
    real = socket.getaddrinfo

    def rebinding(host: Any, *rest: Any, **named: Any) -> Any:
        if host == NAME:
            looked_up.append(host)
            return real(answers[len(looked_up) - 1], *rest, **named)
        return real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert send(LOCAL, named(receiver)).status == 204
    assert looked_up == [NAME]
    [received] = receiver.received
    assert received.headers["host"] == f"{NAME}:{httpx2.URL(receiver.url).port}"
    # what it says the next time is judged anew
    assert send(LOCAL, named(receiver)).error == "target_refused"
    assert len(receiver.received) == 1


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server shows for `name`, and what trusts it and nothing else."""
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    pem = made.public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / f"{name}.pem"
    path.write_bytes(private + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cadata=pem.decode())


def test_the_certificate_is_that_of_the_name_though_the_address_is_connected_to(
    tmp_path: Path,
) -> None:
    def resolve(host: str, port: int) -> list[str]:
        del host, port
        return ["127.0.0.1"]

    server, trusting = certificate(tmp_path, NAME)
    with receiving(tls=server) as receiver:
        url = named(receiver, "https")
        assert send(LOCAL, url, resolve=resolve, verify=trusting).status == 204
        other = url.replace(NAME, "other.example")
        assert send(LOCAL, other, resolve=resolve, verify=trusting).error == "unreachable"
        assert send(LOCAL, url, resolve=resolve).error == "unreachable"
        assert len(receiver.received) == 1


def test_whoever_answers_too_slowly_is_not_waited_for() -> None:
    """A byte now and then keeps no attempt going, and no more than headers is ever read."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not over.wait(0.05):
                try:
                    connection.sendall(b"x-more: 1\r\n")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    assert send(LOCAL, url, timeout_s=0.5).error == "timed_out"
    over.set()
    thread.join(60)
    listening.close()


def test_who_does_not_speak_http_or_does_not_listen_is_unreachable(receiver: Receiver) -> None:
    receiver.body = b"x" * 1_000_000
    assert send(LOCAL, receiver.url).status == 204
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert send(LOCAL, f"http://127.0.0.1:{port}/").error == "unreachable"
    assert send(LOCAL, receiver.url.replace("http:", "https:")).error == "unreachable"


def test_a_name_that_nobody_has_is_unreachable() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"{host}:{port} is unknown")

    assert send(PUBLIC_ONLY, f"https://{NAME}/", resolve=nobody).error == "unreachable"


def test_names_that_nobody_answers_for_hold_up_no_others(receiver: Receiver) -> None:
    over = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        del port
        if host != NAME:
            assert over.wait(60)
        return ["127.0.0.1"]

    async def all_at_once() -> list[Outcome]:
        async with Sender(LOCAL, timeout_s=6.0, verify=NO_AUTHORITIES, resolve=resolve) as sender:
            slow = [sender.send(f"http://slow{each}.example/", b"{}", {}) for each in range(40)]
            return await asyncio.gather(*slow, sender.send(named(receiver), b"{}", {}))

    *slow, quick = run_in_loop(all_at_once())
    over.set()
    assert {each.error for each in slow} == {"timed_out"}
    assert quick.status == 204


def test_another_address_of_the_name_is_tried(receiver: Receiver) -> None:
    def resolve(host: str, port: int) -> list[str]:
        del host, port
        return ["127.0.0.3", "127.0.0.1"]

    assert send(TargetRules.of("127.0.0.0/8"), named(receiver), resolve=resolve).status == 204


def test_an_address_that_swallows_what_it_gets_uses_its_share_of_the_time_alone() -> None:
    asked: list[tuple[str, float]] = []

    def swallow(request: httpx2.Request) -> httpx2.Response:
        asked.append((request.url.host, request.extensions["timeout"]["connect"]))
        if request.url.host != "1.1.1.1":
            raise httpx2.ConnectTimeout("no answer", request=request)
        return httpx2.Response(204)

    def resolve(host: str, port: int) -> list[str]:
        del host, port
        return ["2606:4700:4700::1111", "1.0.0.1", "1.1.1.1"]

    async def once() -> Outcome:
        async with Sender(
            PUBLIC_ONLY, timeout_s=30.0, verify=NO_AUTHORITIES, resolve=resolve
        ) as sender:
            sender._http = httpx2.AsyncClient(transport=httpx2.MockTransport(swallow))
            return await sender.send(f"https://{NAME}/", b"{}", {})

    assert run_in_loop(once()).status == 204
    assert [address for address, _ in asked] == ["2606:4700:4700::1111", "1.0.0.1", "1.1.1.1"]
    assert asked[0][1] <= 10.0
    assert asked[1][1] <= 15.0


@pytest.mark.parametrize("name", ["xn--fa-hia.de", "xn--strae-oqa.example"])
def test_a_name_is_looked_up_and_shown_as_the_url_has_it(name: str) -> None:
    """Decoded, and encoded again by the older rules, it would be that of somebody else."""
    asked: list[tuple[str, str | int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["1.1.1.1"]

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append((request.extensions["sni_hostname"], request.headers["host"]))
        return httpx2.Response(204)

    async def once() -> Outcome:
        async with Sender(
            PUBLIC_ONLY, timeout_s=30.0, verify=NO_AUTHORITIES, resolve=resolve
        ) as sender:
            sender._http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
            return await sender.send(f"https://{name}/", b"{}", {})

    assert run_in_loop(once()).status == 204
    assert asked == [(name, 443), (name, name)]


EXITS = """
import asyncio, ssl, threading
from cameo_service.webhooks.names import Names
from cameo_service.webhooks.sending import Sender
from cameo_service.webhooks.targets import TargetRules

def never(host, port):
    threading.Event().wait()

async def main():
    verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with Sender(TargetRules(), timeout_s=0.2, verify=verify, resolve=never) as sender:
        print((await sender.send("https://hooks.example/", b"{}", {})).error)

asyncio.run(main())
"""


def test_a_name_server_that_never_answers_holds_up_no_exit() -> None:
    ended = subprocess.run(  # noqa: S603 (this very interpreter)
        [sys.executable, "-c", EXITS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "timed_out\n", "")


def test_so_many_names_are_looked_up_at_once_and_no_more() -> None:
    over, begun, asked = threading.Event(), threading.Semaphore(0), []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        begun.release()
        assert over.wait(60)
        return ["1.1.1.1"]

    async def look_up() -> list[list[str]]:
        names = Names(resolve, at_once=2)
        given_up = asyncio.create_task(names.addresses_of("first", 1))
        others = [asyncio.create_task(names.addresses_of(f"other{each}", 1)) for each in range(3)]
        for _ in range(2):
            assert await asyncio.to_thread(begun.acquire, timeout=60)
        given_up.cancel()
        await asyncio.wait([given_up])
        # whoever gave up has its thread still
        assert names._rooms.locked()
        assert len(asked) == 2
        over.set()
        return await asyncio.gather(*others)

    assert run_in_loop(look_up()) == [["1.1.1.1"]] * 3
    assert len(asked) == 4
