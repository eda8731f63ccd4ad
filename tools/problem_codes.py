"""Every `code` that a problem document of the API can have, found in the code itself.

>>> [found.status.value for found in problem_codes() if found.code == "missing_scope"]
[403]
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import cameo_service.app  # noqa: F401 (brings in every module that defines an error)
from cameo_service import errors
from cameo_service.grants.durations import LONGEST_YEARS, LONGEST_YEARS_OF_MINORS
from cameo_service.problems import CODE_OF, STATUS_OF
from storage.errors import StorageError

PACKAGE = Path(__file__).parent.parent / "cameo_service"
NOT_THE_SERVICE = ("cli", "client")
WORDS = {
    "invalid_request": "The body, a parameter or a header does not fit the schema; `errors` says "
    "where.",
    "grant_too_long": f"A grant lasts {LONGEST_YEARS} years at most, {LONGEST_YEARS_OF_MINORS} "
    "where the owner is a minor.",
    "of_age": "By `birth_date` the person is of age: `minor` must be null.",
    "rule_unreadable": "A rule cannot be read, or not be kept; `detail` names it and says why.",
    "internal_error": "A fault of ours. The log has it under the `request_id`.",
    "tampered": "What is stored here was altered, and was not used. The log names it under the "
    "`request_id`.",
    "credential_key_withdrawn": "The key that signed a cameo's credential was withdrawn: the "
    "operator has it signed anew (`cameo keys resign`).",
    "bad_request": "It cannot be read as HTTP or as a form.",
    "not_found": "There is no such path.",
    "method_not_allowed": "The path is there, for other methods.",
    "body_too_large": "The body has more bytes than this route takes.",
    "unsupported_media_type": "The body must come as `application/json`.",
    "media_…": "The upload cannot be a recording; the codes stand under `last_error` below. No "
    "attempt is used up.",
}
"""What codes mean that no exception of ours explains, or that its message says with a value."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ProblemCode:
    """A code, the HTTP status that it comes with, and when."""

    status: HTTPStatus
    code: str
    meaning: str


def problem_codes() -> list[ProblemCode]:
    """Every code once, in order of status and code; with all that it is raised for."""
    found = {*_of_classes(), *_of_literals(), *_of_the_handlers(), *_of_the_framework()}
    refused = STATUS_OF[errors.RecordingRefused]
    found.add(ProblemCode(status=refused, code="media_…", meaning=WORDS["media_…"]))
    meanings: dict[tuple[HTTPStatus, str], list[str]] = {}
    for each in sorted(found):
        meanings.setdefault((each.status, each.code), []).append(each.meaning)
    return [
        ProblemCode(status=status, code=code, meaning=WORDS.get(code) or " Or: ".join(several))
        for (status, code), several in meanings.items()
    ]


def _of_classes() -> Iterator[ProblemCode]:
    """Exceptions with a code of their own. Those of a 500 the handlers answer with theirs."""
    for kind in (*_below(errors.ServiceError), *_below(StorageError)):
        status = next(STATUS_OF[each] for each in kind.__mro__ if each in STATUS_OF)
        if "code" in vars(kind) and status is not HTTPStatus.INTERNAL_SERVER_ERROR:
            meaning = str(kind.__doc__).partition("\n")[0]
            yield ProblemCode(status=status, code=vars(kind)["code"], meaning=meaning)


def _below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for below in kind.__subclasses__():
        # tests define errors of their own
        if below.__module__.partition(".")[0] in ("cameo_service", "storage"):
            yield below
        yield from _below(below)


def _of_literals() -> Iterator[ProblemCode]:
    """`raise Invalid("…", "…")`: the message, with its variable parts left out.

    Raises `ValueError` for a code that is not written out.
    """
    for call in _calls():
        if getattr(call.func, "id", None) == errors.Invalid.__name__:
            yield ProblemCode(
                status=STATUS_OF[errors.Invalid],
                code=str(ast.literal_eval(call.args[0])),
                meaning=_sentence(call.args[1]),
            )


def _of_the_handlers() -> Iterator[ProblemCode]:
    """`problem(request, HTTPStatus.…, code="…")`."""
    for call in _calls():
        if getattr(call.func, "id", None) != "problem" or len(call.args) < 2:
            continue
        status = getattr(call.args[1], "attr", None)
        for keyword in call.keywords:
            if keyword.arg == "code" and isinstance(keyword.value, ast.Constant) and status:
                code = str(keyword.value.value)
                yield ProblemCode(status=HTTPStatus[status], code=code, meaning=WORDS[code])


def _of_the_framework() -> Iterator[ProblemCode]:
    for status, code in CODE_OF.items():
        yield ProblemCode(status=status, code=code, meaning=WORDS[code])


def _calls() -> Iterator[ast.Call]:
    for module in sorted(PACKAGE.rglob("*.py")):
        if module.relative_to(PACKAGE).parts[0] not in NOT_THE_SERVICE:
            tree = ast.parse(module.read_text(encoding="utf-8"))
            yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _sentence(message: ast.expr) -> str:
    """A message as a sentence; `{…}` stands for what it names."""
    if isinstance(message, ast.Constant):
        text = str(message.value)
    elif isinstance(message, ast.JoinedStr):
        text = "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in message.values
        )
    else:
        raise TypeError(f"line {message.lineno}: the message is not written out")
    start = text[0] if text.startswith("`") else text[0].upper()
    return f"{start}{text[1:]}."
