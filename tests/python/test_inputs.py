# SPDX-License-Identifier: Apache-2.0
"""Arrays that cannot be used: the error says what is wrong, what was expected and what to do."""

import math
import unittest
from array import array

import stapes
from support import Case, noise

try:
    import numpy
except ImportError:
    numpy = None


class WithoutNumpy(Case):
    def test_refuses_windows_of_another_length(self):
        model = stapes.load(self.model("int8"))
        for count in (0, 199, 201):
            self.refuses(
                lambda: model.run(noise(count)),
                f"window of {count} samples",
                "expected 200",
                "0.025 s at 8000 Hz",
                "stream()",
            )

    def test_refuses_other_types(self):
        model = stapes.load(self.model("int8"))
        for given, parts in (
            (array("d", [0.0] * 200), ["float64", "expected float32 in [-1, 1] or int16", "astype('float32')"]),
            (array("i", [0] * 200), ["int32"]),
            (array("H", [0] * 200), ["uint16"]),
            (array("b", [0] * 200), ["int8"]),
            ([0.0] * 200, ["list", "array.array('f', x)"]),
            (None, ["NoneType"]),
            ("sound", ["str"]),
            (bytes(401), ["401 bytes", "2 bytes per sample"]),
            (memoryview(bytes(400)).cast("B").cast("h", (100, 2)), ["shape (100, 2)", "one channel"]),
        ):
            self.refuses(lambda: model.run(given), *parts)
            self.refuses(lambda: model.stream().push(given), *parts)
            self.refuses(lambda: model.detector().push(given), *parts)

    def test_refuses_values_that_are_not_finite(self):
        sound, image = stapes.load(self.model("fp32")), stapes.load(self.model("residual_fp32"))
        for value in (math.nan, math.inf, -math.inf):
            for model, calls in (
                (sound, (sound.run, sound.stream().push, sound.detector().push, sound.classify)),
                (image, (image.run,)),
            ):
                floats = array("f", [0.25] * model.info().window_samples)
                floats[7] = value
                for call in calls:
                    self.refuses(lambda: call(floats), f"value 7 is {value}; expected finite values")

    def test_refuses_other_images(self):
        model = stapes.load(self.model("residual_int8"))
        self.refuses(lambda: model.run(bytes(199)), "199 values", "expected 200, shape (10, 10, 2)")
        self.refuses(lambda: model.run(array("d", [0.0] * 200)), "float64", "uint8 pixels")
        self.refuses(lambda: model.run(memoryview(array("b", bytes(200)))), "int8", "uint8 pixels")
        self.assertEqual(model.run(bytes(200)), model.run(array("h", [-32768] * 200)))
        self.refuses(
            lambda: model.run(memoryview(array("B", bytes(200))).cast("B", (2, 10, 10))),
            "shape (2, 10, 10)",
            "expected (10, 10, 2)",
        )


@unittest.skipIf(numpy is None, "numpy is not installed")
class WithNumpy(Case):
    def setUp(self):
        super().setUp()
        self.sound = stapes.load(self.model("int8"))
        self.image = stapes.load(self.model("residual_int8"))
        self.samples = numpy.array(noise(200))
        self.want = numpy.array(self.sound.run(noise(200)))

    def test_arrays_in_give_arrays_out(self):
        scores = self.sound.run(self.samples)
        self.assertIsInstance(scores, numpy.ndarray)
        self.assertEqual(scores.dtype, numpy.float32)
        numpy.testing.assert_array_equal(scores, self.want)
        again = self.sound.run(self.samples[::-1])
        numpy.testing.assert_array_equal(scores, self.want)  # each result is a new array
        self.assertFalse(numpy.array_equal(again, scores))
        stream = self.sound.stream(16).push(numpy.tile(self.samples, 2))
        numpy.testing.assert_array_equal(stream[0], self.want)

    def test_layout_in_memory_does_not_matter(self):
        stereo = numpy.stack([self.samples, -self.samples], axis=1)
        read_only = self.samples.copy()
        read_only.flags.writeable = False
        backwards = self.samples[::-1].copy()[::-1]
        for given in (stereo[:, 0], read_only, backwards, self.samples[None, :], self.samples.astype("<i2")):
            numpy.testing.assert_array_equal(self.sound.run(given), self.want)
        floats = (self.samples / 32768).astype("float32")
        numpy.testing.assert_array_equal(self.sound.run(floats), self.want)
        pixels = (self.samples & 0xFF).astype("uint8").reshape(10, 10, 2)
        want = self.image.run(pixels)
        numpy.testing.assert_array_equal(self.image.run(numpy.asfortranarray(pixels)), want)
        numpy.testing.assert_array_equal(self.image.run(pixels[None]), want)
        numpy.testing.assert_array_equal(self.image.run(pixels.ravel()), want)

    def test_refuses_the_other_byte_order(self):
        for dtype, name in ((">i2", "int16"), (">f4", "float32")):
            swapped = self.samples.astype(dtype)
            for call in (self.sound.run, self.sound.stream().push, self.sound.detector().push, self.sound.classify):
                self.refuses(lambda: call(swapped), f"{name} values in big-endian byte order", f"astype('{name}')")

    def test_refuses_other_types(self):
        for dtype in ("float64", "float16", "int32", "uint16", "int64", "bool", "complex64", "uint8", "int8"):
            self.refuses(
                lambda: self.sound.run(self.samples.astype(dtype)), dtype, "expected float32 in [-1, 1] or int16"
            )
        self.refuses(lambda: self.sound.run(self.samples.astype(object)), "object")
        self.refuses(lambda: self.sound.run(self.samples.astype("datetime64[s]")), "datetime64")
        for dtype in ("float64", "int32", "int8", "bool"):
            self.refuses(lambda: self.image.run(self.samples.astype(dtype)), dtype, "uint8 pixels")

    def test_refuses_other_shapes(self):
        stereo = numpy.zeros((200, 2), "float32")
        self.refuses(lambda: self.sound.run(stereo), "shape (200, 2)", "one channel", "x.mean(axis=1, dtype='float32')")
        self.refuses(lambda: self.sound.run(numpy.float32(1)), "window of 1 samples")
        self.refuses(lambda: self.image.run(numpy.zeros((2, 10, 10), "uint8")), "shape (2, 10, 10)", "(10, 10, 2)")
        self.refuses(lambda: self.image.run(numpy.zeros((10, 10), "uint8")), "shape (10, 10)")

    def test_numbers_of_numpy_are_settings(self):
        detector = self.sound.detector(threshold=numpy.float32(0.5), count=numpy.int64(2), latency_ms=numpy.float64(20))
        self.assertEqual(detector.thresholds, {"yes": 0.5, "no": 0.5})
        self.assertEqual(self.sound.stream(numpy.int64(32)).hop_samples, 32)

    def test_refuses_values_that_are_not_finite(self):
        floats = (self.samples / 32768).astype("float32")
        floats[7] = numpy.nan
        for call in (self.sound.run, self.sound.stream().push, self.sound.detector().push, self.sound.classify):
            self.refuses(lambda: call(floats), "value 7 is nan", "expected finite values")


if __name__ == "__main__":
    unittest.main()
