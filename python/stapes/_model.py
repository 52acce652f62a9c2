# SPDX-License-Identifier: Apache-2.0
"""A packed model: what it is, and scores of single windows."""

from __future__ import annotations

import ctypes
import json
import os
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Iterable, Iterator, Mapping, Optional, Union

from . import _inputs, _library
from ._classify import ten_crops
from ._detector import Detection, Detector
from ._errors import Error
from ._library import Block, lib
from ._stream import Stream

_LARGEST_FILE = (1 << 31) + 64


@dataclass(frozen=True)
class Info:
    """Input, output and cost of a model. Counted, not measured; the same figures as `stapes info --json`."""

    file: str
    route: str  # "fp32", "xnor" or "int8"
    input: str  # "sound", "images" or "features"
    input_shape: tuple[int, ...]  # sound: (window_samples,); otherwise (height, width, channels)
    input_scale: Optional[float]  # int8 features: real value = input_scale * (q - input_zero_point); otherwise None
    input_zero_point: Optional[int]
    sample_rate_hz: int  # 0 unless the input is sound
    window_samples: int  # values of one input
    labels: tuple[str, ...]
    gives_probabilities: bool  # scores are probabilities; otherwise logits
    step_samples: int  # hops of a stream are multiples of it; 0: the model cannot be streamed
    parameters: int
    macs: int  # multiply-accumulates of one window
    binary_macs: int  # those of `macs` that are binary
    file_bytes: int
    arena_bytes: int  # working memory on a device
    provenance: Any  # the JSON object stored in the model, its text if it is not a JSON object, or None


@dataclass(frozen=True, eq=False)
class Prepared:
    """A checked model with the fastest kernels for this processor. Read-only, so threads may share it."""

    info: Info
    handle: ctypes.c_void_p
    blob: Block
    memory: Block


class _Classifier:
    __slots__ = ("handle", "_memory")

    def __init__(self, file: str, model: ctypes.c_void_p) -> None:
        size = lib.stapes_classifier_bytes_for(model)
        status, self._memory, self.handle = _library.made(
            size, lambda block, size, out: lib.stapes_classifier_load_for(model, block, size, out)
        )
        if status != _library.OK:
            raise Error(f"cannot run {file}: {_library.status_text(status)}")

    def label(self, index: int) -> str:
        return str(lib.stapes_classifier_label(self.handle, index).decode(errors="replace"))


def _provenance(text: Optional[bytes]) -> Any:
    if text is None:
        return None
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return text.decode(errors="replace")
    return parsed if isinstance(parsed, dict) else text.decode(errors="replace")


def _refusal(file: str, status: int, fault: _library.Fault) -> Error:
    reason = _library.status_text(status)
    advice = "copy the file again, or pack the run again"
    if status == _library.NOT_A_MODEL:
        advice = "expected a packed model (.stapes), as written by `stapes pack`"
    elif status == _library.TOO_NEW:
        advice = f"use a newer Stapes (this is {_library.version()}), or pack the run again with this version"
    elif status == _library.TOO_OLD:
        advice = "pack the run again"
    elif fault.what:
        layer = f", layer {fault.layer}" if fault.layer >= 0 else ""
        reason += f" ({fault.what.decode()}{layer})"
    return Error(f"cannot use {file}: {reason}; {advice}")


def _prepare(file: str, data: bytes) -> tuple[Prepared, _Classifier]:
    blob, fault, it = Block.holding(data), _library.Fault(), _library.Description()
    status = lib.stapes_describe(blob.address, blob.size, ctypes.byref(it), ctypes.byref(fault))
    if status != _library.OK:
        raise _refusal(file, status, fault)
    size = lib.stapes_model_bytes(blob.address, blob.size)
    status, memory, handle = _library.made(
        size, lambda at, size, out: lib.stapes_model_load(blob.address, blob.size, at, size, out)
    )
    if status != _library.OK:
        raise _refusal(file, status, _library.Fault())
    classifier = _Classifier(file, handle)
    kind = _library.INPUTS[it.input]
    quantized = kind == "features" and it.int8_input != 0
    info = Info(
        file=file,
        route=it.route.decode(errors="replace"),
        input=kind,
        input_shape=(it.window_samples,) if kind == "sound" else (it.height, it.width, it.channels),
        input_scale=it.input_scale if quantized else None,
        input_zero_point=it.input_zero_point if quantized else None,
        sample_rate_hz=it.sample_rate_hz,
        window_samples=it.window_samples,
        labels=tuple(classifier.label(c) for c in range(it.class_count)),
        gives_probabilities=it.gives_probabilities != 0,
        step_samples=it.step_samples,
        parameters=it.parameters,
        macs=it.macs,
        binary_macs=it.binary_macs,
        file_bytes=len(data),
        arena_bytes=it.arena_bytes,
        provenance=_provenance(it.provenance),
    )
    return Prepared(info, handle, blob, memory), classifier


