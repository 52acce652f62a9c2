# SPDX-License-Identifier: Apache-2.0
"""The exception that this package raises."""

from __future__ import annotations

import difflib
from typing import Iterable


class Error(ValueError):
    """A model, an array or a setting cannot be used. The message says why, what was expected and what to do.

    Files that cannot be opened raise OSError.
    """


def unknown_class(label: object, labels: Iterable[str]) -> Error:
    known = list(labels)
    near = difflib.get_close_matches(str(label), known, n=1)
    if near:
        return Error(f"unknown class {label!r}; did you mean {near[0]!r}?")
    shown = ", ".join(known[:10]) + (", ..." if len(known) > 10 else "")
    return Error(f"unknown class {label!r}; choose one of {shown}")
