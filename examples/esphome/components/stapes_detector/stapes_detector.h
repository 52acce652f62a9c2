// SPDX-License-Identifier: Apache-2.0
// An ESPHome component around an exported detector called `kws` (docs/guides/deploying.md).
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "esphome/components/microphone/microphone_source.h"
#include "esphome/core/automation.h"
#include "esphome/core/component.h"
#include "kws.h"

namespace esphome::stapes_detector {

class StapesDetector : public Component {
 public:
  explicit StapesDetector(microphone::MicrophoneSource* source) : source_(source) {}

  Trigger<std::string, float>* get_detection_trigger() { return &this->on_detection_; }

  // After the microphone's setup(), which determines the sample rate.
  float get_setup_priority() const override { return setup_priority::PROCESSOR; }

  void setup() override {
    if (this->source_->get_audio_stream_info().get_sample_rate() != KWS_SAMPLE_RATE_HZ ||
        kws_detect_init(&this->detector_, this->arena_, sizeof this->arena_, 0) != 0) {
      this->mark_failed();
      return;
    }
    this->source_->add_data_callback([this](const std::vector<uint8_t>& bytes) { this->push_(bytes); });
    this->source_->start();
  }

  // The microphone calls push_() from another task, so automations run here.
  void loop() override {
    const int detected = this->detected_.exchange(-1);
    if (detected >= 0) this->on_detection_.trigger(kws_labels[detected >> 17], (detected & 0x1FFFF) / 65536.0f);
  }

 protected:
  void push_(const std::vector<uint8_t>& bytes) {
    int16_t block[256];
    for (size_t at = 0; at + sizeof(int16_t) <= bytes.size();) {
      const size_t available = (bytes.size() - at) / sizeof(int16_t);
      size_t count = available < 256 ? available : 256;
      std::memcpy(block, bytes.data() + at, count * sizeof(int16_t));
      at += count * sizeof(int16_t);
      for (const int16_t* pcm = block; count > 0;) {
        kws_event event;
        const size_t taken = kws_detect_push(&this->detector_, pcm, count, &event);
        if (event.label >= 0) this->detected_ = static_cast<int>(event.label) << 17 | static_cast<int>(event.score);
        pcm += taken;
        count -= taken;
      }
    }
  }

  microphone::MicrophoneSource* source_;
  Trigger<std::string, float> on_detection_;
  std::atomic<int> detected_{-1};  // label and score of the last unreported detection, or -1
  kws_detector detector_;
  alignas(KWS_ARENA_ALIGN) uint8_t arena_[KWS_STREAM_ARENA_BYTES];
};

}  // namespace esphome::stapes_detector