class Model:
    """A loaded model. Created by load().

    Any number of threads may call all methods at the same time. Use each stream or detector they return from one
    thread at a time. close(), or the end of a `with` block, frees the memory once no stream or detector needs it.
    """

    def __init__(self, prepared: Prepared, first: _Classifier) -> None:
        self._prepared: Optional[Prepared] = prepared
        self._file = prepared.info.file
        self._idle = [first]  # classifiers not in use; grows to the number of concurrent runs

    def info(self) -> Info:
        return self._open().info

    def run(self, window: object) -> _inputs.Scores:
        """Scores of one input, one per class, in the order of info().labels.

        sound     info().window_samples samples: float32 in [-1, 1] or int16; bytes are 16-bit PCM, little-endian
        images    (height, width, channels): uint8 pixels, or the int16 or float32 samples that the network sees
        features  int8 as the input tensor holds them, or real values as float32

        Scores are logits, or probabilities if info().gives_probabilities: float32, in a numpy array if `window` is one,
        otherwise in an array.array.
        """
        prepared = self._open()
        values = _inputs.one_input(window, prepared.info)
        return _inputs.scores_like(window, self._run(prepared, values.code, values.part(0, values.count)))

    def classify(self, clip: object) -> list[tuple[str, float]]:
        """Classes and their probabilities for a clip of any length, most probable first.

        As in `stapes classify`, silence is cut off at both ends, and probabilities are means over ten windows.
        """
        prepared = self._open()
        if prepared.info.input != "sound":
            raise Error(f"{self._file} takes {prepared.info.input}; classify() needs a model for sound; use run()")
        probabilities = ten_crops(
            _inputs.sound(clip), prepared.info, lambda code, window: self._run(prepared, code, window)
        )
        order = sorted(range(len(probabilities)), key=lambda c: -probabilities[c])  # ties in the order of labels
        return [(prepared.info.labels[c], probabilities[c]) for c in order]

    def stream(self, hop_samples: Optional[int] = None) -> Stream:
        """Scores a window every `hop_samples` while sound arrives; a multiple of info().step_samples, by default about
        100 ms."""
        return Stream(self._open(), hop_samples)

    def detector(
        self,
        *,
        threshold: Optional[float] = None,
        thresholds: Optional[Mapping[str, Optional[float]]] = None,
        average_ms: Optional[float] = None,
        suppress_ms: Optional[float] = None,
        latency_ms: Optional[float] = None,
        count: Optional[int] = None,
        hysteresis: Optional[float] = None,
        gate: Optional[tuple[str, float]] = None,
        gate_level: Optional[float] = None,
    ) -> Detector:
        """The detector of `stapes listen`, for sound that arrives in blocks. None keeps what the model stores.

        threshold    mean probability at which a class is detected, 0 to 1, for all classes
        thresholds   the same for some classes, by name; None: the class is not detected
        average_ms   time over which scores are averaged
        suppress_ms  time without detections after each detection
        latency_ms   time from one score to the next; rounded to the model's step
        count        scores that the mean needs before a detection, 1 to 255
        hysteresis   how far a class must fall below its threshold before it is detected again; 0: none
        gate         (class, level): detect only while the mean of this class is at least `level`
        gate_level   detect only in windows with at least this level, in dBFS, -96 to 0; -math.inf: none
        """
        return Detector(
            self._open(),
            threshold=threshold,
            thresholds=thresholds or {},
            average_ms=average_ms,
            suppress_ms=suppress_ms,
            latency_ms=latency_ms,
            count=count,
            hysteresis=hysteresis,
            gate=gate,
            gate_level=gate_level,
        )

    def detect(self, sound: Union[object, Iterable[object]], **settings: Any) -> Iterator[Detection]:
        """Detections in a recording, or in an iterable of blocks, as they occur. Settings as in detector()."""
        detector = self.detector(**settings)
        return detector.over(sound)

    def close(self) -> None:
        """Frees the model. Streams and detectors created from it can still be used."""
        self._prepared = None
        self._idle = []

    def __enter__(self) -> Model:
        self._open()
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self._prepared else ", closed"
        return f"<stapes.Model {self._file!r}{state}>"

    def _open(self) -> Prepared:
        if self._prepared is None:
            raise Error(f"{self._file} is closed; load it again")
        return self._prepared

    def _run(self, prepared: Prepared, code: str, window: Any) -> Any:
        idle = self._idle
        try:
            classifier = idle.pop()
        except IndexError:
            classifier = _Classifier(prepared.info.file, prepared.handle)
        scores = (ctypes.c_float * len(prepared.info.labels))()
        run = {"f": lib.stapes_run, "h": lib.stapes_run_pcm, "b": lib.stapes_run_features}[code]
        run(classifier.handle, window, scores)
        idle.append(classifier)
        return scores


def load(path: Union[str, os.PathLike[str]]) -> Model:
    """Loads a packed model (.stapes). Raises Error if it cannot be used, OSError if it cannot be read."""
    with open(path, "rb") as file:
        name = os.fspath(path)
        if os.fstat(file.fileno()).st_size > _LARGEST_FILE:
            raise Error(f"cannot use {name}: larger than 2 GiB; expected a packed model (.stapes)")
        data = file.read()
    return Model(*_prepare(name, data))
