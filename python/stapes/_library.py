# SPDX-License-Identifier: Apache-2.0
"""libstapes.so through ctypes: functions of include/stapes/stapes.h, and memory for their objects.

A call releases the interpreter's lock, so threads compute at the same time.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_int64, c_size_t, c_uint64, c_void_p
from pathlib import Path
from typing import Callable

ALIGN = 64
NEVER = 2.0  # as a threshold: the class is not detected
MAX_WINDOWS = 255  # in the mean of a detector

OK, NOT_A_MODEL, TOO_NEW, TOO_OLD, CORRUPT, UNSUPPORTED, ARENA_TOO_SMALL, BAD_HOP, BAD_SETTING = range(9)
INPUTS = ("sound", "images", "features")


class Description(ctypes.Structure):
    _fields_ = [
        ("input", c_int),
        ("height", c_int),
        ("width", c_int),
        ("channels", c_int),
        ("int8_input", c_int),
        ("input_scale", c_float),
        ("input_zero_point", c_int),
        ("sample_rate_hz", c_int),
        ("window_samples", c_int),
        ("class_count", c_int),
        ("gives_probabilities", c_int),
        ("step_samples", c_int),
        ("parameters", c_int64),
        ("macs", c_int64),
        ("binary_macs", c_int64),
        ("arena_bytes", c_size_t),
        ("route", c_char_p),
        ("provenance", c_char_p),
    ]


class Fault(ctypes.Structure):
    _fields_ = [("what", c_char_p), ("layer", c_int)]


class DetectorSettings(ctypes.Structure):
    _fields_ = [
        ("average_windows", c_int),
        ("minimum_windows", c_int),
        ("refractory_windows", c_int),
        ("hysteresis", c_float),
        ("gate_class", c_int),
        ("gate_threshold", c_float),
        ("gate_power", c_double),
    ]


class FoundClass(ctypes.Structure):
    _fields_ = [("class_index", c_int), ("score", c_float), ("end_sample", c_uint64)]


_BLOB = (c_void_p, c_size_t)
_FUNCTIONS = {
    "stapes_version": (c_char_p,),
    "stapes_status_text": (c_char_p, c_int),
    "stapes_describe": (c_int, *_BLOB, POINTER(Description), POINTER(Fault)),
    "stapes_model_bytes": (c_size_t, *_BLOB),
    "stapes_model_load": (c_int, *_BLOB, *_BLOB, POINTER(c_void_p)),
    "stapes_classifier_bytes_for": (c_size_t, c_void_p),
    "stapes_classifier_load_for": (c_int, c_void_p, *_BLOB, POINTER(c_void_p)),
    "stapes_classifier_label": (c_char_p, c_void_p, c_int),
    "stapes_run": (None, c_void_p, c_void_p, c_void_p),
    "stapes_run_pcm": (None, c_void_p, c_void_p, c_void_p),
    "stapes_run_features": (None, c_void_p, c_void_p, c_void_p),
    "stapes_nearest_hop_samples": (c_int, c_int, c_int),
    "stapes_stream_bytes_for": (c_size_t, c_void_p),
    "stapes_stream_load_for": (c_int, c_void_p, *_BLOB, c_int, POINTER(c_void_p)),
    "stapes_stream_push": (c_size_t, c_void_p, c_void_p, c_size_t, c_void_p, POINTER(c_int)),
    "stapes_stream_push_pcm": (c_size_t, c_void_p, c_void_p, c_size_t, c_void_p, POINTER(c_int)),
    "stapes_stream_reset": (None, c_void_p),
    "stapes_detector_bytes_for": (c_size_t, c_void_p, c_int, c_int),
    "stapes_detector_load_for": (c_int, c_void_p, *_BLOB, c_int, c_int, POINTER(c_void_p)),
    "stapes_detector_hop_samples": (c_int, c_void_p),
    "stapes_detector_get": (DetectorSettings, c_void_p),
    "stapes_detector_set": (c_int, c_void_p, POINTER(DetectorSettings)),
    "stapes_detector_threshold": (c_float, c_void_p, c_int),
    "stapes_detector_set_threshold": (c_int, c_void_p, c_int, c_float),
    "stapes_detector_push": (c_size_t, c_void_p, c_void_p, c_size_t, POINTER(c_int), POINTER(FoundClass)),
    "stapes_detector_push_pcm": (c_size_t, c_void_p, c_void_p, c_size_t, POINTER(c_int), POINTER(FoundClass)),
    "stapes_detector_mean": (c_float, c_void_p, c_int),
    "stapes_detector_reset": (None, c_void_p),
}


def _load() -> ctypes.CDLL:
    path = Path(__file__).with_name("libstapes.so")
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise ImportError(
            f"cannot load {path}: {error}; install the wheel that scripts/build_wheel.py makes on this kind of machine"
        ) from error
    for name, (result, *arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


lib = _load()


def version() -> str:
    return str(lib.stapes_version().decode())


def status_text(status: int) -> str:
    return str(lib.stapes_status_text(status).decode())


class Block:
    """Memory aligned to 64 bytes, freed with this object."""

    __slots__ = ("_bytes", "address", "size")

    def __init__(self, size: int) -> None:
        self._bytes = ctypes.create_string_buffer(size + ALIGN)
        self.address = -(-ctypes.addressof(self._bytes) // ALIGN) * ALIGN
        self.size = size

    @classmethod
    def holding(cls, data: bytes) -> Block:
        block = cls(len(data))
        ctypes.memmove(block.address, data, len(data))
        return block


def made(size: int, load: Callable[[int, int, object], int]) -> tuple[int, Block, c_void_p]:
    """Creates a library object in a new block of memory. Returns the status, the block and the object."""
    block, handle = Block(size), c_void_p()
    status = load(block.address, block.size, ctypes.byref(handle))
    return status, block, handle
