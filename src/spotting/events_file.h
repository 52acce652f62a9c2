// SPDX-License-Identifier: Apache-2.0
// events_file.h: the times at which the sounds of a recording occur, as people write them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace stapes {

struct SoundEvent {
  double start_s = 0, end_s = 0;
  std::string label;
  int line = 0;  // of the file
};

// In order of their starts. Two forms, told apart by the first line:
//   CSV             start_s,end_s,label; a header line with these names is optional
//   Audacity        start TAB end TAB label, as "Export Labels" writes them; lines that begin with a backslash, which
//   hold
//                   frequencies, are ignored
// Throws Error "NAME line N: ..." for times that are not numbers from 0 to 10^9, for an event that ends before it
// starts, and for two events of one label that overlap.
std::vector<SoundEvent> parse_events(std::string_view text, const std::string& name);
std::vector<SoundEvent> read_events(const std::filesystem::path& path);

// Throws Error if an event ends after the sound, or has a label that is not among `labels`.
void check_events(const std::vector<SoundEvent>& events, double seconds, const std::vector<std::string>& labels,
                  const std::string& name);

}  // namespace stapes
