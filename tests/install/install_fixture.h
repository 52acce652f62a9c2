// SPDX-License-Identifier: Apache-2.0
// install_fixture.h: a shell, a packed model and two sounds, for tests of installed trees.
#pragma once

#include <gtest/gtest.h>

#include "cli/run_program.h"
#include "packed/writer.h"
#include "support/acdnet_models.h"
#include "support/audio_files.h"

namespace stapes::test {

// Shows the output of `line` if it fails.
inline std::string shell(const std::string& line) {
  const Outcome outcome = run_program("/bin/sh", {"-c", line});
  EXPECT_EQ(outcome.status, 0) << line << '\n' << outcome.out << outcome.err;
  return outcome.out;
}

inline const std::string kCmake = "'" STAPES_CMAKE "' ", kSource = "'" STAPES_SOURCE_DIR "'";

// The model classifies its two sounds, of one window each, differently.
class Installed : public testing::Test {
 protected:
  static constexpr int kSamples = 16000, kSampleRateHz = 20000;

  struct Sound {
    std::string wav, pcm;
  };

  Installed() {
    const auto blob = serialize_model(acdnet_model("xnor", kMicroWidths, 10, kSamples, kSampleRateHz));
    const std::string bytes(reinterpret_cast<const char*>(blob.data()), blob.size());
    write_text_file(model_, bytes, Existing::kRefuse);
  }

  Sound sound(const std::string& name, const std::vector<float>& wave) const {
    const Sound made{(folder_ / (name + ".wav")).string(), (folder_ / (name + ".pcm")).string()};
    constexpr std::size_t kHeaderBytes = 44;
    write_audio(made.wav, wave, kSampleRateHz);
    write_text_file(made.pcm, read_text_file(made.wav).substr(kHeaderBytes), Existing::kRefuse);
    return made;
  }

  // The label that `program classify` prints for `sound`, e.g. "class 6\n". Its output is "FILE: LABEL PROBABILITY".
  std::string label_of(const Sound& sound, const std::string& program = stapes_program()) const {
    const std::string line = shell("'" + program + "' classify " + model_ + " " + sound.wav);
    const std::size_t begin = sound.wav.size() + 2, end = line.rfind(' ');
    return begin < end && end != std::string::npos ? line.substr(begin, end - begin) + '\n' : line;
  }

  // examples/c_classify.c, compiled with the flags of the stapes.pc below `root`; `link`: linker arguments.
  std::string c_example(const std::string& root, const std::string& flags, const std::string& link) const {
    const std::string program = (folder_ / "c_classify").string();
    shell("PKG_CONFIG_PATH=$(dirname $(find " + root + " -name stapes.pc)) && export PKG_CONFIG_PATH && '" +
          STAPES_C_COMPILER "' -O1 " + flags + " " + kSource + "/examples/c_classify.c -o " + program +
          " $(pkg-config --cflags stapes) " + link);
    return program;
  }

  // `command MODEL SOUND.pcm` must classify both sounds like the program of this build.
  void names_both_sounds(const std::string& command) const {
    EXPECT_NE(label_of(tone_), label_of(hiss_)) << "a program that always gives one label would pass";
    for (const Sound& sound : {tone_, hiss_}) {
      EXPECT_EQ(shell(command + " " + model_ + " " + sound.pcm), label_of(sound)) << command;
    }
  }

  const TempDir folder_;
  const std::string model_ = (folder_ / "model.stapes").string(), prefix_ = (folder_ / "prefix").string();
  const Sound tone_ = sound("tone", sine(kSamples, 3000, kSampleRateHz));
  const Sound hiss_ = sound("hiss", TinyRandom(3).floats(kSamples, 0.008));
};

}  // namespace stapes::test
