// SPDX-License-Identifier: Apache-2.0
#include "data/formats/default_sources.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <map>
#include <string_view>
#include <utility>

#include "data/formats/source_rule.h"

namespace stapes {
namespace {

// "Church bell" and "church_bell" count as the same name.
std::string letters_and_digits(std::string_view name) {
  std::string kept;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) != 0) kept += static_cast<char>(std::tolower(byte));
  }
  return kept;
}

std::string warning_about(const std::vector<std::string>& classes, const std::string& first_clip,
                          std::string_view options) {
  constexpr std::size_t kNamed = 5;
  std::vector<std::string> named(classes.begin(),
                                 classes.begin() + static_cast<std::ptrdiff_t>(std::min(classes.size(), kNamed)));
  if (classes.size() > kNamed) named.emplace_back("...");
  return fmt::format(
      "in {} class{} ({}), file names such as {} only number the files, so each file is its own source; if some files "
      "are pieces of one recording, identify the recording with {}",
      classes.size(), classes.size() == 1 ? "" : "es", fmt::join(named, ", "), first_clip, options);
}

}  // namespace

std::vector<std::string> set_default_sources(std::vector<ClipPlan>& clips, const std::vector<std::string>& labels,
                                             std::string_view options) {
  std::map<std::pair<int, std::string>, std::size_t> clips_of_group;
  std::vector<std::size_t> clips_of_label(labels.size());
  for (ClipPlan& clip : clips) {
    clip.info.source = numbered_source(clip.file.filename().string());
    ++clips_of_group[{clip.info.label, clip.info.source}];
    ++clips_of_label[static_cast<std::size_t>(clip.info.label)];
  }
  std::vector<std::string> counted;  // classes with files that are only numbered
  std::string first_clip;
  int last_label = -1;
  for (ClipPlan& clip : clips) {
    const auto label = static_cast<std::size_t>(clip.info.label);
    const std::size_t together = clips_of_group[{clip.info.label, clip.info.source}];
    const bool dominates = 4 * together > 3 * clips_of_label[label];
    const bool is_class = letters_and_digits(clip.info.source) == letters_and_digits(labels[label]);
    if (together < 2 || (!dominates && !is_class)) continue;
    clip.info.source = clip.info.name;
    if (counted.empty()) first_clip = clip.info.name;
    if (clip.info.label != last_label) counted.push_back(labels[label]);
    last_label = clip.info.label;
  }
  if (counted.empty()) return {};
  return {warning_about(counted, first_clip, options)};
}

}  // namespace stapes
