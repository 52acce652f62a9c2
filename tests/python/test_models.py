# SPDX-License-Identifier: Apache-2.0
"""Scores and figures equal those of the command line to the bit."""

import ctypes
import re
import resource
import subprocess
import sys
import threading
import unittest
from array import array
from pathlib import Path

import stapes
from support import MODELS, VERSION, Case, as_floats, file_of, model_bytes, noise

C_TYPES = {
    "const char*": ctypes.c_char_p,
    "double": ctypes.c_double,
    "float": ctypes.c_float,
    "int": ctypes.c_int,
    "int64_t": ctypes.c_int64,
    "size_t": ctypes.c_size_t,
    "stapes_input": ctypes.c_int,
    "uint64_t": ctypes.c_uint64,
}
TFLITE = Path(__file__).resolve().parent.parent / "fuzz" / "tflite_corpus" / "small.tflite"


class Info(Case):
    def test_a_small_file_takes_little_memory(self):
        program = (
            "import resource, stapes, sys\n"
            "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"  # less than the largest file
            "stapes.load(sys.argv[1])"
        )
        subprocess.run([sys.executable, "-c", program, self.model("int8")], check=True)

    def test_equals_the_command_line(self):
        for name in MODELS:
            with self.subTest(name):
                path = self.model(name)
                info, want = stapes.load(path).info(), self.stapes_json("info", path)
                for field in ("file", "route", "sample_rate_hz", "window_samples", "parameters", "macs", "binary_macs"):
                    self.assertEqual(getattr(info, field), want[field], field)
                for field in ("file_bytes", "arena_bytes", "provenance"):
                    self.assertEqual(getattr(info, field), want[field], field)
                self.assertEqual(list(info.labels), want["labels"])
                front_end = want["front_end"]
                self.assertEqual(info.step_samples, front_end["step_samples"] if front_end else 0)

    def test_says_what_a_model_takes(self):
        sound, image = stapes.load(self.model("int8")).info(), stapes.load(self.model("residual_int8")).info()
        self.assertEqual((sound.input, sound.input_shape, sound.sample_rate_hz), ("sound", (200,), 8000))
        self.assertEqual((image.input, image.input_shape, image.sample_rate_hz), ("images", (10, 10, 2), 0))
        self.assertEqual((sound.gives_probabilities, sound.input_scale), (False, None))
        self.assertTrue(stapes.load(self.model("softmax")).info().gives_probabilities)

    def test_the_version_is_that_of_the_program(self):
        self.assertEqual(self.stapes("--version"), f"stapes {stapes.__version__}\n")


