// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace esphome::audio {

class AudioStreamInfo {
 public:
  explicit AudioStreamInfo(uint32_t sample_rate) : sample_rate_(sample_rate) {}
  uint32_t get_sample_rate() const { return sample_rate_; }

 private:
  uint32_t sample_rate_;
};

}  // namespace esphome::audio

namespace esphome::microphone {

class MicrophoneSource {
 public:
  explicit MicrophoneSource(uint32_t sample_rate) : sample_rate_(sample_rate) {}
  audio::AudioStreamInfo get_audio_stream_info() { return audio::AudioStreamInfo(sample_rate_); }
  template <typename F>
  void add_data_callback(F&& callback) {
    data = callback;
  }
  void start() { started = true; }
  std::function<void(const std::vector<uint8_t>&)> data;
  bool started = false;

 private:
  uint32_t sample_rate_;
};

}  // namespace esphome::microphone
