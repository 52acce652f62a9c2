// SPDX-License-Identifier: Apache-2.0
// portaudio_capture.h: records from microphones with PortAudio.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/decode.h"
#include "listen/live_source.h"

namespace stapes {

struct RecordingDevice {
  int number;
  std::string name;  // "HDA Intel PCH: ALC295 Analog (hw:0,0), ALSA"
  int channels;
  int sample_rate_hz;  // the device's default
  bool is_default;
};
std::vector<RecordingDevice> recording_devices();

struct CaptureRequest {
  std::string device = {};                 // number or part of the name, ignoring case; empty: the default device
  std::optional<int> sample_rate_hz = {};  // empty: the device's default
  Channel channel = {1};                   // a mix is of all channels that the device reports
};

// Throws Error listing the devices unless exactly one matches `wanted`.
const RecordingDevice& find_device(const std::vector<RecordingDevice>& devices, const std::string& wanted);

// `interleaved` holds frames of `channels` samples, one frame for each sample of `mono`.
void take_channel(std::span<const float> interleaved, int channels, Channel channel, std::span<float> mono);

// Throws Error if the device cannot be opened.
std::unique_ptr<Capture> open_microphone(const CaptureRequest& request);

}  // namespace stapes
