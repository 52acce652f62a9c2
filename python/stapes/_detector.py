# SPDX-License-Identifier: Apache-2.0
"""Detections in sound that arrives in blocks (docs/guides/listening.md)."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterable, Iterator, Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

from . import _inputs, _library
from ._errors import Error, unknown_class
from ._library import MAX_WINDOWS, NEVER, lib
from ._stream import OneThread, refuse_unless_streamed

if TYPE_CHECKING:
    from ._model import Prepared

_LONGEST_MS = 1e7
_QUIETEST_DBFS = -96.0


class Detection(NamedTuple):
    seconds: float  # end of the window, counted from the first sample pushed
    sample: int  # the same in samples
    label: str
    score: float  # mean probability
    class_index: int


def _number(name: str, value: object, lowest: float, highest: float) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not lowest <= value <= highest:
        raise Error(f"invalid value {value!r} for {name}; expected a number from {lowest:g} to {highest:g}")
    return float(value)


# These three round like samples_in() (src/listen/host_detector.cpp), average_windows() and refractory_windows()
# (src/runtime/detector_plan.h).
def _samples(name: str, ms: object, rate_hz: int) -> int:
    samples = _number(name, ms, 0, _LONGEST_MS) * rate_hz / 1000
    whole = math.floor(samples)
    return whole + (samples - whole >= 0.5)


def _average_windows(samples: int, hop: int) -> int:
    return max(1, (samples + hop // 2) // hop)


def _refractory_windows(samples: int, hop: int) -> int:
    return min(max(0, (samples + hop - 1) // hop - 1), (1 << 31) - 1)


class Detector:
    """Created by Model.detector(), which describes the settings. Use it from one thread at a time."""

    def __init__(
        self,
        prepared: Prepared,
        *,
        threshold: Optional[float],
        thresholds: Mapping[str, Optional[float]],
        average_ms: Optional[float],
        suppress_ms: Optional[float],
        latency_ms: Optional[float],
        count: Optional[int],
        hysteresis: Optional[float],
        gate: Optional[tuple[str, float]],
        gate_level: Optional[float],
    ) -> None:
        refuse_unless_streamed(prepared)
        self._prepared = prepared
        self._alone = OneThread("detector")
        rate_hz = prepared.info.sample_rate_hz
        hop = 0  # the model's
        if latency_ms is not None:
            wanted = min(_samples("latency_ms", latency_ms, rate_hz), 1 << 30)
            hop = lib.stapes_nearest_hop_samples(prepared.info.step_samples, wanted)
        self._load(hop, 0)
        hop = self.hop_samples = int(lib.stapes_detector_hop_samples(self._handle))
        settings = lib.stapes_detector_get(self._handle)
        if average_ms is not None:
            windows = _average_windows(_samples("average_ms", average_ms, rate_hz), hop)
            if windows > MAX_WINDOWS:
                raise Error(
                    f"invalid average over {windows} scores; expected at most {MAX_WINDOWS}; choose a shorter "
                    "average_ms or a longer latency_ms"
                )
            if windows > settings.average_windows:
                self._load(hop, windows)
            settings.average_windows = windows
        if suppress_ms is not None:
            settings.refractory_windows = _refractory_windows(_samples("suppress_ms", suppress_ms, rate_hz), hop)
        if count is not None:
            if not isinstance(count, Integral):
                raise Error(f"invalid value {count!r} for count; expected an integer from 1 to {MAX_WINDOWS}")
            settings.minimum_windows = int(_number("count", count, 1, MAX_WINDOWS))
        settings.minimum_windows = min(settings.minimum_windows, settings.average_windows)
        if hysteresis is not None:
            settings.hysteresis = _number("hysteresis", hysteresis, 0, 1)
        if gate is not None:
            if not isinstance(gate, tuple) or len(gate) != 2:
                raise Error(f"invalid value {gate!r} for gate; expected (class, level)")
            settings.gate_class = self._class_called(gate[0])
            settings.gate_threshold = _number("gate", gate[1], 0, 1)
        if gate_level is not None:
            none = gate_level == -math.inf
            settings.gate_power = 0 if none else 10 ** (_number("gate_level", gate_level, _QUIETEST_DBFS, 0) / 10)
        self._check(lib.stapes_detector_set(self._handle, ctypes.byref(settings)))
        self._set_thresholds(threshold, thresholds)

    def push(self, samples: object) -> list[Detection]:
        """Takes any number of samples at sample_rate_hz, as in Model.run(). Returns the detections in them. The block
        size does not matter."""
        values = _inputs.sound(samples)
        push = lib.stapes_detector_push if values.code == "f" else lib.stapes_detector_push_pcm
        detected, found = ctypes.c_int(), _library.FoundClass()
        detections = []
        with self._alone():
            for part in values.parts():
                at, size = 0, _inputs.item_bytes(values.code)
                while at < len(part):
                    at += push(
                        self._handle,
                        ctypes.byref(part, at * size),
                        len(part) - at,
                        ctypes.byref(detected),
                        ctypes.byref(found),
                    )
                    if detected.value:
                        detections.append(self._named(found))
        return detections

    def over(self, sound: Union[object, Iterable[object]]) -> Iterator[Detection]:
        """Detections in a recording or in an iterable of blocks, as they occur."""
        try:
            memoryview(sound)  # type: ignore[arg-type]
        except TypeError:
            numbers = isinstance(sound, (list, tuple)) and len(sound) > 0 and isinstance(sound[0], Real)
            if isinstance(sound, Iterable) and not numbers:
                return (found for block in sound for found in self.push(block))
        return iter(self.push(sound))

    def reset(self) -> None:
        """Discards what was pushed, for example after a gap. Times start at 0 again."""
        with self._alone():
            lib.stapes_detector_reset(self._handle)

    @property
    def sample_rate_hz(self) -> int:
        return self._prepared.info.sample_rate_hz

    @property
    def means(self) -> dict[str, float]:
        """Mean probability of each class over the last windows; 0 before the first."""
        labels = self._prepared.info.labels
        with self._alone():
            return {label: lib.stapes_detector_mean(self._handle, c) for c, label in enumerate(labels)}

    @property
    def thresholds(self) -> dict[str, Optional[float]]:
        """Thresholds as applied, in multiples of 1/65536. None: the class is not detected."""
        labels = self._prepared.info.labels
        with self._alone():
            levels = [lib.stapes_detector_threshold(self._handle, c) for c in range(len(labels))]
        return {label: None if level == NEVER else level for label, level in zip(labels, levels)}

    @property
    def settings(self) -> dict[str, Any]:
        """The other settings as applied. Times are counted in windows, one every hop_samples."""
        with self._alone():
            it = lib.stapes_detector_get(self._handle)
        gate = None if it.gate_class < 0 else (self._prepared.info.labels[it.gate_class], it.gate_threshold)
        return {
            "hop_samples": self.hop_samples,
            "average_windows": it.average_windows,
            "minimum_windows": it.minimum_windows,
            "refractory_windows": it.refractory_windows,
            "hysteresis": it.hysteresis,
            "gate": gate,
            "gate_power": it.gate_power,
        }

    def _load(self, hop: int, max_windows: int) -> None:
        model = self._prepared.handle
        size = lib.stapes_detector_bytes_for(model, hop, max_windows)
        status, self._memory, self._handle = _library.made(
            size, lambda block, size, out: lib.stapes_detector_load_for(model, block, size, hop, max_windows, out)
        )
        if status == _library.BAD_SETTING:
            raise Error(
                f"the average stored in {self._prepared.info.file} would cover more than {MAX_WINDOWS} scores; "
                "choose a longer latency_ms, or first store a shorter average with `stapes listen --save`"
            )
        self._check(status)

    def _check(self, status: int) -> None:
        if status != _library.OK:
            raise Error(f"cannot listen with {self._prepared.info.file}: {_library.status_text(status)}")

    def _class_called(self, label: object) -> int:
        labels = self._prepared.info.labels
        if label not in labels:
            raise unknown_class(label, labels)
        return labels.index(str(label))

    def _set_thresholds(self, of_all: Optional[float], of_some: Mapping[str, Optional[float]]) -> None:
        if of_all is not None:
            level = _number("threshold", of_all, 0, 1)
            for c in range(len(self._prepared.info.labels)):
                self._check(lib.stapes_detector_set_threshold(self._handle, c, level))
        if not isinstance(of_some, Mapping):
            raise Error(f"invalid value {of_some!r} for thresholds; expected a dict from class to number")
        for label, value in of_some.items():
            level = NEVER if value is None else _number(f"thresholds[{label!r}]", value, 0, 1)
            self._check(lib.stapes_detector_set_threshold(self._handle, self._class_called(label), level))

    def _named(self, found: _library.FoundClass) -> Detection:
        return Detection(
            found.end_sample / self.sample_rate_hz,
            found.end_sample,
            self._prepared.info.labels[found.class_index],
            found.score,
            found.class_index,
        )
