# SPDX-License-Identifier: BSD-3-Clause
"""The result tables as one picture: a panel for each comparison, wall seconds over the number of
ranks, both logarithmic."""
from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from .summary import Row

_WIDTH, _HEIGHT = 420, 300  # of a panel
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 15, 40, 45
_LINE = 20  # of the legend
_COLOURS = ("#b2182b", "#ef8a62", "#998ec3", "#67a9cf", "#2166ac", "#7f7f7f", "#252525")


def _ticks(low: float, high: float) -> list[float]:
    steps = [m * 10.0**e for e in range(-3, 5) for m in (1, 2, 5)]
    return [tick for tick in steps if low <= tick <= high]


class _Axes:
    """From ranks and seconds to a place in the panel."""

    def __init__(self, rows: Sequence[Row]) -> None:
        ranks = [row.ranks for row in rows]
        seconds = [row.median_seconds for row in rows]
        self._ranks = math.log(min(ranks)), math.log(max(max(ranks), min(ranks) + 1))
        self.low, self.high = min(seconds) / 1.3, max(seconds) * 1.3

    def x(self, ranks: int) -> float:
        first, last = self._ranks
        return _LEFT + (math.log(ranks) - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, seconds: float) -> float:
        share = math.log(seconds / self.low) / math.log(self.high / self.low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _grid(axes: _Axes, ranks: Iterable[int]) -> list[str]:
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
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 10}" text-anchor="middle">ranks</text>')
    parts.append(f'<text x="12" y="{_TOP - 6}">seconds</text>')
    return parts


def _line(axes: _Axes, rows: Sequence[Row], style: str) -> list[str]:
    points = [(axes.x(row.ranks), axes.y(row.median_seconds)) for row in rows]
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return [f'<polyline points="{joined}" fill="none" {style}/>',
            *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.5" {style}/>' for x, y in points)]


def _panel(title: str, rows: Sequence[Row], styles: Mapping[str, str]) -> list[str]:
    rows = sorted(rows, key=lambda row: row.ranks)
    axes = _Axes(rows)
    parts = [f'<text x="{_LEFT}" y="16" font-size="13">{escape(title)}</text>',
             *_grid(axes, sorted({row.ranks for row in rows}))]
    for name, style in styles.items():
        own = [row for row in rows if row.launcher == name]
        if own:
            parts += _line(axes, own, style)
    return parts


def _styles(rows: Iterable[Row]) -> dict[str, str]:
    """How the line of each launcher looks, the same in all panels."""
    slow = {row.launcher: row.slow for row in rows}
    styles = {}
    for (name, is_slow), colour in zip(slow.items(), _COLOURS):
        width = 2.5 if name.startswith("pylaunch") else 1.5
        dash = "" if is_slow else ' stroke-dasharray="5 4"'
        styles[name] = f'stroke="{colour}" stroke-width="{width}"{dash}'
    return styles


def _legend(styles: Mapping[str, str], top: int) -> list[str]:
    parts = []
    for i, (name, style) in enumerate(styles.items()):
        y = top + i * _LINE
        parts.append(f'<line x1="{_LEFT}" y1="{y}" x2="{_LEFT + 40}" y2="{y}" {style}/>')
        parts.append(f'<text x="{_LEFT + 50}" y="{y + 4}">{escape(name)}</text>')
    return parts


def draw(panels: Mapping[str, Sequence[Row]]) -> str:
    """An SVG file's text; `panels`: the rows of each, by its title."""
    styles = _styles(row for rows in panels.values() for row in rows)
    columns = min(2, len(panels))
    top = -(-len(panels) // columns) * _HEIGHT
    width, height = columns * _WIDTH, top + len(styles) * _LINE + 10
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>']
    for i, (title, rows) in enumerate(panels.items()):
        parts.append(f'<g transform="translate({i % columns * _WIDTH} {i // columns * _HEIGHT})">')
        parts += [*_panel(title, rows, styles), "</g>"]
    return "\n".join([*parts, *_legend(styles, top + 10), "</svg>"]) + "\n"
