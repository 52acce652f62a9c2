// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_program.h"
#include "packed/writer.h"
#include "support/acdnet_models.h"
#include "support/audio_files.h"

namespace stapes::test {
namespace {

constexpr int kSamples = 16000, kSampleRateHz = 20000;

// Runs a command line; what it printed is shown where it fails.
std::string shell(const std::string& line) {
  const Outcome outcome = run_program("/bin/sh", {"-c", line});
  EXPECT_EQ(outcome.status, 0) << line << '\n' << outcome.out << outcome.err;
  return outcome.out;
}

const std::string kCmake = "'" STAPES_CMAKE "' ", kSource = "'" STAPES_SOURCE_DIR "'";

// The samples as a recorder writes them: WAVE_FORMAT_EXTENSIBLE, with a chunk before and one behind them.
std::string with_extra_chunks(const std::string& plain) {
  const std::string pcm = plain.substr(44), list("LIST\x0A\0\0\0INFOISFT\1\0", 18);
  std::string format = plain.substr(20, 16) + std::string("\x16\0\x10\0\4\0\0\0\1\0\0\0\0\0\x10\0", 16) +
                       std::string("\x80\0\0\xAA\0\x38\x9B\x71", 8);
  format[0] = '\xFE';
  format[1] = '\xFF';
  std::string length(4, '\0');
  for (int i = 0; i < 4; ++i) length[static_cast<std::size_t>(i)] = static_cast<char>(pcm.size() >> (8 * i));
  return plain.substr(0, 12) + list + "fmt " + std::string("\x28\0\0\0", 4) + format + "data" + length + pcm + list;
}

// A packed model, and two sounds of one window each that it hears as different classes.
class Installed : public testing::Test {
 protected:
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

  // The label `stapes classify` prints, as "class 6\n": file: label probability.
  std::string label_of(const Sound& sound) const {
    const std::string line = shell("'" + stapes_program() + "' classify " + model_ + " " + sound.wav);
    const std::size_t begin = sound.wav.size() + 2;
    return line.substr(begin, line.rfind(' ') - begin) + '\n';
  }

  const TempDir folder_;
  const std::string model_ = (folder_ / "model.stapes").string(), prefix_ = (folder_ / "prefix").string();
  const Sound tone_ = sound("tone", sine(kSamples, 3000, kSampleRateHz));
  const Sound hiss_ = sound("hiss", TinyRandom(3).floats(kSamples, 0.008));
};

TEST_F(Installed, ExamplesFindThePackageAndNameWhatTheProgramNames) {
  const std::string examples = (folder_ / "examples").string();
  shell(kCmake + "--install '" STAPES_BUILD_DIR "' --prefix " + prefix_);
  shell(kCmake + "-S " + kSource + "/examples -B " + examples + " -DCMAKE_PREFIX_PATH=" + prefix_ +
        " -DCMAKE_C_COMPILER='" STAPES_C_COMPILER "' -DCMAKE_CXX_COMPILER='" STAPES_CXX_COMPILER
        "' -DCMAKE_C_FLAGS='" STAPES_CXX_FLAGS "' -DCMAKE_CXX_FLAGS='" STAPES_CXX_FLAGS "'");
  shell(kCmake + "--build " + examples + " -j 2");
  EXPECT_NE(label_of(tone_), label_of(hiss_)) << "one label for all would be told apart from nothing";
  for (const Sound& sound : {tone_, hiss_}) {
    const std::string label = label_of(sound);
    EXPECT_EQ(shell(examples + "/classify_wav " + model_ + " " + sound.wav), label);
    const std::string odd = (folder_ / "odd.wav").string();
    write_text_file(odd, with_extra_chunks(read_text_file(sound.wav)), Existing::kReplace);
    EXPECT_EQ(shell(examples + "/classify_wav " + model_ + " " + odd), label);
    EXPECT_EQ(shell(examples + "/c_classify " + model_ + " " + sound.pcm), label);
    EXPECT_EQ(shell(examples + "/stream_stdin " + model_ + " < " + sound.pcm), "0.8 s: " + label);
  }
  // What cannot be read ends in a message: a folder, nothing, a model in place of a sound.
  const std::string folder = folder_.path().string(), absent = (folder_ / "absent").string();
  for (const std::string& bad : {folder, absent}) {
    for (const std::vector<std::string>& line : {std::vector<std::string>{"classify_wav", bad, tone_.wav},
                                                 {"classify_wav", model_, bad},
                                                 {"c_classify", bad, tone_.pcm},
                                                 {"c_classify", model_, bad},
                                                 {"stream_stdin", bad}}) {
      const Outcome outcome = run_program(examples + "/" + line[0], {line.begin() + 1, line.end()});
      EXPECT_EQ(outcome.status, 1) << line[0] << ' ' << bad;
      EXPECT_NE(outcome.err, "") << line[0] << ' ' << bad;
    }
  }
  EXPECT_EQ(run_program(examples + "/classify_wav", {model_, model_}).status, 1);
}

// C alone links it: nothing of the C++ library is wanted, nor FlatBuffers.
TEST_F(Installed, ARuntimeOnlyBuildServesCThroughPkgConfig) {
  const std::string build = (folder_ / "build").string(), program = (folder_ / "c_classify").string();
  shell("cd " + kSource + " && " + kCmake + "--preset runtime-only -B " + build);
  shell(kCmake + "--build " + build + " -j 2");
  shell(kCmake + "--install " + build + " --prefix " + prefix_);
  shell("'" STAPES_C_COMPILER "' -O1 " + kSource + "/examples/c_classify.c -o " + program +
        " $(PKG_CONFIG_PATH=$(dirname $(find " + prefix_ + " -name stapes.pc)) pkg-config --cflags --libs stapes)");
  EXPECT_EQ(shell(program + " " + model_ + " " + tone_.pcm), label_of(tone_));
  EXPECT_EQ(shell(program + " " + model_ + " " + hiss_.pcm), label_of(hiss_));
}

}  // namespace
}  // namespace stapes::test
