"""Bytes into the objects of the standard, or a 400 that says what is wrong with them.

Strict where two readers could differ (I-JSON, RFC 7493, as the standard's security section asks):
UTF-8, no member twice, no half surrogates, no numbers beyond a double, bounded nesting. Unknown
members are ignored, as the standard demands.

>>> read(b'{"name": "tag", "colour": 1}', "application/json", ActionIn).name
'tag'
"""

import json
from typing import Any, TypeVar

import msgspec

from cameo_service.authzen.refusals import BadRequest
from cameo_service.wire import Wire

F = TypeVar("F")


class Form(Wire, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What stands in requests here. What it does not know, it ignores."""


class SubjectIn(Form, frozen=True, kw_only=True):
    """Who wants to do something."""

    type: str
    id: str
    properties: dict[str, Any] = msgspec.field(default_factory=dict)


class ResourceIn(Form, frozen=True, kw_only=True):
    """The cameo or character it would be done with."""

    type: str
    id: str
    properties: dict[str, Any] = msgspec.field(default_factory=dict)


class ActionIn(Form, frozen=True, kw_only=True):
    """What would be done."""

    name: str
    properties: dict[str, Any] = msgspec.field(default_factory=dict)


class KindIn(Form, frozen=True, kw_only=True):
    """A subject or resource that is searched for: an id that is sent with it is ignored."""

    type: str
    properties: dict[str, Any] = msgspec.field(default_factory=dict)


class EvaluationIn(Form, frozen=True, kw_only=True):
    """One access evaluation request."""

    subject: SubjectIn
    action: ActionIn
    resource: ResourceIn
    context: dict[str, Any] = msgspec.field(default_factory=dict)


def read(body: bytes, content_type: str | None, form: type[F]) -> F:
    """The body as `form`; raise `BadRequest`."""
    check_content_type(content_type)
    if not body.strip():
        raise BadRequest("empty_body", "the body is empty: send a JSON object")
    try:
        document = msgspec.json.decode(body)
        json.loads(body, object_pairs_hook=_unique)
    except RecursionError:
        raise BadRequest("json_too_deep", "the body is nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise BadRequest("malformed_json", f"the body is not JSON: {_lowered(error)}") from None
    if not isinstance(document, dict):
        raise BadRequest("not_an_object", "the top-level element of the body must be a JSON object")
    return shape(document, form)


def shape(document: object, form: type[F]) -> F:
    """Data that was read already as `form`; raise `BadRequest` for what is missing or ill-typed."""
    try:
        return msgspec.convert(document, form, strict=True)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadRequest("invalid_request", _lowered(error)) from None


def check_content_type(content_type: str | None) -> None:
    """Raise `BadRequest` unless the body is announced as JSON in UTF-8."""
    media_type, _, parameters = (content_type or "").partition(";")
    if media_type.strip().lower() != "application/json":
        message = "the header `Content-Type` must be `application/json`"
        raise BadRequest("wrong_content_type", message)
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() != "utf-8":
            raise BadRequest("wrong_content_type", "JSON is sent in UTF-8")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has the same member twice")
    return members


def _lowered(error: Exception) -> str:
    """The library's sentence in the house's form: it names types and members, never the input."""
    sentence = str(error)[:300]
    return sentence[:1].lower() + sentence[1:]
