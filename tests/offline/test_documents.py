"""JSON that is read in one way alone: what programs read differently is refused."""

import json

import pytest

from cameo_service.offline.documents import read_json
from cameo_service.offline.errors import NotProven


@pytest.mark.parametrize(
    "content",
    [
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-16-le"),
        '{"a": 1}'.encode("utf-32"),
        '{"a": 1}'.encode("utf-8-sig"),
        b'{"a": "\xff"}',
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b'{"\\udc00": 1}',
        b'["\\ude00\\ud83d"]',
        b"1e999",
        b"[-1e999]",
        b'{"a": 1.5e400}',
        b"NaN",
        b"-Infinity",
        b'{"a": 1, "a": 1}',
        b"[" * 100_000,
        b"1" * 5_000,
        b"",
    ],
    ids=range(18),
)
def test_what_programs_read_differently_is_refused(content: bytes) -> None:
    with pytest.raises(NotProven) as refused:
        read_json(content)
    assert refused.value.code == "not_json"


@pytest.mark.parametrize(
    "document",
    [{"a": [1, -2.5, 1e300, None, True]}, "\U0001f600", ["\u00e9", "\\u"], {"\U0001f600": ""}],
    ids=str,
)
def test_what_everybody_reads_alike_is_read(document: object) -> None:
    for escaped in (True, False):
        content = json.dumps(document, ensure_ascii=escaped).encode()
        assert read_json(content) == document
