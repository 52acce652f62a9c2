# SPDX-License-Identifier: Apache-2.0
"""Runs the examples of docs/guides/python.md, adapted to small models and sounds."""

import contextlib
import importlib.util
import io
import os
import re
import unittest
from pathlib import Path

from support import Case, noise

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "python.md").read_text()


def example(start):
    """The indented block that begins with this line."""
    block = re.search(rf"^    {re.escape(start)}\n(?:(?:    .*)?\n)*", TEXT, re.MULTILINE)[0]
    return "\n".join(line[4:] for line in block.splitlines())


class Examples(Case):
    def setUp(self):
        super().setUp()
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        self.model("int8")
        self.wav(noise(8000), 8000, "dog.wav")
        self.names = {}

    def output_of(self, code):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            exec(code, self.names)
        return output.getvalue()

    def test_classifying_a_recording(self):
        self.assertRegex(self.output_of(example("import stapes")), r"^\('(yes|no)', 0\.\d+\)\n$")

    def test_detecting_without_a_microphone(self):
        self.output_of(example("import stapes"))
        code = example("import subprocess")
        code = code.replace('{"noise": None}', '{"no": None}').replace("0.9", "0.1")
        code = re.sub(r"command = .*", 'command = ["tail", "-c", "16000", "dog.wav"]', code)
        self.assertRegex(self.output_of(code), r"^\d\.\d\d s  yes  0\.\d{3}\n")

    @unittest.skipIf(importlib.util.find_spec("numpy") is None, "numpy is not installed")
    def test_scoring_with_numpy(self):
        self.output_of(example("import stapes"))
        code = example("import numpy")
        self.assertRegex(self.output_of(code.replace("2000", "1600")), r"^((yes|no)\n){5}$")


if __name__ == "__main__":
    unittest.main()
