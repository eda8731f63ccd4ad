"""Where webhooks go, and where they never go, whatever a name server says."""

import asyncio
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
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

from cameo_service.routes.schemas.webhooks import DeliveryOut
from cameo_service.webhooks.answers import LONGEST_HEAD
from cameo_service.webhooks.sending import Outcome, Sender
from cameo_service.webhooks.targets import TargetRules
from tests.loops import run_in_loop
from tests.plain import NO_AUTHORITIES
from tests.service.receiving import Receiver, receiving
from tests.storage import webhook_samples

PUBLIC_ONLY = TargetRules()


LOCAL = TargetRules.of("127.0.0.1/32")


NAME = "hooks.example"


ROOT = Path(__file__).resolve().parents[3]


def send(rules: TargetRules, url: str, **given: Any) -> Outcome:
    async def once() -> Outcome:
        settings = {"timeout_s": 60.0, "verify": NO_AUTHORITIES, **given}
        async with Sender(rules, **settings) as sender:
            return await sender.send(url, b"{}", {"webhook-id": "msg_1"})

    return run_in_loop(once())


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
        DeliveryOut.of(webhook_samples.webhook_delivery(last_error=error))
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


def test_what_one_endpoint_sets_no_other_one_is_sent(receiver: Receiver) -> None:
    """Two of them may stand at one address."""
    receiver.headers = {"Set-Cookie": "mine=secret; Path=/"}

    async def to_both() -> None:
        async with Sender(LOCAL, timeout_s=60.0, verify=NO_AUTHORITIES) as sender:
            for path in ("/of-ann", "/of-ben"):
                outcome = await sender.send(f"{receiver.url}{path}", b"{}", {"webhook-id": "msg_1"})
                assert outcome.delivered

    run_in_loop(to_both())
    assert [("cookie" in each.headers) for each in receiver.received] == [False, False]


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
        # an attempt that is over before it connected ends the wait for it, too
        with suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while not over.wait(0.05):
                    connection.sendall(b"x-more: 1\r\n")

    thread = threading.Thread(target=drip)
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    assert send(LOCAL, url, timeout_s=0.5).error == "timed_out"
    over.set()
    listening.shutdown(socket.SHUT_RDWR)
    thread.join(60)
    listening.close()


def test_who_does_not_speak_http_or_does_not_listen_is_unreachable(receiver: Receiver) -> None:
    receiver.body = b"x" * 1_000_000
    assert send(LOCAL, receiver.url).status == 204
    with socket.socket() as closed:
        # nobody else gets the port meanwhile
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        assert send(LOCAL, url).error == "unreachable"
    assert send(LOCAL, receiver.url.replace("http:", "https:")).error == "unreachable"


def test_a_name_that_nobody_has_is_unreachable() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"{host}:{port} is unknown")

    assert send(PUBLIC_ONLY, f"https://{NAME}/", resolve=nobody).error == "unreachable"


def test_names_that_nobody_answers_for_hold_up_no_others(receiver: Receiver) -> None:
    over, asked = threading.Event(), threading.Semaphore(0)

    def resolve(host: str, port: int) -> list[str]:
        if host != NAME:
            asked.release()
            assert over.wait(60)
            raise socket.gaierror(socket.EAI_AGAIN, f"nobody answers for {host}:{port}")
        return ["127.0.0.1"]

    async def all_at_once() -> tuple[Outcome, list[Outcome]]:
        async with Sender(LOCAL, timeout_s=60.0, verify=NO_AUTHORITIES, resolve=resolve) as sender:
            urls = [f"http://slow{each}.example/" for each in range(40)]
            slow = [asyncio.create_task(sender.send(url, b"{}", {})) for url in urls]
            for _ in slow:
                assert await asyncio.to_thread(asked.acquire, timeout=60)
            quick = await sender.send(named(receiver), b"{}", {})
            assert not any(each.done() for each in slow)
            over.set()
            return quick, await asyncio.gather(*slow)

    quick, slow = run_in_loop(all_at_once())
    assert quick.status == 204
    assert {each.error for each in slow} == {"unreachable"}


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


def test_a_look_up_that_is_given_up_goes_on_and_its_end_is_seen() -> None:
    over = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        del host, port
        assert over.wait(60)
        return ["1.1.1.1"]

    outcome = send(PUBLIC_ONLY, f"https://{NAME}/", resolve=resolve, timeout_s=0.1)
    assert outcome == Outcome(error="timed_out")
    assert not outcome.is_over
    over.set()
    assert outcome.looking_up is not None
    assert outcome.looking_up.result(60) == ["1.1.1.1"]
    assert outcome.is_over


@pytest.mark.parametrize("block", [b"HTTP/1.1 103 -\r\n\r\n", b"x: y\r\n"])
def test_a_head_that_never_ends_is_not_read_for_ever(block: bytes) -> None:
    """Each part of it takes time of all who are sent to."""
    sent: list[int] = []

    def flood(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.recv(65_536)
            if block.startswith(b"x"):
                connection.sendall(b"HTTP/1.1 200 -\r\n")
            while True:
                sent.append(connection.send(block * 100))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=flood, args=(listening,))
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        # without an end it would be `timed_out`
        outcome = send(LOCAL, url, timeout_s=60.0)
        thread.join(60)
    assert outcome == Outcome(error="unreachable")
    assert sum(sent) > LONGEST_HEAD


def test_a_long_answer_with_a_short_head_is_delivered(receiver: Receiver) -> None:
    receiver.headers = {"x-policy": "p" * 12_000}
    receiver.body = b"x" * 10 * LONGEST_HEAD
    assert send(LOCAL, receiver.url).status == 204
