"""JSON on the wire as msgspec structs: quick to read and write, strict, at home in FastAPI.

    class LikenessIn(Wire, frozen=True, kw_only=True):
        cameo_id: Id

    likeness = read_json(LikenessIn, body)

FastAPI takes and gives them like its own models; `document_structs` puts them into OpenAPI.
"""

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Self, TypeVar

import msgspec
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from cameo_service.errors import InvalidRequest

MOST_ID = 100
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_ID)]
REFERENCES = "#/components/schemas/{name}"
_MARK = "x-struct"
_MESSAGE = re.compile(r"(?P<message>.*?)(?: - at `\$(?P<path>[^`]*)`)?", re.DOTALL)
_FIELD = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


class Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document on the wire. What it does not know, it refuses. Its name is unique in the API.

    msgspec does not inherit `kw_only`: every struct says it again.
    """

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let pydantic read and write it."""
        del source, handler
        return core_schema.no_info_plain_validator_function(
            cls._from_any,
            serialization=core_schema.plain_serializer_function_ser_schema(msgspec.to_builtins),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Leave a mark, which `document_structs` turns into a reference."""
        del schema, handler
        return {_MARK: cls.__name__}

    @classmethod
    def _from_any(cls, value: object) -> Self:
        return value if isinstance(value, cls) else read_data(cls, value)


W = TypeVar("W", bound=Wire)


@lru_cache(maxsize=64)
def _decoder(kind: type[W]) -> msgspec.json.Decoder[W]:
    return msgspec.json.Decoder(kind)


def read_json(kind: type[W], body: bytes) -> W:
    """Read a request's body. Raises `InvalidRequest`, which says where it does not fit."""
    try:
        read: W = _decoder(kind).decode(body)
    except msgspec.ValidationError as error:
        raise _misfit(kind, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidRequest(("body", "the body is not JSON")) from None
    # JSON can spell a NUL in this way only
    if rb"\u0000" in body:
        _refuse_what_cannot_be_kept(read)
    return read


def read_data(kind: type[W], data: object) -> W:
    """Read JSON data that were parsed already. Raises `InvalidRequest`."""
    try:
        read = msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise _misfit(kind, str(error)) from None
    _refuse_what_cannot_be_kept(read)
    return read


def _refuse_what_cannot_be_kept(read: Wire) -> None:
    """No text may hold a NUL, which PostgreSQL cannot store, or half a surrogate pair.

    msgspec reads no such half from JSON; the parser of the standard library does.
    """
    for text in _texts(msgspec.to_builtins(read)):
        if "\0" in text:
            raise InvalidRequest(("body", "text must not hold a NUL"))
        if not text.isascii() and _HALF_A_PAIR.search(text):
            raise InvalidRequest(("body", "text must not hold half a surrogate pair"))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _misfit(kind: type[Wire], text: str) -> InvalidRequest:
    """What msgspec says, as a location and a message. The input is not repeated: it may be secret.

    >>> _misfit(Wire, "Object contains unknown field `x` - at `$.a[0]`").details
    ({'location': 'body.a.0.x', 'message': 'there is no such field'},)
    """
    found = _MESSAGE.fullmatch(text)
    message, path = (found["message"], found["path"] or "") if found else (text, "")
    steps = [name or index for name, index in _STEP.findall(path)]
    field = _FIELD.fullmatch(message)
    if field is not None:
        steps.append(field[2][:MOST_ID])
        missing = field[1] == "missing required"
        message = "this field is required" if missing else "there is no such field"
    elif message.startswith("Invalid enum value"):
        words = ", ".join(f"`{word}`" for word in _words(kind, steps))
        message = f"must be one of {words}"
    return InvalidRequest((".".join(("body", *steps)), f"{message[:1].lower()}{message[1:]}"))


def _words(kind: type[Wire], steps: list[str]) -> list[str]:
    """The words that the field at this place takes."""
    known: Any = msgspec.inspect.type_info(kind)
    for step in steps:
        for part in getattr(known, "types", (known,)):
            if isinstance(part, msgspec.inspect.StructType):
                known = next(f.type for f in part.fields if f.encode_name == step)
            elif hasattr(part, "item_type"):
                known = part.item_type
    kinds = [part.cls for part in getattr(known, "types", (known,)) if hasattr(part, "cls")]
    return [str(word.value) for each in kinds if issubclass(each, Enum) for word in each]


def document_structs(schema: dict[str, Any]) -> dict[str, Any]:
    """Complete an OpenAPI document: every struct in it becomes a reference to its component."""
    names: set[str] = set()
    completed: dict[str, Any] = _referring(schema, names)
    kinds = [kind for kind in _below(Wire) if kind.__name__ in names]
    _, found = msgspec.json.schema_components(kinds, ref_template=REFERENCES)
    components = completed.setdefault("components", {}).setdefault("schemas", {})
    for name in sorted(found.keys() - components.keys()):
        components[name] = found[name]
    return completed


def _referring(value: Any, names: set[str]) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, list):
        return [_referring(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    name = value.get(_MARK)
    if isinstance(name, str):
        names.add(name)
        return {"$ref": REFERENCES.format(name=name)}
    return {key: _referring(item, names) for key, item in value.items()}


def _below(kind: type[Wire]) -> Iterator[type[Wire]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)
