// SPDX-License-Identifier: Apache-2.0
#include "spotting/events_file.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "base/number.h"
#include "base/text.h"
#include "data/formats/csv.h"

namespace stapes {
namespace {

constexpr double kLatestSecond = 1e9;
constexpr double kRoundingSeconds = 0.05;  // programs round the end time of a recording

[[noreturn]] void refuse_line(const std::string& name, int line, const std::string& why) {
  throw Error("{} line {}: {}", name, line, why);
}

double seconds_at(const CsvRow& row, std::size_t column, const std::string& name) {
  const std::string_view text = trimmed(row.fields[column]);
  const std::optional<double> value = number_in<double>(text);
  if (!value || !(*value >= 0 && *value <= kLatestSecond)) {
    refuse_line(name, row.line, fmt::format("expected seconds from 0 to 10^9, got '{}'", printable(text)));
  }
  return *value;
}

SoundEvent event_of(const CsvRow& row, const std::string& name) {
  if (row.fields.size() != 3) {
    refuse_line(name, row.line,
                fmt::format("expected 3 fields (start, end and label), got {}; separate them with commas or, as "
                            "Audacity does, with tabs",
                            row.fields.size()));
  }
  const SoundEvent event{seconds_at(row, 0, name), seconds_at(row, 1, name), std::string(trimmed(row.fields[2])),
                         row.line};
  if (event.end_s < event.start_s) {
    refuse_line(name, row.line,
                fmt::format("the event ends at {} s, before it starts at {} s", event.end_s, event.start_s));
  }
  if (event.label.empty()) refuse_line(name, row.line, "the event has no label");
  return event;
}

// Tab-separated lines, without Audacity's frequency lines.
std::vector<CsvRow> audacity_rows(std::string_view text) {
  std::vector<CsvRow> rows;
  text = without_byte_order_mark(text);
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view rest = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (trimmed(rest).empty() || rest.front() == '\\') continue;
    CsvRow row{line, {}};
    for (std::size_t tab = rest.find('\t'); row.fields.size() < 2 && tab != std::string_view::npos;
         tab = rest.find('\t')) {
      row.fields.emplace_back(rest.substr(0, tab));
      rest.remove_prefix(tab + 1);
    }
    row.fields.emplace_back(rest);
    rows.push_back(std::move(row));
  }
  return rows;
}

bool is_header(const CsvRow& row) {
  return row.fields.size() == 3 && trimmed(row.fields[0]) == "start_s" && trimmed(row.fields[1]) == "end_s" &&
         trimmed(row.fields[2]) == "label";
}

void refuse_overlaps(const std::vector<SoundEvent>& events, const std::string& name) {
  std::map<std::string, const SoundEvent*> last;
  for (const SoundEvent& event : events) {
    const SoundEvent*& before = last[event.label];
    if (before != nullptr && event.start_s < before->end_s) {
      refuse_line(
          name, event.line,
          fmt::format("the event overlaps '{}' on line {}; merge the two", printable(event.label), before->line));
    }
    before = &event;
  }
}

}  // namespace

std::vector<SoundEvent> parse_events(std::string_view text, const std::string& name) {
  const bool tabs = text.substr(0, text.find('\n')).find('\t') != std::string_view::npos;
  std::vector<CsvRow> rows = tabs ? audacity_rows(text) : parse_csv(text, name);
  if (!rows.empty() && is_header(rows.front())) rows.erase(rows.begin());
  std::vector<SoundEvent> events;
  for (const CsvRow& row : rows) events.push_back(event_of(row, name));
  std::ranges::stable_sort(events, {}, &SoundEvent::start_s);
  refuse_overlaps(events, name);
  return events;
}

std::vector<SoundEvent> read_events(const std::filesystem::path& path) {
  return parse_events(read_text_file(path), path.string());
}

void check_events(const std::vector<SoundEvent>& events, double seconds, const std::vector<std::string>& labels,
                  const std::string& name) {
  for (const SoundEvent& event : events) {
    if (event.end_s > seconds + kRoundingSeconds) {
      refuse_line(name, event.line,
                  fmt::format("the event ends at {} s, but the recording is {:.3f} s long", event.end_s, seconds));
    }
    if (std::ranges::find(labels, event.label) == labels.end()) {
      refuse_line(name, event.line, unknown_name("class", event.label, labels));
    }
  }
}

}  // namespace stapes
