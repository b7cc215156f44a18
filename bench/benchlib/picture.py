# SPDX-License-Identifier: BSD-3-Clause
"""The result table as a picture: wall seconds over the number of ranks, both logarithmic."""
from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from .summary import Row

_WIDTH, _HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 250, 40, 50
_COLOURS = ("#b2182b", "#ef8a62", "#998ec3", "#67a9cf", "#2166ac", "#7f7f7f", "#252525")


def _ticks(low: float, high: float) -> list[float]:
    steps = [m * 10.0**e for e in range(-3, 5) for m in (1, 2, 5)]
    return [tick for tick in steps if low <= tick <= high]


class _Axes:
    def __init__(self, ranks: Sequence[int], seconds: Sequence[float]) -> None:
        self._ranks = math.log(min(ranks)), math.log(max(max(ranks), min(ranks) + 1))
        self.low, self.high = min(seconds) / 1.3, max(seconds) * 1.3

    def x(self, ranks: int) -> float:
        first, last = self._ranks
        return _LEFT + (math.log(ranks) - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, seconds: float) -> float:
        share = math.log(seconds / self.low) / math.log(self.high / self.low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _grid(axes: _Axes, ranks: Sequence[int]) -> list[str]:
    parts = []
    for tick in _ticks(axes.low, axes.high):
        y = axes.y(tick)
        parts.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" '
                     'stroke="#e0e0e0"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for n in ranks:
        parts.append(f'<text x="{axes.x(n):.1f}" y="{_HEIGHT - _BOTTOM + 18}" '
                     f'text-anchor="middle">{n}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 12}" text-anchor="middle">ranks</text>')
    parts.append(f'<text x="16" y="{_TOP - 10}">seconds</text>')
    return parts


def _line(axes: _Axes, name: str, rows: Sequence[Row], colour: str) -> list[str]:
    points = [(axes.x(row.ranks), axes.y(row.median_seconds)) for row in rows]
    dash = ' stroke-dasharray="5 4"' if not rows[0].slow else ""
    width = 3 if name.startswith("pylaunch") else 1.5
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [f'<polyline points="{joined}" fill="none" stroke="{colour}" '
             f'stroke-width="{width}"{dash}/>']
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    return parts


def _labels(ends: list[tuple[float, str, str]]) -> list[str]:
    """Names at the ends of the lines, moved apart where they would overlap."""
    parts, last = [], -math.inf
    for y, name, colour in sorted(ends):
        last = max(y, last + 15)
        parts.append(f'<text x="{_WIDTH - _RIGHT + 10}" y="{last + 4:.1f}" fill="{colour}">'
                     f'{escape(name)}</text>')
    return parts


def draw(rows: Iterable[Row], title: str) -> str:
    """An SVG file's text."""
    rows = sorted(rows, key=lambda row: row.ranks)
    ranks = sorted({row.ranks for row in rows})
    axes = _Axes(ranks, [row.median_seconds for row in rows])
    names = list(dict.fromkeys(row.launcher for row in rows))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
             f'<text x="{_LEFT}" y="18" font-size="14">{escape(title)}</text>',
             *_grid(axes, ranks)]
    ends = []
    for name, colour in zip(names, _COLOURS):
        own = [row for row in rows if row.launcher == name]
        parts += _line(axes, name, own, colour)
        ends.append((axes.y(own[-1].median_seconds), name, colour))
    return "\n".join([*parts, *_labels(ends), "</svg>"]) + "\n"
