# SPDX-License-Identifier: Apache-2.0
"""Checks arrays (numpy, array.array, bytes, any buffer) and converts them for the library."""

from __future__ import annotations

import ctypes
import math
import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Iterator, Optional, Union

from ._errors import Error

if TYPE_CHECKING:
    from ._model import Info

Scores = Any  # numpy.ndarray of float32 for a numpy array, otherwise array.array("f")

_NAMES = {
    "f": "float32", "d": "float64", "e": "float16", "b": "int8", "B": "uint8", "h": "int16", "H": "uint16",
    "i": "int32", "I": "uint32", "l": "int64", "L": "uint64", "q": "int64", "Q": "uint64", "?": "bool", "c": "char",
    "O": "object", "Zf": "complex64", "Zd": "complex128",
}  # fmt: skip
_C_TYPES: dict[str, Any] = {"f": ctypes.c_float, "h": ctypes.c_int16, "b": ctypes.c_int8}
_BYTES = {"f": 4, "h": 2, "b": 1}
_CHUNK = 1 << 16  # samples copied at a time
_FLIP_TOP_BIT = bytes(i ^ 0x80 for i in range(256))


@dataclass(frozen=True)
class Values:
    """Values of one type: "f" (float32), "h" (int16) or "b" (int8)."""

    code: str
    data: Union[memoryview, bytes]  # contiguous bytes

    @property
    def count(self) -> int:
        return len(self.data) // _BYTES[self.code]

    def part(self, first: int, count: int) -> Any:
        """A copy as a ctypes array, so that other threads may change the caller's array."""
        size = _BYTES[self.code]
        return (_C_TYPES[self.code] * count).from_buffer_copy(self.data[first * size : (first + count) * size])

    def parts(self) -> Iterator[Any]:
        for first in range(0, self.count, _CHUNK):
            yield self.part(first, min(_CHUNK, self.count - first))


def item_bytes(code: str) -> int:
    return _BYTES[code]


def is_numpy(given: object) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(given, numpy.ndarray)


def scores_like(given: object, scores: Any) -> Scores:
    """The scores as a numpy array if the input was one, otherwise as an array.array."""
    if is_numpy(given):
        return sys.modules["numpy"].array(scores, dtype="float32")
    return array("f", bytes(scores))


