#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the wheel of the Python package (docs/guides/python.md) with Python's standard library alone.

  scripts/build_wheel.py [--library build/release/libstapes.so] [--manylinux] [-o FOLDER]

The wheel holds python/stapes and libstapes. The platform tag describes the library, for example linux_x86_64. With
--manylinux it names the oldest C library with which libstapes works (manylinux_2_17_x86_64), as package indexes
require. The same inputs produce the same bytes.
"""

import argparse
import base64
import hashlib
import re
import struct
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MACHINES = {62: "x86_64", 183: "aarch64"}  # e_machine of ELF
OLDEST_GLIBC = (2, 17)  # manylinux2014: the oldest that pip accepts on every architecture
DATE = (1980, 1, 1, 0, 0, 0)
SYSTEM_LIBRARIES = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


class Refused(Exception):
    pass


def platform_of(library: bytes, name: Path, manylinux: bool) -> str:
    """The platform tag. Raises Refused unless the file is a 64-bit shared library that needs only the C library."""
    if library[:6] != b"\x7fELF\x02\x01" or b"\0stapes_describe\0" not in library:
        raise Refused(f"{name} is not libstapes.so of this version; build the target stapes_shared")
    machine = MACHINES.get(struct.unpack_from("<H", library, 18)[0])
    if machine is None:
        raise Refused(f"{name} is for an unknown processor; expected one of {', '.join(MACHINES.values())}")
    needed = set(re.findall(rb"(?<=\0)(?:lib|ld-)[\w.+-]+\.so(?:\.\d+)*(?=\0)", library))
    others = {n.decode() for n in needed} - SYSTEM_LIBRARIES - {"libstapes.so.0"}
    if others:
        raise Refused(f"{name} needs {', '.join(sorted(others))}; expected a library that needs only the C library")
    if not manylinux:
        return f"linux_{machine}"
    versions = [(int(a), int(b)) for a, b in re.findall(rb"(?<=\0)GLIBC_(\d+)\.(\d+)[.\d]*(?=\0)", library)]
    return "manylinux_{}_{}_{}".format(*max(versions + [OLDEST_GLIBC]), machine)


def project(field: str) -> str:
    text = (ROOT / "CMakeLists.txt").read_text()
    return re.search(rf"project\(stapes[^)]*\b{field} (\S+?)[\s)]", text)[1]


def metadata(version: str) -> str:
    readme = (ROOT / "docs" / "guides" / "python.md").read_text()
    return f"""Metadata-Version: 2.1
Name: stapes
Version: {version}
Summary: Run packed Stapes models: small classifiers of sound, images and features
Home-page: {project("HOMEPAGE_URL")}
License: Apache-2.0
License-File: LICENSE
License-File: NOTICE
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Topic :: Multimedia :: Sound/Audio :: Analysis
Requires-Python: >=3.9
Provides-Extra: numpy
Requires-Dist: numpy ; extra == 'numpy'
Description-Content-Type: text/markdown

{readme}"""


def record_line(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def contents(library: bytes, platform: str, version: str) -> dict[str, bytes]:
    folder = ROOT / "python" / "stapes"
    files = {f"stapes/{path.name}": path.read_bytes() for path in sorted([*folder.glob("*.py"), folder / "py.typed"])}
    files["stapes/libstapes.so"] = library
    info = f"stapes-{version}.dist-info"
    wheel = f"Wheel-Version: 1.0\nGenerator: build_wheel.py\nRoot-Is-Purelib: false\nTag: py3-none-{platform}\n"
    files[f"{info}/METADATA"] = metadata(version).encode()
    files[f"{info}/WHEEL"] = wheel.encode()
    for license_file in ("LICENSE", "NOTICE"):
        files[f"{info}/{license_file}"] = (ROOT / license_file).read_bytes()
    record = "".join(record_line(name, data) for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return files


def write_wheel(path: Path, files: dict[str, bytes]) -> None:
    partial = path.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if name.endswith(".so") else 0o100644) << 16
            archive.writestr(entry, data)
    partial.replace(path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", type=Path, default=ROOT / "build/release/libstapes.so", help="libstapes.so")
    parser.add_argument("--manylinux", action="store_true", help="name the oldest C library that suffices")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "build", help="output folder")
    options = parser.parse_args()
    try:
        try:
            library = options.library.read_bytes()
        except OSError as error:
            raise Refused(
                f"cannot read the library: {error}; build it first: cmake --build FOLDER --target stapes_shared"
            ) from None
        version = project("VERSION")
        platform = platform_of(library, options.library, options.manylinux)
        path = options.output / f"stapes-{version}-py3-none-{platform}.whl"
        options.output.mkdir(parents=True, exist_ok=True)
        write_wheel(path, contents(library, platform, version))
    except Refused as refused:
        print(f"build_wheel: {refused}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"build_wheel: {error}", file=sys.stderr)
        return 1
    print(f"{path}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
