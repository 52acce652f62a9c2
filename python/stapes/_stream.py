# SPDX-License-Identifier: Apache-2.0
"""Scores of sound that arrives in blocks."""

from __future__ import annotations

import ctypes
import threading
from contextlib import contextmanager
from numbers import Integral
from typing import TYPE_CHECKING, Any, Iterator, Optional

from . import _inputs, _library
from ._errors import Error
from ._library import lib

if TYPE_CHECKING:
    from ._model import Prepared

_DEFAULT_HOP_MS = 100
_LONGEST_HOP = (1 << 31) - 1


class OneThread:
    """Refuses a second thread while one is inside."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        if not self._lock.acquire(blocking=False):
            raise Error(f"a {self._what} is used by two threads at once; create one for each thread")
        try:
            yield
        finally:
            self._lock.release()


def refuse_unless_streamed(prepared: Prepared) -> None:
    info = prepared.info
    if info.input != "sound":
        raise Error(f"{info.file} takes {info.input}; streams and detectors need a model for sound; use run()")
    if info.step_samples == 0:
        raise Error(
            f"{info.file} cannot be streamed: it does not begin with unpadded convolutions along the waveform; "
            "use run()"
        )


class Stream:
    """Created by Model.stream(). The first scores arrive with the last sample of the first window, then every
    hop_samples. They are bit-identical to Model.run() on the last window_samples. Use it from one thread at a time."""

    def __init__(self, prepared: Prepared, hop_samples: Optional[int]) -> None:
        refuse_unless_streamed(prepared)
        step = prepared.info.step_samples
        if hop_samples is None:
            wanted = prepared.info.sample_rate_hz * _DEFAULT_HOP_MS // 1000
            hop_samples = int(lib.stapes_nearest_hop_samples(step, wanted))
        elif not isinstance(hop_samples, Integral) or not 0 < hop_samples <= _LONGEST_HOP:
            raise Error(f"invalid hop of {hop_samples!r} samples; expected a multiple of {step}, the model's step")
        elif hop_samples % step != 0:
            near = lib.stapes_nearest_hop_samples(step, hop_samples)
            raise Error(
                f"invalid hop of {hop_samples} samples; expected a multiple of {step}, the model's step; choose {near}"
            )
        hop_samples = int(hop_samples)
        size = lib.stapes_stream_bytes_for(prepared.handle)
        status, self._memory, self._handle = _library.made(
            size, lambda block, size, out: lib.stapes_stream_load_for(prepared.handle, block, size, hop_samples, out)
        )
        if status != _library.OK:
            raise Error(f"cannot stream {prepared.info.file}: {_library.status_text(status)}")
        self._prepared = prepared
        self._alone = OneThread("stream")
        self.hop_samples = hop_samples

    @property
    def window_samples(self) -> int:
        return self._prepared.info.window_samples

    @property
    def sample_rate_hz(self) -> int:
        return self._prepared.info.sample_rate_hz

    def push(self, samples: object) -> list[_inputs.Scores]:
        """Takes any number of samples at sample_rate_hz. Returns the scores of each window that they complete. Samples
        and scores are as in Model.run()."""
        values = _inputs.sound(samples)
        push = lib.stapes_stream_push if values.code == "f" else lib.stapes_stream_push_pcm
        scored = ctypes.c_int()
        scores = (ctypes.c_float * len(self._prepared.info.labels))()
        found: list[Any] = []
        with self._alone():
            for part in values.parts():
                at, size = 0, _inputs.item_bytes(values.code)
                while at < len(part):
                    at += push(
                        self._handle, ctypes.byref(part, at * size), len(part) - at, scores, ctypes.byref(scored)
                    )
                    if scored.value:
                        found.append(_inputs.scores_like(samples, scores))
        return found

    def reset(self) -> None:
        """Discards what was pushed, for example after a gap. The next sample starts a window."""
        with self._alone():
            lib.stapes_stream_reset(self._handle)