def _view(given: object, expected: str) -> memoryview:
    try:
        return memoryview(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        kind = type(given).__name__
        if hasattr(given, "dtype"):
            kind += f" with dtype {given.dtype}"
        advice = "; convert with array.array('f', x)" if isinstance(given, (list, tuple)) else ""
        if hasattr(given, "numpy"):
            advice = "; convert with x.numpy()"
        raise Error(
            f"unsupported type {kind}; expected a numpy array, array.array or bytes of {expected}{advice}"
        ) from None


def _code(view: memoryview) -> str:
    """The element type of an array; "raw" for bytes."""
    if view.format == "B" and isinstance(view.obj, (bytes, bytearray)):
        return "raw"
    order, code = (view.format[0], view.format[1:]) if view.format[0] in "@=<>!" else ("@", view.format)
    if (order in ">!") == (sys.byteorder == "little") and order not in "@=" and view.itemsize > 1:
        name = _NAMES.get(code, code)
        raise Error(
            f"{name} values in {'big' if order in '>!' else 'little'}-endian byte order; expected the order of this "
            f"machine; convert with x.astype({name!r})"
        )
    return code


def _refuse(code: str, expected: str, advice: str) -> Error:
    return Error(f"unsupported values of type {_NAMES.get(code, code)}; expected {expected}; {advice}")


def _flat(view: memoryview) -> Union[memoryview, bytes]:
    if view.c_contiguous and view.nbytes > 0:
        return view.cast("B")
    return view.tobytes()  # in the order of the indices


def _finite(values: Values) -> Values:
    """Refuses NaN and infinities: a network may hide them in plausible scores."""
    if values.code != "f" or values.count == 0:
        return values
    floats: Any = memoryview(values.data).cast("f")
    numpy = sys.modules.get("numpy")
    finite = numpy.isfinite(floats).all() if numpy else math.isfinite(sum(floats))  # float32 cannot overflow the sum
    if not finite:
        for at, value in enumerate(floats):
            if not math.isfinite(value):
                raise Error(f"value {at} is {value}; expected finite values; replace NaN and infinities first")
    return values


def _without_ones(shape: Optional[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(size for size in shape or () if size != 1)


def _shown(shape: Optional[tuple[int, ...]]) -> str:
    return str(tuple(shape or ()))


SOUND = "float32 in [-1, 1] or int16"


def sound(given: object) -> Values:
    """Any number of samples: float32 or int16, one channel. bytes are 16-bit PCM, little-endian."""
    view = _view(given, SOUND)
    code = _code(view)
    if code == "raw":
        if view.nbytes % 2 != 0:
            raise Error(f"{view.nbytes} bytes of sound; expected 16-bit PCM, 2 bytes per sample; pass an even number")
        return Values("h", _flat(view))
    if code not in ("f", "h"):
        advice = (
            "convert with x.astype('float32')" if code in ("d", "e") else "convert to float32 and divide by full scale"
        )
        raise _refuse(code, SOUND, advice)
    if len(_without_ones(view.shape)) > 1:
        raise Error(
            f"samples of shape {_shown(view.shape)}; expected one channel, (samples,); mix the channels, for "
            "example with x.mean(axis=1, dtype='float32'), or choose one with x[:, 0]"
        )
    return _finite(Values(code, _flat(view)))


def one_input(given: object, info: Info) -> Values:
    """One window of sound, one image, or the features of one clip."""
    if info.input == "sound":
        values = sound(given)
    elif info.input == "images":
        values = _image(given, info)
    else:
        values = _features(given, info)
    if values.count != info.window_samples:
        if info.input == "sound":
            seconds = info.window_samples / info.sample_rate_hz
            raise Error(
                f"a window of {values.count} samples; expected {info.window_samples}, {seconds:.3f} s at "
                f"{info.sample_rate_hz} Hz; use stream() or classify() for sound of other lengths"
            )
        raise Error(f"{values.count} values; expected {math.prod(info.input_shape)}, shape {_shown(info.input_shape)}")
    return values


def _check_shape(view: memoryview, info: Info) -> None:
    """Dimensions of size 1 may be left out or added; a flat array is taken row by row, channels innermost."""
    shape = _without_ones(view.shape)
    if shape in (_without_ones(info.input_shape), (info.window_samples,)):
        return
    raise Error(f"an array of shape {_shown(view.shape)}; expected {_shown(info.input_shape)}: height, width, channels")


def _image(given: object, info: Info) -> Values:
    """uint8 pixels, or the samples the model sees: int16, or float32 in [-1, 1]."""
    expected = "uint8 pixels, int16 or float32"
    view = _view(given, expected)
    code = _code(view)
    if code not in ("raw", "B", "f", "h"):
        raise _refuse(code, expected, "convert with x.astype('uint8')")
    if code != "raw":
        _check_shape(view, info)
    if code in ("f", "h"):
        return _finite(Values(code, _flat(view)))
    samples = bytearray(2 * view.nbytes)  # a pixel p is the sample (p - 128) * 256
    samples[1::2] = bytes(_flat(view)).translate(_FLIP_TOP_BIT)
    return Values("h", bytes(samples))


def _features(given: object, info: Info) -> Values:
    """int8 as the input tensor holds them, or real values as float32. bytes are int8."""
    expected = "int8 or float32"
    view = _view(given, expected)
    code = _code(view)
    if code == "raw" and info.input_scale is None:
        raise Error("bytes as features; expected float32; use memoryview(x).cast('f')")
    if code == "B":
        raise _refuse(code, expected, "uint8 features are int8 + 128; convert with (x ^ 128).view('int8')")
    if code not in ("raw", "b", "f"):
        raise _refuse(code, expected, "convert with x.astype('float32')")
    if code != "raw":
        _check_shape(view, info)
    return _finite(Values("b" if code == "raw" else code, _flat(view)))
