# SPDX-License-Identifier: Apache-2.0
"""The wheel: what is in it, what it says about itself, and the machines it runs on."""

import base64
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import unittest
import zipfile
from pathlib import Path

import stapes
from support import Case, noise

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "scripts" / "build_wheel.py"
WHEEL, LIBRARY = Path(os.environ["STAPES_WHEEL"]), Path(os.environ["STAPES_LIBRARY"])
EMULATOR = shutil.which("qemu-x86_64") if platform.machine() == "x86_64" else None


class Wheel(Case):
    def build(self, *options):
        command = [sys.executable, BUILD, "-o", self.folder, *options]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_is_small(self):
        self.assertLess(WHEEL.stat().st_size, 2_000_000)

    def test_says_what_it_is(self):
        tag = f"py3-none-linux_{platform.machine()}"
        self.assertEqual(WHEEL.name, f"stapes-{stapes.__version__}-{tag}.whl")
        with zipfile.ZipFile(WHEEL) as archive:
            info = f"stapes-{stapes.__version__}.dist-info"
            self.assertIn(f"\nTag: {tag}\n", archive.read(f"{info}/WHEEL").decode())
            metadata = archive.read(f"{info}/METADATA").decode()
            self.assertIn(f"\nName: stapes\nVersion: {stapes.__version__}\n", metadata)
            self.assertIn("\n# Python", metadata)
            self.assertEqual(archive.read(f"{info}/NOTICE"), (ROOT / "NOTICE").read_bytes())

    def test_records_every_file(self):
        with zipfile.ZipFile(WHEEL) as archive:
            names = archive.namelist()
            record = archive.read(names[-1]).decode().splitlines()
            self.assertEqual([line.split(",")[0] for line in record], names)
            for line in record[:-1]:
                name, digest, size = line.split(",")
                data = archive.read(name)
                want = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                self.assertEqual((digest, int(size)), (f"sha256={want}", len(data)), name)

    def test_is_the_same_each_time(self):
        self.assertEqual(self.build("--library", LIBRARY).returncode, 0)
        self.assertEqual((self.folder / WHEEL.name).read_bytes(), WHEEL.read_bytes())

    def test_may_name_the_oldest_c_library_instead(self):
        done = self.build("--library", LIBRARY, "--manylinux")
        self.assertEqual(done.returncode, 0, done.stderr)
        name = f"stapes-{stapes.__version__}-py3-none-manylinux_2_17_{platform.machine()}.whl"
        self.assertEqual([path.name for path in self.folder.iterdir()], [name])

    def test_refuses_libraries_that_are_not_alone(self):
        for library, parts in (
            (self.folder / "absent.so", ["cannot read the library", "stapes_shared"]),
            (self.write("text.so", b"no library"), ["is not libstapes.so", "stapes_shared"]),
            (sys.executable, ["is not libstapes.so"]),
            (self.write("more.so", LIBRARY.read_bytes() + b"\0libstdc++.so.6\0"), ["needs libstdc++.so.6"]),
            (self.write("torch.so", LIBRARY.read_bytes() + b"\0libtorch.so\0"), ["needs libtorch.so"]),
        ):
            done = self.build("--library", library)
            self.assertEqual(done.returncode, 1, library)
            self.assertEqual(done.stderr.count("\n"), 1)
            for part in parts:
                self.assertIn(part, done.stderr)
        self.assertEqual(list(self.folder.glob("*.whl")), [])

    @unittest.skipIf(EMULATOR is None, "qemu-x86_64 is not installed")
    def test_runs_on_processors_without_avx2(self):
        samples, names = noise(200), ("int8", "xnor", "mixed", "softmax")
        paths = [self.model(name) for name in names]
        want = [list(stapes.load(path).run(samples)) for path in paths]
        program = (
            "import json, stapes, sys\n"
            "print(json.dumps([list(stapes.load(path).run(bytes.fromhex(sys.argv[1]))) for path in sys.argv[2:]]))"
        )
        log = self.folder / "instructions"
        for processor, vectors in (("Nehalem", False), ("Haswell", True)):  # SSE4.2 at most; AVX2
            command = [EMULATOR, "-cpu", processor, "-d", "in_asm", "-D", log, sys.executable, "-S", "-c", program]
            done = subprocess.run(
                [*command, samples.tobytes().hex(), *paths], capture_output=True, text=True, check=False
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout), want, processor)
            self.assertEqual("%ymm" in log.read_text(), vectors, processor)  # the emulator runs all instructions


if __name__ == "__main__":
    unittest.main()
