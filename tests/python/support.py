# SPDX-License-Identifier: Apache-2.0
"""Models, sounds and the command line for the tests of the Python package."""

import functools
import json
import os
import random
import struct
import subprocess
import tempfile
import unittest
import wave
from array import array
from pathlib import Path

CORPUS = Path(__file__).resolve().parent.parent / "fuzz" / "corpus"  # models without the file header
MODELS = sorted(path.name for path in CORPUS.iterdir())
PROGRAM = os.environ["STAPES"]
VERSION = 5  # of the format; src/packed/container.h


@functools.lru_cache(None)
def _crc_table():
    table = []
    for crc in range(256):
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return table


def crc32c(data):
    table, crc = _crc_table(), 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def file_of(payload, version=VERSION):
    start = b"STAPESMD" + struct.pack("<I", version)
    return start + struct.pack("<IQ", crc32c(start + payload), len(payload)) + bytes(40) + payload


@functools.lru_cache(None)
def model_bytes(name):
    return file_of((CORPUS / name).read_bytes())


def noise(count, seed=1, peak=25000):
    generator = random.Random(seed)
    return array("h", (generator.randint(-peak, peak) for _ in range(count)))


def as_floats(samples):
    return array("f", (sample / 32768 for sample in samples))


class Case(unittest.TestCase):
    """A test with a temporary folder."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def model(self, name):
        return self.write(f"{name}.stapes", model_bytes(name))

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    def wav(self, samples, rate_hz, name="sound.wav", channels=1, sample_bytes=2):
        path = str(self.folder / name)
        with wave.open(path, "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(sample_bytes)
            file.setframerate(rate_hz)
            file.writeframes(samples.tobytes())
        return path

    def stapes(self, *arguments):
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def stapes_json(self, *arguments):
        return json.loads(self.stapes(*arguments, "--json"))

    def refuses(self, call, *parts):
        """Expects a stapes.Error with all parts in its message."""
        import stapes

        with self.assertRaises(stapes.Error) as caught:
            call()
        for part in parts:
            self.assertIn(part, str(caught.exception))
