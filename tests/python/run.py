#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Build the wheel, install it into an empty folder and run the tests of this folder against it.

  tests/python/run.py --library libstapes.so --program stapes [--numpy]

Without --numpy, all tests run in a Python that finds no other packages. With it, the tests of inputs and of the guide
run with numpy; the exit status is 77 if numpy is not installed.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "scripts" / "build_wheel.py"


def install(wheel, site):
    if importlib.util.find_spec("pip") is None:
        zipfile.ZipFile(wheel).extractall(site)  # a wheel is a folder of site-packages
        return
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-cache-dir", "install"]
    subprocess.run([*pip, "--no-index", "--no-deps", "--no-compile", "--target", site, wheel], check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", required=True)
    parser.add_argument("--program", required=True)
    parser.add_argument("--numpy", action="store_true")
    options = parser.parse_args()
    if options.numpy and importlib.util.find_spec("numpy") is None:
        print("numpy is not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        site, wheels = Path(folder, "site"), Path(folder, "wheels")
        subprocess.run([sys.executable, BUILD, "--library", options.library, "-o", wheels], check=True)
        wheel = next(wheels.glob("*.whl"))
        install(wheel, site)
        environment = dict(
            os.environ,
            PYTHONPATH=os.pathsep.join([str(site), str(HERE)]),
            PYTHONDONTWRITEBYTECODE="1",
            STAPES=options.program,
            STAPES_LIBRARY=options.library,
            STAPES_WHEEL=str(wheel),
        )
        # -S: no site-packages, and so no numpy.
        command = [sys.executable, "-W", "error", *([] if options.numpy else ["-S"]), "-m", "unittest"]
        tests = ["test_inputs", "test_docs"] if options.numpy else ["discover", "-s", HERE]
        return subprocess.run([*command, *tests], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
