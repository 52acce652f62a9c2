// SPDX-License-Identifier: Apache-2.0
// events_file.h: reads files with the times of sounds in a recording.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace stapes {

struct SoundEvent {
  double start_s = 0, end_s = 0;
  std::string label;
  int line = 0;  // line number in the file
};

// Ordered by start. Two formats, recognized by the first line:
//   CSV             start_s,end_s,label; a header line with these names is optional
//   Audacity        start TAB end TAB label, as written by "Export Labels"; lines starting with a
//                   backslash (frequencies) are ignored
// Throws Error "NAME line N: ..." for times that are not numbers from 0 to 10^9, an event that ends before it starts,
// and overlapping events of one label.
std::vector<SoundEvent> parse_events(std::string_view text, const std::string& name);
std::vector<SoundEvent> read_events(const std::filesystem::path& path);

// Throws Error if an event ends after the sound, or its label is not among `labels`.
void check_events(const std::vector<SoundEvent>& events, double seconds, const std::vector<std::string>& labels,
                  const std::string& name);

}  // namespace stapes
