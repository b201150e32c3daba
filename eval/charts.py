"""Plots as inline SVG: plain strings, coloured by the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from eval.metrics import Bin, Floats
from eval.score import Estimate
from qa.markup import escaped

WIDTH, HEIGHT = 360, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 44


def whisker(estimate: Estimate) -> str:
    """A measure from 0 to 100 on a line: the point, and its interval as a bar."""
    low, high, value = (_within(end) for end in (estimate.low, estimate.high, estimate.value))
    width = max(high - low, 0.6)
    return (
        '<svg class="whisker" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<line class="axis" x1="0" y1="5" x2="100" y2="5"/>'
        f'<rect class="interval" x="{low:.1f}" y="2" width="{width:.1f}" height="6"/>'
        f'<rect class="point" x="{min(value, 99):.1f}" y="0" width="1" height="10"/></svg>'
    )


def reliability_plot(bins: Sequence[Bin]) -> str:
    """How often answers were right against how sure they were; a dot's area shows how many."""
    most = max((bin.count for bin in bins), default=1)
    dots = "".join(
        f'<circle class="dot" cx="{_x(100 * bin.confidence):.1f}" cy="{_y(100 * bin.accuracy):.1f}"'
        f' r="{3 + 9 * (bin.count / most) ** 0.5:.1f}"><title>{bin.count:,} answers '
        f"{100 * bin.confidence:.0f} % sure, {100 * bin.accuracy:.0f} % right</title></circle>"
        for bin in bins
    )
    path = " ".join(f"{_x(100 * b.confidence):.1f},{_y(100 * b.accuracy):.1f}" for b in bins)
    ideal = f'<line class="ideal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(100)}" y2="{_y(100)}"/>'
    return _plot(
        f'{ideal}<polyline class="curve" points="{path}"/>{dots}',
        "How sure (%)",
        "How often right (%)",
        "Reliability: confidence against accuracy",
    )


def precision_plot(
    coverage: Floats, precision: Floats, levels: Sequence[tuple[int, float, float]]
) -> str:
    """How often answers are right when only the surest are given, as fractions.

    ``levels`` are points to name on it: percent of confidence, points of coverage, of precision.
    """
    path = " ".join(
        f"{_x(100 * x):.1f},{_y(100 * y):.1f}" for x, y in zip(coverage, precision, strict=True)
    )
    dots = "".join(
        f'<circle class="dot" cx="{_x(across):.1f}" cy="{_y(up):.1f}" r="4"/>'
        f'<text class="label" x="{_x(across):.1f}" y="{_y(up) + 20:.1f}" text-anchor="middle">'
        f"{level} %</text>"
        for level, across, up in levels
    )
    return _plot(
        f'<polyline class="curve" points="{path}"/>{dots}',
        "Questions answered, surest first (%)",
        "How often right (%)",
        "Precision against coverage",
    )


def latency_plot(latency: Mapping[str, tuple[Estimate, ...]]) -> str:
    """Median and 95th percentile of the milliseconds that each stage took."""
    longest = max(slow.high for _, slow in latency.values()) or 1
    step = _step(longest)
    end = step * math.ceil(longest / step)
    left, bottom = 52, 16 + 46 * len(latency)
    # The longest bar's figure stands to the right of it.
    scale = (WIDTH - left - 62) / end
    parts = [
        f'<line class="grid" x1="{left + scale * at:.1f}" y1="4" x2="{left + scale * at:.1f}" '
        f'y2="{bottom}"/><text x="{left + scale * at:.1f}" y="{bottom + 16}" '
        f'text-anchor="middle">{at:,}</text>'
        for at in range(0, end + 1, step)
    ]
    for row, (stage, (median, slow)) in enumerate(latency.items()):
        y = 14 + row * 46
        parts.append(
            f'<text class="label" x="{left - 8}" y="{y + 18}" text-anchor="end">'
            f"{escaped(stage)}</text>"
        )
        for offset, kind, spent in ((0, "median", median), (15, "slow", slow)):
            low, high = (left + scale * bound for bound in (spent.low, spent.high))
            parts.append(
                f'<rect class="{kind}" x="{left}" y="{y + offset}" '
                f'width="{max(scale * spent.value, 1):.1f}" height="12"/>'
                f'<line class="spread" x1="{low:.1f}" x2="{high:.1f}" y1="{y + offset + 6}" '
                f'y2="{y + offset + 6}"/><text x="{high + 5:.1f}" y="{y + offset + 10}">'
                f"{_milliseconds(spent.value)}</text>"
            )
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {bottom + 40}" role="img" '
        f'aria-label="Time a question took by stage">{"".join(parts)}'
        f'<text class="label" x="{left + scale * end / 2:.1f}" y="{bottom + 34}" '
        'text-anchor="middle">Milliseconds a question</text></svg>'
    )


def _step(longest: float) -> int:
    """A round distance of axis marks, of which two to five reach ``longest``."""
    power = int(10 ** max(math.floor(math.log10(longest)), 0))
    steps = (power // 4, power // 2, power)
    return next((step for step in steps if 5 * step >= longest), 2 * power)


def shares_bar(shares: Sequence[tuple[str, int]]) -> str:
    """One bar in parts, as long as their numbers; each part has the class it is paired with."""
    total = sum(count for _, count in shares) or 1
    parts, at = [], 0.0
    for kind, count in shares:
        width = 100 * count / total
        parts.append(f'<rect class="{kind}" x="{at:.3f}" y="0" width="{width:.3f}" height="10"/>')
        at += width
    return (
        '<svg class="shares" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )


def _plot(inside: str, across: str, up: str, name: str) -> str:
    """A square of 0 to 100 % both ways, with ``inside`` drawn in it."""
    grid = "".join(
        f'<line class="grid" x1="{_x(0)}" y1="{_y(at)}" x2="{_x(100)}" y2="{_y(at)}"/>'
        f'<line class="grid" x1="{_x(at)}" y1="{_y(0)}" x2="{_x(at)}" y2="{_y(100)}"/>'
        f'<text x="{_x(0) - 6}" y="{_y(at) + 4}" text-anchor="end">{at}</text>'
        f'<text x="{_x(at)}" y="{_y(0) + 16}" text-anchor="middle">{at}</text>'
        for at in range(0, 101, 25)
    )
    middle_x, middle_y = (_x(0) + _x(100)) / 2, (_y(0) + _y(100)) / 2
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}">{grid}'
        f"{inside}"
        f'<text class="label" x="{middle_x}" y="{HEIGHT - 8}" text-anchor="middle">{across}</text>'
        f'<text class="label" transform="translate(12 {middle_y}) rotate(-90)" '
        f'text-anchor="middle">{up}</text></svg>'
    )


def _x(percent: float) -> float:
    return _LEFT + percent / 100 * (WIDTH - _LEFT - _RIGHT)


def _y(percent: float) -> float:
    return HEIGHT - _BOTTOM - percent / 100 * (HEIGHT - _TOP - _BOTTOM)


def _within(points: float) -> float:
    return min(max(points, 0), 100)


def _milliseconds(spent: float) -> str:
    return f"{spent / 1000:.1f} s" if spent >= 1000 else f"{spent:.0f} ms"
