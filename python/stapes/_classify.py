# SPDX-License-Identifier: Apache-2.0
"""Probabilities of a clip as `stapes classify` computes them (src/evaluate, src/data/evaluation_windows.cpp)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Callable, Sequence

from ._errors import Error
from ._inputs import Values, item_bytes

if TYPE_CHECKING:
    from ._model import Info

_CROPS = 10


def _trimmed(clip: Values) -> bytes:
    """The clip without zeros at both ends. A clip of zeros is unchanged."""
    data, size = bytes(clip.data), item_bytes(clip.code)
    first = (len(data) - len(data.lstrip(b"\0"))) // size * size
    last = -(-len(data.rstrip(b"\0")) // size) * size
    return data[first:last] or data


def _softmax(logits: Sequence[float]) -> list[float]:
    highest = max(logits)
    exponentials = [math.exp(logit - highest) for logit in logits]
    total = 0.0
    for value in exponentials:  # sum() of newer Pythons rounds differently
        total += value
    return [value / total for value in exponentials]


def ten_crops(clip: Values, info: Info, run: Callable[[str, Any], Sequence[float]]) -> list[float]:
    """Ten evenly spaced windows, from half a window before the clip to half a window after it."""
    if clip.count == 0:
        raise Error("a clip without samples; expected at least one")
    size, window = item_bytes(clip.code), info.window_samples
    silence = bytes(window // 2 * size)
    padded = Values(clip.code, silence + _trimmed(clip) + silence)
    step = (padded.count - window) // (_CROPS - 1)
    means = [0.0] * len(info.labels)
    for crop in range(_CROPS):
        scores = run(clip.code, padded.part(crop * step, window))
        row = list(scores) if info.gives_probabilities else _softmax(scores)
        for c, value in enumerate(row):
            means[c] += value if info.gives_probabilities else value / _CROPS
    return [value / _CROPS for value in means] if info.gives_probabilities else means
