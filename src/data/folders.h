// folders.h: how a data set of plain folders gets its sources and its folds.
#pragma once

#include <cstddef>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "data/import.h"

namespace stapes {

inline constexpr std::size_t kFolderFolds = 5;

// The recording that a file was cut from, by its name. Without a pattern: the name up to a last '-' or '_' that only
// digits follow ("site3-014.wav" and "site3-015.wav" are both of site3). With one: its first group, or the whole match;
// a name that does not match stands alone.
class SourceRule {
 public:
  explicit SourceRule(const std::string& pattern);  // throws UsageError unless empty or a regular expression
  std::string operator()(const std::string& file_name) const;

 private:
  std::optional<std::regex> pattern_;
};

// Sets the folds 1 to 5: all clips of a source in one, each class spread as evenly as that allows. Depends on names and
// labels alone, not on the order of `clips`. Returns warnings about classes with fewer sources than folds.
std::vector<std::string> assign_folds(std::vector<ClipPlan>& clips, const std::vector<std::string>& labels);

}  // namespace stapes
