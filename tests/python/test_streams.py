# SPDX-License-Identifier: Apache-2.0
"""Streams and detectors give what the command line gives, in blocks of any size."""

import json
import math
import random
import unittest
from array import array

import stapes
from support import MODELS, Case, as_floats, noise


def blocks_of(samples, seed):
    generator, at = random.Random(seed), 0
    while at < len(samples):
        size = generator.choice((0, 1, 7, 100, 1000))
        yield samples[at : at + size]
        at += size


class Streams(Case):
    def test_each_window_scores_as_by_itself(self):
        streamed = 0
        for name in MODELS:
            model = stapes.load(self.model(name))
            step = model.info().step_samples
            if step == 0:
                continue
            streamed += 1
            for samples in (noise(1500, 3), as_floats(noise(1500, 4))):
                for hop in (step, 5 * step, 20 * step):
                    with self.subTest(f"{name}, hop {hop}"):
                        want = [model.run(samples[at : at + 200]) for at in range(0, 1301, hop)]
                        stream = model.stream(hop)
                        self.assertEqual(stream.push(samples), want)
                        stream.reset()
                        self.assertEqual([s for b in blocks_of(samples, hop) for s in stream.push(b)], want)
        self.assertGreater(streamed, 10)

    def test_pushes_more_than_is_copied_at_once(self):
        model, samples = stapes.load(self.model("int8")), noise(150_001, 5)
        scores = model.stream(1600).push(samples)
        self.assertEqual(len(scores), (150_001 - 200) // 1600 + 1)
        self.assertEqual(scores[-1], model.run(samples[(len(scores) - 1) * 1600 :][:200]))

    def test_the_default_hop_is_about_100_ms(self):
        stream = stapes.load(self.model("int8")).stream()
        self.assertEqual((stream.hop_samples, stream.window_samples, stream.sample_rate_hz), (800, 200, 8000))

    def test_refuses_hops_that_do_not_fit(self):
        model = stapes.load(self.model("int8"))
        self.refuses(lambda: model.stream(50), "invalid hop of 50 samples", "multiple of 16", "choose 48")
        for hop in (0, -16, 1.5, "16", 1 << 40):
            self.refuses(lambda: model.stream(hop), "invalid hop of", "multiple of 16")

    def test_refuses_models_without_a_stream(self):
        self.refuses(stapes.load(self.model("padded_int8")).stream, "cannot be streamed", "use run()")
        self.refuses(stapes.load(self.model("residual_int8")).stream, "takes images", "use run()")
        self.refuses(stapes.load(self.model("residual_int8")).detector, "takes images")

    def test_refuses_a_second_thread(self):
        stream = stapes.load(self.model("int8")).stream()
        with stream._alone():  # as while another thread pushes
            self.refuses(lambda: stream.push(noise(10)), "two threads at once", "one for each thread")
        stream.push(noise(10))


OFTEN = {"threshold": 0.45, "hysteresis": 0, "suppress_ms": 0}  # so many detections that each window counts
OFTEN_OPTIONS = ["--threshold", "0.45", "--hysteresis", "0", "--suppress", "0"]
SETTINGS = (  # for Python, for the command line
    ({}, []),
    (OFTEN, OFTEN_OPTIONS),
    ({"threshold": 0.5, "thresholds": {"yes": None}}, ["--threshold", "0.5", "--threshold", "yes=off"]),
    ({**OFTEN, "average_ms": 41, "thresholds": {"no": 0.3}}, [*OFTEN_OPTIONS, "--average=41", "--threshold=no=0.3"]),
    ({**OFTEN, "average_ms": 8.95, "count": 1}, [*OFTEN_OPTIONS, "--average", "8.95", "--count", "1"]),
    ({**OFTEN, "average_ms": 90.4, "latency_ms": 3}, [*OFTEN_OPTIONS, "--average", "90.4", "--latency", "3"]),
    ({**OFTEN, "suppress_ms": 36.075}, [*OFTEN_OPTIONS[:-1], "36.075"]),
    ({**OFTEN, "suppress_ms": 36, "count": 9}, [*OFTEN_OPTIONS[:-1], "36", "--count", "9"]),
    ({**OFTEN, "hysteresis": 0.2}, [*OFTEN_OPTIONS[:2], "--hysteresis", "0.2", "--suppress", "0"]),
    ({**OFTEN, "gate": ("no", 0.45)}, [*OFTEN_OPTIONS, "--gate", "no=0.45"]),
    ({**OFTEN, "gate_level": -12.5}, [*OFTEN_OPTIONS, "--gate-level", "-12.5"]),
    ({**OFTEN, "gate_level": -math.inf}, [*OFTEN_OPTIONS, "--gate-level", "off"]),
)  # fmt: skip


class Detectors(Case):
    def setUp(self):
        super().setUp()
        self.samples = array("h")
        for seed in range(20):  # louder and quieter parts
            self.samples += noise(1000, seed, 25000 if seed % 3 else 3000)
        self.sound = self.wav(self.samples, 8000)

    def listened(self, path, options):
        lines = self.stapes("listen", path, self.sound, "--json", *options).splitlines()
        return [json.loads(line) for line in lines]

    def test_detections_equal_the_command_line(self):
        found = 0
        for name in ("detector", "int8", "xnor", "softmax", "logistic", "mixed", "fp32"):
            path = self.model(name)
            model = stapes.load(path)
            for settings, options in SETTINGS if name == "detector" else SETTINGS[1:3]:
                with self.subTest(f"{name} {options}"):
                    want = self.listened(path, options)
                    got = list(model.detect(self.samples, **settings))
                    self.assertEqual(
                        [(d.sample, d.label, round(d.seconds, 6), round(d.score, 4)) for d in got],
                        [(d["sample"], d["label"], d["time"], d["score"]) for d in want],
                    )
                    self.assertEqual(list(model.detect(blocks_of(self.samples, 4), **settings)), got)
                    found += len(got)
        self.assertGreater(found, 1000)

    def test_settings_are_those_of_the_model_unless_given(self):
        detector = stapes.load(self.model("detector")).detector(count=1)
        self.assertEqual(detector.thresholds, {"yes": 0.75, "no": 0.5})
        self.assertEqual(detector.settings["hop_samples"], 48)
        self.assertEqual(detector.settings["minimum_windows"], 1)
        self.assertIsNone(detector.settings["gate"])
        detector = stapes.load(self.model("detector")).detector(thresholds={"yes": None}, gate=("no", 0.5))
        self.assertEqual(detector.thresholds, {"yes": None, "no": 0.5})
        self.assertEqual(detector.settings["gate"], ("no", 0.5))

    def test_means_are_those_of_the_last_windows_until_reset(self):
        detector = stapes.load(self.model("detector")).detector()
        self.assertEqual(detector.means, {"yes": 0, "no": 0})
        first = detector.push(self.samples)
        self.assertAlmostEqual(sum(detector.means.values()), 1, delta=0.02)
        detector.reset()
        self.assertEqual(detector.means, {"yes": 0, "no": 0})
        self.assertEqual(detector.push(self.samples), first)
        self.assertGreater(len(first), 0)

    def test_detections_come_as_they_occur(self):
        pushed = []

        def blocks():
            for at in range(0, len(self.samples), 1000):
                pushed.append(at)
                yield self.samples[at : at + 1000]

        found = stapes.load(self.model("detector")).detect(blocks(), threshold=0.3)
        self.assertEqual(pushed, [])
        next(found)
        self.assertLess(len(pushed), 20)

    def test_refuses_bad_settings(self):
        model = stapes.load(self.model("detector"))
        for settings, parts in (
            ({"threshold": 1.5}, ["1.5 for threshold", "from 0 to 1"]),
            ({"threshold": math.nan}, ["nan for threshold"]),
            ({"threshold": "0.5"}, ["'0.5' for threshold"]),
            ({"thresholds": {"yse": 0.5}}, ["unknown class 'yse'", "did you mean 'yes'?"]),
            ({"thresholds": {"dog": 0.5}}, ["unknown class 'dog'", "choose one of yes, no"]),
            ({"threshold": 10**400}, ["for threshold", "from 0 to 1"]),
            ({"thresholds": [("yes", 0.5)]}, ["for thresholds", "a dict"]),
            ({"thresholds": 0.5}, ["0.5 for thresholds", "a dict"]),
            ({"thresholds": {"yes": -1}}, ["-1 for thresholds['yes']"]),
            ({"average_ms": -1}, ["-1 for average_ms"]),
            ({"average_ms": 1e6}, ["at most 255", "shorter average_ms"]),
            ({"latency_ms": math.inf}, ["inf for latency_ms"]),
            ({"count": 0}, ["0 for count", "1 to 255"]),
            ({"count": 1.5}, ["1.5 for count"]),
            ({"hysteresis": 2}, ["2 for hysteresis"]),
            ({"gate": "no"}, ["'no' for gate", "(class, level)"]),
            ({"gate": ("dog", 0.5)}, ["unknown class 'dog'"]),
            ({"gate": ("no", 3)}, ["3 for gate"]),
            ({"gate_level": 3}, ["3 for gate_level", "-96 to 0"]),
        ):
            self.refuses(lambda: model.detector(**settings), *parts)
            self.refuses(lambda: model.detect(self.samples, **settings), *parts)
        with self.assertRaises(TypeError):
            model.detect(self.samples, treshold=0.5)

    def test_refuses_what_is_no_sound(self):
        model = stapes.load(self.model("detector"))
        self.refuses(lambda: model.detect([0.1, 0.2]), "list", "array.array('f', x)")
        self.refuses(lambda: model.detect(5), "int", "expected")
        self.refuses(lambda: list(model.detect([[0.1]])), "list")


if __name__ == "__main__":
    unittest.main()
