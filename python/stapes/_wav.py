# SPDX-License-Identifier: Apache-2.0
"""Reads WAV files with the standard library."""

from __future__ import annotations

import os
import shlex
import sys
import wave
from array import array
from typing import Optional, Union

from ._errors import Error


def read_wav(path: Union[str, os.PathLike[str]], sample_rate_hz: Optional[int] = None) -> tuple[array[int], int]:
    """Samples of a WAV file of 16-bit PCM, as array.array("h"), and their rate. Channels are mixed to one.

    sample_rate_hz  the rate the file must have; nothing is resampled
    """
    name = os.fspath(path)
    rate = "" if sample_rate_hz is None else f" -ar {sample_rate_hz}"
    convert = f"ffmpeg -i {shlex.quote(name)} -ac 1{rate} -c:a pcm_s16le OUT.wav"
    try:
        with wave.open(name, "rb") as file:
            channels, bits, rate_hz = file.getnchannels(), 8 * file.getsampwidth(), file.getframerate()
            data = file.readframes(file.getnframes()) if bits == 16 else b""
    except (wave.Error, EOFError) as error:
        raise Error(
            f"cannot read {name}: {error or 'cut short'}; expected WAV with 16-bit PCM; convert with {convert}"
        ) from None
    if bits != 16:
        raise Error(f"{name} has {bits}-bit samples; expected 16-bit; convert with {convert}")
    if sample_rate_hz is not None and rate_hz != sample_rate_hz:
        raise Error(f"{name} has a rate of {rate_hz} Hz; expected {sample_rate_hz}; convert with {convert}")
    samples = array("h", data[: len(data) // (2 * channels) * (2 * channels)])
    if sys.byteorder == "big":
        samples.byteswap()
    if channels > 1:
        parts = [samples[c::channels] for c in range(channels)]
        samples = array("h", (round(sum(frame) / channels) for frame in zip(*parts)))
    return samples, rate_hz
