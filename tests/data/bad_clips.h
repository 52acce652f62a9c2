// SPDX-License-Identifier: Apache-2.0
// bad_clips.h: clips of every kind that an import must survive.
#pragma once

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "base/files.h"
#include "support/audio_files.h"

namespace stapes::test {

// Returns their names in byte order.
inline std::vector<std::string> write_unreadable_clips(const std::filesystem::path& dir) {
  std::filesystem::create_directories(dir);
  write_text_file(dir / "bad-a-empty.wav", "", Existing::kReplace);
  write_text_file(dir / "bad-b-text.wav", "this is not sound", Existing::kReplace);
  write_audio(dir / "bad-c-nothing.wav", {}, 16000);
  std::vector<float> wave = sine(4000, 440, 16000);
  write_audio(dir / "whole.ogg", wave, 16000, 1, kOgg);
  const auto whole = read_file(dir / "whole.ogg");
  std::filesystem::remove(dir / "whole.ogg");
  write_file(dir / "bad-d-cut.ogg", std::span(whole).first(whole.size() / 2), Existing::kReplace);
  wave[1234] = std::numeric_limits<float>::quiet_NaN();
  write_audio(dir / "bad-e-nan.wav", wave, 16000, 1, kWavFloat);
  return {"bad-a-empty.wav", "bad-b-text.wav", "bad-c-nothing.wav", "bad-d-cut.ogg", "bad-e-nan.wav"};
}

// Returns their names in byte order.
inline std::vector<std::string> write_odd_clips(const std::filesystem::path& dir) {
  write_audio(dir / "odd-a-192k.wav", sine(19200, 440, 192000), 192000);
  std::vector<float> eight;
  for (const float x : sine(4000, 440, 16000)) eight.insert(eight.end(), 8, x);
  write_audio(dir / "odd-b-8ch.flac", eight, 16000, 8, kFlac);
  write_audio(dir / "odd-c-one.wav", {0.5f}, 20000);
  write_audio(dir / "odd-d-zero.wav", std::vector<float>(2000), 20000);
  return {"odd-a-192k.wav", "odd-b-8ch.flac", "odd-c-one.wav", "odd-d-zero.wav"};
}

}  // namespace stapes::test
