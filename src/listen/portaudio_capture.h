// SPDX-License-Identifier: Apache-2.0
// portaudio_capture.h: microphones, by PortAudio.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "listen/live_source.h"

namespace stapes {

struct RecordingDevice {
  int number;
  std::string name;  // "HDA Intel PCH: ALC295 Analog (hw:0,0), ALSA"
  int channels;
  int sample_rate_hz;  // its default
  bool is_default;
};
std::vector<RecordingDevice> recording_devices();

struct CaptureRequest {
  std::string device = {};                 // number, or a part of the name in any case; empty: the default device
  std::optional<int> sample_rate_hz = {};  // the device's default
  int channel = 0;                         // from 1; 0: the first
};

// The device that is meant. Throws Error where there is none, or several: it names those there are.
const RecordingDevice& find_device(const std::vector<RecordingDevice>& devices, const std::string& wanted);

// Throws Error when it cannot be opened.
std::unique_ptr<Capture> open_microphone(const CaptureRequest& request);

}  // namespace stapes
