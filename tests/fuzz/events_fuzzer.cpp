// SPDX-License-Identifier: Apache-2.0
// Feeds hostile events files to their reader (libFuzzer). Accepted events must be in order and end after they start.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "spotting/events_file.h"

namespace stapes {
namespace {

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "events_fuzzer: %s\n", what);
  std::abort();
}

void read_events_text(std::string_view text) {
  std::vector<SoundEvent> events;
  try {
    events = parse_events(text, "fuzz.csv");
  } catch (const Error&) {
    return;
  }
  double last_start = 0;
  std::map<std::string, double> end_of_label;
  for (const SoundEvent& event : events) {
    expect(event.start_s >= last_start, "events are not in order of their starts");
    expect(event.end_s >= event.start_s && event.end_s <= 1e9, "an event has an impossible end");
    const auto [last, is_first] = end_of_label.try_emplace(event.label, event.end_s);
    expect(is_first || last->second <= event.start_s, "two events of one label overlap");
    last->second = event.end_s;
    last_start = event.start_s;
  }
}

}  // namespace
}  // namespace stapes

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  stapes::read_events_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
