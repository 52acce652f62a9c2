#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_program.h"
#include "packed/writer.h"
#include "support/acdnet_models.h"
#include "support/audio_files.h"

namespace stapes::test {
namespace {

constexpr int kSamples = 16000, kSampleRateHz = 20000;

// Runs a command line; what it prints is shown where it fails.
std::string shell(const std::string& line) {
  const Outcome outcome = run_program("/bin/sh", {"-c", line});
  EXPECT_EQ(outcome.status, 0) << line << '\n' << outcome.out << outcome.err;
  return outcome.out;
}

const std::string kCmake = "'" STAPES_CMAKE "' ", kSource = "'" STAPES_SOURCE_DIR "'";

// Noise of one window, as WAV and as raw PCM.
struct Sound {
  Sound(const TempDir& folder, double amplitude)
      : wav((folder / fmt::format("noise-{}.wav", amplitude)).string()),
        pcm((folder / fmt::format("noise-{}.pcm", amplitude)).string()) {
    std::vector<float> wave;
    for (const std::int16_t sample : tiny_pcm(3, kSamples)) {
      wave.push_back(static_cast<float>(static_cast<int>(amplitude * sample)) / 32768.0f);
    }
    write_audio(wav, wave, kSampleRateHz);
    constexpr std::size_t kHeaderBytes = 44;
    write_text_file(pcm, read_text_file(wav).substr(kHeaderBytes), Existing::kRefuse);
  }
  std::string wav, pcm;
};

class Install : public testing::TestWithParam<const char*> {
};

TEST_F(Install, Probe) {
  const TempDir folder;
  for (const char* route : {"fp32", "int8", "xnor"}) {
    const std::string model = (folder / (std::string(route) + ".stapes")).string();
    const auto bytes = serialize_model(acdnet_model(route, kMicroWidths, 10, kSamples, kSampleRateHz));
    write_text_file(model, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), Existing::kRefuse);
    for (const double amplitude : {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0}) {
      const TempDir folder2;
      const Sound sound(folder2, amplitude);
      std::cout << route << " " << amplitude << " " << shell("'" STAPES_PROGRAM "' classify " + model + " " + sound.wav + " --top 2")
                << shell("/tmp/k-api-ex/classify_wav " + model + " " + sound.wav);
    }
  }
}

}  // namespace
}  // namespace stapes::test