class Run(Case):
    def equals_the_program(self, path, window, raw):
        model = stapes.load(path)
        scores = model.run(window)
        self.assertIsInstance(scores, array)
        self.assertEqual(scores.typecode, "f")
        want = self.stapes_json("run", path, "--input", self.write("input", raw))["scores"]
        self.assertEqual(list(scores), want)
        self.assertEqual(list(model.run(window)), want)  # with a used classifier
        return want

    def test_scores_equal_the_command_line(self):
        for seed, name in enumerate(MODELS):
            with self.subTest(name):
                path = self.model(name)
                samples = noise(stapes.load(path).info().window_samples, seed)
                given = as_floats(samples) if seed % 4 == 0 else samples
                want = self.equals_the_program(path, given, given.tobytes())
                silence = array("h", bytes(2 * len(samples)))
                self.assertNotEqual(list(stapes.load(path).run(silence)), want)

    def test_bytes_of_sound_are_pcm(self):
        model, samples = stapes.load(self.model("int8")), noise(200)
        for given in (
            samples.tobytes(),
            bytearray(samples.tobytes()),
            memoryview(samples),
            memoryview(samples.tobytes()),
        ):
            self.assertEqual(model.run(given), model.run(samples))

    def test_images_may_be_pixels(self):
        model = stapes.load(self.model("residual_int8"))
        pixels = bytes(value & 0xFF for value in noise(200))
        samples = array("h", ((p - 128) * 256 for p in pixels))
        want = model.run(samples)
        for given in (pixels, array("B", pixels), memoryview(pixels).cast("B", (10, 10, 2))):
            self.assertEqual(model.run(given), want)

    def test_features_are_int8_or_real_values(self):
        path = str(self.folder / "features.stapes")
        self.stapes("import-tflite", TFLITE, "-o", path)
        info = stapes.load(path).info()
        self.assertEqual((info.input, info.input_shape), ("features", (6, 5, 2)))
        values = array("b", (value % 256 - 128 for value in noise(60)))
        want = self.equals_the_program(path, values, values.tobytes())
        self.assertEqual(list(stapes.load(path).run(values.tobytes())), want)
        real = array("f", ((q - info.input_zero_point) * info.input_scale for q in values))
        self.equals_the_program(path, real, real.tobytes())
        self.assertEqual(list(stapes.load(path).run(real)), want)

    def test_threads_share_a_model(self):
        self.addCleanup(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(1e-6)  # makes threads switch in the middle of run()
        for name in ("int8", "xnor", "residual_fp32"):
            model = stapes.load(self.model(name))
            windows = [noise(200, seed) for seed in range(4)]
            want = [list(model.run(window)) for window in windows]
            got, start = [[] for _ in windows], threading.Barrier(len(windows))

            def work(i):
                start.wait()
                got[i] = [list(model.run(windows[i])) for _ in range(300)]

            threads = [threading.Thread(target=work, args=(i,)) for i in range(len(windows))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for i, row in enumerate(got):
                self.assertEqual(row, [want[i]] * 300, name)


class Classify(Case):
    def test_probabilities_equal_the_command_line(self):
        silent_ends = array("h", [0] * 150) + noise(431, 8) + array("h", [0] * 77)
        clips = [noise(3001, 7), silent_ends, noise(200, 9), noise(30, 10), array("h", [0] * 300)]
        files = [self.wav(clip, 8000, f"{number}.wav") for number, clip in enumerate(clips)]
        for name in ("int8", "xnor", "mixed", "softmax", "logistic", "fp32", "pools_int8"):
            path = self.model(name)
            for answer, clip, file in zip(self.stapes_json("classify", path, *files, "--top", 2), clips, files):
                with self.subTest(f"{name}, {file}"):
                    self.assertEqual(stapes.read_wav(file, 8000), (clip, 8000))
                    want = [(row["label"], row["probability"]) for row in answer["top"]]
                    self.assertEqual(stapes.load(path).classify(clip), want)

    def test_refuses_what_is_no_clip(self):
        self.refuses(lambda: stapes.load(self.model("int8")).classify(b""), "a clip without samples")
        image = stapes.load(self.model("residual_int8"))
        self.refuses(lambda: image.classify(noise(200)), "takes images", "use run()")


class Files(Case):
    def test_refuses_files_that_are_no_model(self):
        good = model_bytes("int8")
        damaged = good[:300] + bytes([good[300] ^ 1]) + good[301:]
        broken = file_of(good[64:200] + bytes(8) + good[208:])  # the checksum is right
        for data, parts in (
            (b"", ["wrong file type", "stapes pack"]),
            (b"RIFF" + bytes(200), ["wrong file type"]),
            (good[:-1], ["cut short"]),
            (good + b"x", ["damaged", "copy the file again"]),
            (damaged, ["damaged", "copy the file again"]),
            (broken, ["damaged ("]),
            (file_of(good[64:], VERSION + 1), ["later version", f"this is {stapes.__version__}"]),
            (file_of(good[64:], 1), ["earlier version of Stapes; pack the run again with this version"]),
        ):
            path = self.write("bad.stapes", data)
            self.refuses(lambda: stapes.load(path), f"cannot use {path}: ", *parts)

    def test_every_damaged_byte_is_found(self):
        good = bytearray(model_bytes("xnor"))
        for at in range(0, len(good), 13):
            good[at] ^= 0x10
            path = self.write("bad.stapes", good)
            with self.assertRaises(stapes.Error, msg=str(at)):
                stapes.load(path)
            good[at] ^= 0x10

    def test_unreadable_files_are_errors_of_the_system(self):
        with self.assertRaises(FileNotFoundError):
            stapes.load(self.folder / "absent.stapes")
        with self.assertRaises(IsADirectoryError):
            stapes.load(self.folder)
        with self.assertRaises(TypeError):
            stapes.load(None)

    def test_wav_files_say_how_to_convert_them(self):
        stereo = self.wav(array("h", [100, 201, -3, -4]), 8000, channels=2)
        self.assertEqual(stapes.read_wav(stereo), (array("h", [150, -4]), 8000))
        self.refuses(lambda: stapes.read_wav(stereo, 16000), "8000 Hz; expected 16000", "ffmpeg", "-ar 16000")
        bytes_wav = self.wav(array("B", [1, 2]), 8000, "b.wav", sample_bytes=1)
        self.refuses(lambda: stapes.read_wav(bytes_wav), "8-bit samples")
        self.refuses(lambda: stapes.read_wav(self.write("c.wav", b"RIFF")), "cannot read", "16-bit PCM")
        self.refuses(lambda: stapes.read_wav(self.write("d.wav", b"OggS" + bytes(80))), "cannot read")
        with self.assertRaises(FileNotFoundError):
            stapes.read_wav("absent.wav")


class Lifetime(Case):
    def test_a_closed_model_says_so(self):
        with stapes.load(self.model("detector")) as model:
            stream, detector = model.stream(), model.detector()
            samples = noise(400)
            want = model.run(samples[:200])
        for call in (lambda: model.run(samples[:200]), model.info, model.stream, lambda: model.classify(samples)):
            self.refuses(call, "is closed; load it again")
        self.assertIn("closed", repr(model))
        model.close()
        self.assertEqual(stream.push(samples[:200]), [want])  # they keep what they need
        detector.push(samples)

    def test_nothing_leaks(self):
        path, samples = self.model("residual_fp32"), noise(200)
        sound = self.model("detector")

        def once():
            with stapes.load(path) as model:
                model.run(samples)
            model = stapes.load(sound)
            model.stream().push(samples)
            model.detector().push(samples)

        for _ in range(30):
            once()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(100):  # file and kernels' weights of 95 KB each: 19 MB in all
            once()
        self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, 6000)


class Package(unittest.TestCase):
    def test_declares_types(self):
        folder = Path(stapes.__file__).parent
        self.assertTrue((folder / "py.typed").exists())
        self.assertEqual(stapes.load.__annotations__["return"], "Model")

    def test_structures_have_the_fields_of_the_header(self):
        header = (Path(__file__).resolve().parents[2] / "include" / "stapes" / "stapes.h").read_text()
        library = sys.modules["stapes._library"]
        for name, structure in (
            ("stapes_description", library.Description),
            ("stapes_fault", library.Fault),
            ("stapes_detector_settings", library.DetectorSettings),
            ("stapes_detection", library.FoundClass),
        ):
            body = re.search(rf"typedef struct {name} {{(.*?)}} {name};", header, re.S)[1]
            body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
            fields = []
            for line in filter(None, map(str.strip, body.split(";"))):
                kind, names = re.match(r"(const char ?\*|\w+) ?(.*)", line).groups()
                fields += [(name.strip(), C_TYPES[kind.replace(" *", "*")]) for name in names.split(",")]
            self.assertEqual(list(structure._fields_), fields)
        codes = re.search(r"typedef enum stapes_status {(.*?)}", header, re.S)[1]
        names = re.findall(r"^\s*STAPES_(\w+)", codes, re.M)
        self.assertEqual([getattr(library, name) for name in names], list(range(len(names))))


if __name__ == "__main__":
    unittest.main()
