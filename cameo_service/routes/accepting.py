"""Which of several forms of an answer a caller wants, as its `Accept` says (RFC 9110, 12.5.1).

>>> wanted("text/html,application/xhtml+xml,*/*;q=0.8", ("text/html", "application/json"))
'text/html'
>>> wanted("application/json, text/*;q=0.5", ("text/html", "application/json"))
'application/json'
"""

from collections.abc import Iterator, Sequence


def wanted(accept: str, offered: Sequence[str]) -> str:
    """The form that is wanted most; of several the one that is named, and then the first.

    Where none is wanted it is the first, too: RFC 9110 lets a service disregard the header.
    """
    ranges = list(_ranges(accept))
    return max(offered, key=lambda each: _quality(each, ranges))


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> tuple[float, int]:
    """What the most specific range says of it, 0 where none does, and how specific that is.

    >>> _quality("text/html", [("*/*", 1.0), ("text/html", 0.2)])
    (0.2, 2)
    """
    given = dict(ranges)
    named = ("*/*", f"{media_type.partition('/')[0]}/*", media_type)
    for specific in (2, 1, 0):
        if named[specific] in given:
            return given[named[specific]], specific
    return 0.0, 0


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        yield name, _weight(parameters)


def _weight(parameters: Sequence[str]) -> float:
    """The `q` among the parameters, 1 without one. One that is no weight wants nothing.

    >>> [_weight(each) for each in ([], ["q=0.3"], ["q=nan"], ["q=x"])]
    [1.0, 0.3, 0.0, 0.0]
    """
    for each in parameters:
        if each.startswith("q="):
            given = each.removeprefix("q=")
            return float(given) if given.replace(".", "", 1).isdecimal() else 0.0
    return 1.0
