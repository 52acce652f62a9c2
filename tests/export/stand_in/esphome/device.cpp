// SPDX-License-Identifier: Apache-2.0
// A device with examples/esphome and the microphone of the tests. Prints like an export's samples. With any argument,
// the sample rate is wrong and the exit status must be 2.
#include <cstdio>
#include <cstring>

#include "stapes_detector.h"

extern "C" size_t read_pcm(int16_t* pcm, size_t count);

int main(int argc, char**) {
  static esphome::microphone::MicrophoneSource source(KWS_SAMPLE_RATE_HZ + (argc > 1 ? 1 : 0));
  static esphome::stapes_detector::StapesDetector detector(&source);
  detector.get_detection_trigger()->action = [](const std::string& label, float score) {
    std::printf("%s %d %%\n", label.c_str(), static_cast<int>(score * 100));
  };
  detector.setup();
  if (detector.failed) return source.started ? 1 : 2;
  if (!source.started) return 1;
  int16_t pcm[37];
  for (size_t count = read_pcm(pcm, 37); count > 0; count = read_pcm(pcm, 37)) {
    std::vector<uint8_t> bytes(count * sizeof *pcm);
    std::memcpy(bytes.data(), pcm, bytes.size());
    source.data(bytes);
    detector.loop();
  }
  return 0;
}
