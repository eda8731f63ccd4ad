"""Pictures of an evaluation as SVG: DET curves on normal-deviate axes, histograms of scores.

Inline, without anything from elsewhere. Numbers only: nothing of a subject is drawn.

>>> det_chart({"open": [[1.0, 0.0, 0.1], [0.1, 0.1, 0.5], [0.0, 1.0, None]]}).startswith("<svg")
True
"""

from collections.abc import Mapping, Sequence
from html import escape
from statistics import NormalDist
from typing import Any

WIDTH, HEIGHT = 560, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 52
LEAST, MOST = 0.0001, 0.6
"""Rates that the axes of a DET chart show: 0.01 % to 60 %."""
TICKS = (0.0001, 0.001, 0.01, 0.05, 0.1, 0.2, 0.4)
COLOURS = ("#1f5fa8", "#b5491f", "#2f7d4f", "#7a4fa3")

Point = Sequence[float | None]
"""FMR, FNMR and threshold."""


def deviate(rate: float) -> float:
    """The normal deviate of a rate, which is kept within the axes.

    >>> deviate(0.5), deviate(0.0) == deviate(LEAST)
    (0.0, True)
    """
    return NormalDist().inv_cdf(min(max(rate, LEAST), MOST))


def det_chart(
    curves: Mapping[str, Sequence[Point]], *, marks: Mapping[str, tuple[float, float]] | None = None
) -> str:
    """FNMR over FMR for each named curve; `marks` are operating points (FMR, FNMR) by name."""
    parts = [*_det_axes()]
    for number, (name, points) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        way = " ".join(f"{_across(x):.1f},{_down(y):.1f}" for x, y in _rates(points))
        parts.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(_text(WIDTH - RIGHT - 8, TOP + 18 + 16 * number, name, colour, anchor="end"))
    for name, (x, y) in (marks or {}).items():
        at_x, at_y = _across(x), _down(y)
        parts.append(f'<circle cx="{at_x:.1f}" cy="{at_y:.1f}" r="4.5" fill="#111"/>')
        parts.append(_text(at_x + 8, at_y - 6, name, "#111"))
    return _svg(parts, title="DET curve: false non-match rate over false match rate")


def _rates(points: Sequence[Point]) -> list[tuple[float, float]]:
    return [(point[0] or 0.0, point[1] or 0.0) for point in points]


def _det_axes() -> list[str]:
    parts = []
    for rate in TICKS:
        x, y, label = _across(rate), _down(rate), f"{rate * 100:g} %"
        parts += [
            _line(x, TOP, x, HEIGHT - BOTTOM),
            _line(LEFT, y, WIDTH - RIGHT, y),
            _text(x, HEIGHT - BOTTOM + 16, label, anchor="middle"),
            _text(LEFT - 6, y + 4, label, anchor="end"),
        ]
    middle = (HEIGHT - BOTTOM + TOP) / 2
    parts.append(_text((WIDTH + LEFT) / 2, HEIGHT - 12, "false match rate", anchor="middle"))
    parts.append(
        f'<text transform="translate(14 {middle:.0f}) rotate(-90)" text-anchor="middle">'
        "false non-match rate</text>"
    )
    return parts


def _across(rate: float) -> float:
    return LEFT + _share(rate) * (WIDTH - LEFT - RIGHT)


def _down(rate: float) -> float:
    return HEIGHT - BOTTOM - _share(rate) * (HEIGHT - BOTTOM - TOP)


def _share(rate: float) -> float:
    low, high = deviate(LEAST), deviate(MOST)
    return (deviate(rate) - low) / (high - low)


def histogram_chart(histogram: Mapping[str, Any], thresholds: Mapping[str, float]) -> str:
    """Shares of genuine and impostor scores, each scaled to its own highest bar, and thresholds."""
    edges: list[float] = histogram["edges"]
    low, high = edges[0], edges[-1]
    parts = []
    for name, colour in (("impostor", "#b5491f"), ("genuine", "#1f5fa8")):
        parts += _bars(histogram[name], colour)
    for number, (name, value) in enumerate(thresholds.items()):
        x = _place(value, low, high)
        parts.append(
            f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#111" '
            f'stroke-dasharray="{"none" if number == 0 else "5 4"}"/>'
        )
        parts.append(_text(x - 5, TOP + 14 + 16 * number, f"{name} {value:.3f}", anchor="end"))
    for step in range(6):
        value = low + (high - low) * step / 5
        x = _place(value, low, high)
        parts.append(_text(x, HEIGHT - BOTTOM + 16, f"{value:.2f}", anchor="middle"))
    parts += [
        _line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, colour="#888"),
        _text((WIDTH + LEFT) / 2, HEIGHT - 12, "score: higher is more alike", anchor="middle"),
        _text(LEFT + 4, TOP + 14, "two people", "#b5491f"),
        _text(LEFT + 4, TOP + 30, "one person", "#1f5fa8"),
    ]
    return _svg(parts, title="histogram of the scores of pairs of one person and of two")


def _bars(counts: Sequence[int], colour: str) -> list[str]:
    wide, highest = (WIDTH - LEFT - RIGHT) / len(counts), max([1, *counts])
    parts = []
    for number, count in enumerate(counts):
        tall = (HEIGHT - BOTTOM - TOP) * count / highest
        if count:
            parts.append(
                f'<rect x="{LEFT + number * wide:.1f}" y="{HEIGHT - BOTTOM - tall:.1f}" '
                f'width="{wide:.1f}" height="{tall:.1f}" fill="{colour}" fill-opacity="0.5"/>'
            )
    return parts


def _place(value: float, low: float, high: float) -> float:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def interval_chart(rows: Sequence[tuple[str, float, float, float]]) -> str:
    """One line a row from its low to its high end, and a dot at its rate; all are 0 to 1."""
    height = 26 * len(rows) + 40
    left, right = 190, WIDTH - 20
    parts = []
    for step in range(6):
        x = left + (right - left) * step / 5
        parts += [
            _line(x, 6, x, height - 26),
            _text(x, height - 10, f"{20 * step} %", anchor="middle"),
        ]
    for number, (name, rate, low, high) in enumerate(rows):
        y = 20 + 26 * number
        start, middle, end = (left + (right - left) * share for share in (low, rate, high))
        parts += [
            _text(left - 8, y + 4, name, anchor="end"),
            _line(start, y, end, y, colour="#1f5fa8", wide=3),
            f'<circle cx="{middle:.1f}" cy="{y}" r="4.5" fill="#1f5fa8"/>',
        ]
    return _svg(parts, title="rates with their 95 % intervals", height=height)


def _line(
    x1: float, y1: float, x2: float, y2: float, *, colour: str = "#ddd", wide: int = 1
) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{wide}"/>'
    )


def _text(x: float, y: float, text: str, colour: str = "#444", *, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )


def _svg(parts: Sequence[str], *, title: str, height: int = HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
