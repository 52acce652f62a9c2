#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Train and evaluate a wake word on five folds: the figures of docs/guides/listening.md ('Measured: "computer"').

  scripts/wake_word.py WORK WORDS SPEECH ESC50_AUDIO [--stapes build/release/stapes] [--word computer]

WORDS and SPEECH are folders of recordings (docs/guides/adding-a-data-set.md names public ones), ESC50_AUDIO is the folder
audio/ of ESC-50. Everything is written to WORK. Training takes hours; a run that was stopped resumes. Needs numpy and
ffmpeg.
"""

import argparse
import csv
import json
import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np

RATE_HZ = 16000
FOLDS = range(1, 6)
MEANS = ((960, 6), (640, 4), (480, 3), (320, 2))  # milliseconds and scores
SOUNDS = {"speech": "orders", "other": "background", "voices": "voices"}


def decode(path):
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-ac", "1", "-ar", str(RATE_HZ), "-f", "s16le", "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, dtype="<i2")


def write_wav(path, parts):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.concatenate(parts).astype("<i2").tobytes())


def hours(path):
    with wave.open(str(path)) as file:
        return file.getnframes() / RATE_HZ / 3600


def word_in(samples, below_loudest_db=25):
    """Begin and end in seconds, as by `stapes data import --trim`."""
    frame, hop = RATE_HZ * 30 // 1000, RATE_HZ // 100
    sums = np.concatenate([[0], np.cumsum(samples.astype(np.float64) ** 2)])
    starts = np.arange(0, len(samples) - frame + 1, hop)
    energy = sums[starts + frame] - sums[starts]
    loud = np.nonzero(energy >= energy.max() * 10 ** (-below_loudest_db / 10))[0]
    return starts[loud[0]] / RATE_HZ, (starts[loud[-1]] + frame) / RATE_HZ


class Experiment:
    def __init__(self, options):
        self.work, self.stapes, self.word = options.work, str(options.stapes.resolve()), options.word
        self.words, self.speech, self.esc50 = options.words, options.speech, options.esc50
        self.work.mkdir(parents=True, exist_ok=True)

    def run(self, *arguments):
        return subprocess.run([self.stapes, *map(str, arguments)], check=True, cwd=self.work, capture_output=True,
                              text=True).stdout

    def prepare_clips(self):
        """The word as recorded; speech in pieces of about 2.5 s; every second word of each built-in voice."""
        clips = self.work / "clips"
        shutil.rmtree(clips, ignore_errors=True)
        (clips / "orders").mkdir(parents=True)
        (clips / "voices").mkdir()
        (clips / self.word).symlink_to(self.words.resolve())
        for path in sorted(self.speech.iterdir()):
            samples = decode(path)
            count = max(1, round(len(samples) / RATE_HZ / 2.5))
            for i in range(count):
                part = samples[len(samples) * i // count : len(samples) * (i + 1) // count]
                write_wav(clips / "orders" / f"{path.stem}_{i}.wav", [part])
        self.run("data", "keywords", "-o", "voices.data", "--classes", "35", "-q", "--force")
        self.run("data", "unpack", "voices.data", "-o", "voices", "-q", "--force")
        seen = set()
        for row in self.listed("voices"):
            label = int(row["file"].split("-")[0])
            if label % 2 == 0 and (label, row["source"]) not in seen:
                seen.add((label, row["source"]))
                voice = f"v{self.voice_number(row['source']):02d}"
                shutil.copy(self.work / "voices" / row["file"], clips / "voices" / f"{voice}_{row['class']}.wav")

    def listed(self, folder):
        with open(self.work / folder / "clips.csv", newline="") as file:
            return list(csv.DictReader(file))

    def voice_number(self, source):
        if not hasattr(self, "voices"):
            self.voices = sorted({row["source"] for row in self.listed("voices")})
        return self.voices.index(source)

    def import_data(self):
        self.run("data", "import", "folders", "clips", "--trim", f"{self.word}=25", "--unknown", "orders,voices",
                 "--source-pattern", r"^(v\d+|[0-9a-f]+)", "--background", self.esc50.resolve(),
                 "--background-source-pattern", r"^\d-(\d+)-", "--sample-rate", RATE_HZ, "-o", "word.data", "-q",
                 "--force")
        self.run("data", "unpack", "word.data", "-o", "unpacked", "-q", "--force")

    def write_streams(self, fold):
        """Joins the fold's recordings into one file for each kind of sound."""
        streams = self.work / "streams"
        streams.mkdir(exist_ok=True)
        names = [row["name"] for row in self.listed("unpacked") if int(row["fold"]) == fold]
        of = lambda folder: [Path(name).stem for name in names if name.startswith(folder + "/")]
        words, events, seconds = [], ["start_s,end_s,label"], 0.0
        for name in (name for name in names if name.startswith(self.word + "/")):
            samples = decode(self.words / Path(name).name)
            begin, end = word_in(samples)
            events.append(f"{seconds + begin:.3f},{seconds + end:.3f},{self.word}")
            words.append(samples)
            seconds += len(samples) / RATE_HZ
        write_wav(streams / f"words{fold}.wav", words)
        (streams / f"words{fold}.csv").write_text("\n".join(events) + "\n")
        speech = {path.stem: path for path in self.speech.iterdir()}
        write_wav(streams / f"speech{fold}.wav",
                  [decode(speech[stem]) for stem in sorted({stem.rsplit("_", 1)[0] for stem in of("orders")})])
        other = {path.stem: path for path in self.esc50.iterdir()}
        write_wav(streams / f"other{fold}.wav",
                  [decode(other[stem]) for stem in sorted({name.split("#")[0] for name in of("background")})])
        voices = {int(stem[1:3]) for stem in of("voices")}
        pause = np.zeros(RATE_HZ * 3 // 10, dtype="<i2")
        parts = [part for row in self.listed("voices") if self.voice_number(row["source"]) in voices
                 for part in (decode(self.work / "voices" / row["file"]), pause)]
        write_wav(streams / f"voices{fold}.wav", parts)

    def train(self, fold, epochs):
        if not (self.work / f"fp32-{fold}" / "done").exists():
            self.run("train", "word.data", "--model", "nano-acdnet", "--fold", fold, "--epochs", epochs, "-q", "-o",
                     f"fp32-{fold}", "--force")
            (self.work / f"fp32-{fold}" / "done").touch()
        self.run("quantize", f"fp32-{fold}", "--data", "word.data", "--fold", fold, "-o", f"int8-{fold}.stapes", "-q",
                 "--force")
        if not (self.work / f"xnor-{fold}" / "done").exists():
            self.run("train", "word.data", "--model", "nano-acdnet", "--binary", "--fold", fold, "--epochs",
                     epochs * 4 // 9, "--init", f"fp32-{fold}", "--teacher", f"fp32-{fold}", "-q", "-o",
                     f"xnor-{fold}", "--force")
            (self.work / f"xnor-{fold}" / "done").touch()
        self.run("pack", f"xnor-{fold}", "-o", f"xnor-{fold}.stapes", "-q", "--force")

    def evaluate(self, route, average_ms, count):
        """Misses and false accepts in each kind of sound, by threshold, summed over the folds."""
        points, events = {}, 0
        for fold in FOLDS:
            for kind in ("words", *SOUNDS):
                sound = [f"streams/{kind}{fold}.wav"]
                if kind != "words":
                    sound.insert(0, "--background")
                answer = json.loads(self.run("eval-detector", f"{route}-{fold}.stapes", "--json", "-q", "--class",
                                             self.word, *sound, "--latency", 160, "--average", average_ms,
                                             "--count", count, "--gate-level", -60))
                for point in answer["curve"]:
                    sums = points.setdefault(round(point["threshold"], 2), dict.fromkeys(("misses", "words", *SOUNDS), 0))
                    sums[kind] += point["false_accepts"]
                    sums["misses"] += point["misses"] if kind == "words" else 0
            events += (self.work / f"streams/words{fold}.csv").read_text().count(self.word)
        return points, events

    def report(self, route, average_ms, count):
        points, events = self.evaluate(route, average_ms, count)
        length = {kind: sum(hours(self.work / f"streams/{kind}{fold}.wav") for fold in FOLDS)
                  for kind in ("words", *SOUNDS)}
        print(f"{route}, mean of {average_ms} ms: {events} words; hours:", ", ".join(f"{kind} {time:.2f}" for kind, time in length.items()))
        for threshold in sorted(points):
            sums = points[threshold]
            accepts = sum(sums[kind] for kind in length)
            print(f"{threshold:.2f}  misses {sums['misses']:3d} ({100 * sums['misses'] / events:.1f} %)  false accepts",
                  ", ".join(f"{kind} {sums[kind]}" for kind in length), f"= {accepts / sum(length.values()):.2f} an hour")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("work", "words", "speech", "esc50"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--stapes", type=Path, default=Path("build/release/stapes"))
    parser.add_argument("--word", default="computer")
    parser.add_argument("--epochs", type=int, default=45)
    options = parser.parse_args()
    experiment = Experiment(options)
    experiment.prepare_clips()
    experiment.import_data()
    for fold in FOLDS:
        experiment.write_streams(fold)
        experiment.train(fold, options.epochs)
    for route in ("int8", "xnor"):
        for average_ms, count in MEANS:
            experiment.report(route, average_ms, count)


if __name__ == "__main__":
    main()
