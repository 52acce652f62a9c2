# SPDX-License-Identifier: Apache-2.0
"""Run packed Stapes models (.stapes files) for sound, images and features.

    import stapes

    model = stapes.load("int8.stapes")
    samples, rate_hz = stapes.read_wav("dog.wav", model.info().sample_rate_hz)
    print(model.classify(samples)[0])

docs/guides/python.md is the tutorial and reference. This package does not train models.
"""

from ._detector import Detection, Detector
from ._errors import Error
from ._library import version as _version
from ._model import Info, Model, load
from ._stream import Stream
from ._wav import read_wav

__version__ = _version()
__all__ = ["Detection", "Detector", "Error", "Info", "Model", "Stream", "__version__", "load", "read_wav"]
