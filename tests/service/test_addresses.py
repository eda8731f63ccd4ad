"""What stands in an address is the caller's: no value there is an error of ours on any database."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from cameo_service.app import create_app
from tests.service.running import RunningService

pytestmark = pytest.mark.both_databases

ODD_TEXT = ("\x00", "x\x00y", "%", "'", "\U0010ffff", "x" * 5_000)
ODD_NUMBERS = ("-1", "0", str(2**31), str(2**63), str(2**64), "9" * 400, "1e3", "\x00")


def calls(api: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every route with an odd text for its ids; and with each odd value of each query parameter."""
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            if "{" in path:
                for odd in ODD_TEXT:
                    yield method, filled(path, odd), {}
            for each in operation.get("parameters", []):
                if each["in"] == "query":
                    number = "integer" in str(each["schema"])
                    for odd in ODD_NUMBERS if number else ODD_TEXT:
                        yield method, filled(path, "x"), {each["name"]: odd}


def filled(path: str, value: str) -> str:
    quoted = "".join(f"%{byte:02x}" for byte in value.encode())
    return re.sub(r"\{\w+\}", lambda _: quoted, path)


def test_no_value_in_an_address_is_an_error_of_ours(
    service: RunningService, platform: httpx2.Client
) -> None:
    asked = list(calls(create_app(service.context).openapi()))
    assert len(asked) > 100
    failed = []
    for method, path, query in asked:
        body: dict[str, Any] | None = None if method == "get" else {}
        answer = platform.request(method.upper(), path, params=query, json=body)
        if answer.status_code >= 500:
            failed.append((method, path, query, answer.status_code, answer.text))
    assert failed == []
