// SPDX-License-Identifier: Apache-2.0
#include "data/formats/split_folders.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "data/class_names.h"
#include "data/data_set.h"
#include "data/formats/data_folder.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

struct PartName {
  std::string_view name;
  int part;
};
constexpr PartName kPartNames[] = {
    {"train", kTrainingPart},        {"training", kTrainingPart}, {"test", kTestPart},
    {"testing", kTestPart},          {"val", kValidationPart},    {"valid", kValidationPart},
    {"validation", kValidationPart},
};

std::optional<int> part_called(const fs::path& folder) {
  const std::string name = lower_case(folder.filename().string());
  for (const PartName& known : kPartNames) {
    if (known.name == name) return known.part;
  }
  return std::nullopt;
}

const PartFolder* find_part(const std::vector<PartFolder>& parts, int part) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const PartFolder& p) { return p.part == part; });
  return found == parts.end() ? nullptr : &*found;
}

// "train/, test/ and val/"
std::string names_of(const std::vector<PartFolder>& parts) {
  std::vector<std::string> names;
  for (const PartFolder& part : parts) names.push_back(part.path.filename().string() + "/");
  const std::string last = names.back();
  names.pop_back();
  return names.empty() ? last : fmt::format("{} and {}", fmt::join(names, ", "), last);
}

// A single train/ or test/ with files may be a class of that name; with folders, the split is incomplete.
void refuse_half_a_split(const fs::path& dir, const std::vector<PartFolder>& parts) {
  const PartFolder *training = find_part(parts, kTrainingPart), *test = find_part(parts, kTestPart);
  if (training != nullptr && test != nullptr) return;
  const PartFolder* validation = find_part(parts, kValidationPart);
  const std::string missing = training == nullptr ? "train/" : "test/";
  const std::string remedy =
      training != nullptr && validation != nullptr
          ? fmt::format("to test on {0}/, rename it to test/", validation->path.filename().string())
          : fmt::format("to split the clips of one part into folds, import {}", parts.front().path.string());
  throw Error(
      "{} has {} with a folder per class but no {}{}; expected train/ and test/, or class folders without either; {}",
      dir.string(), names_of(parts), missing, is_folder(dir / missing) ? " with such folders" : "", remedy);
}

// A class name means the same class in all parts.
std::map<std::string, int, bool (*)(std::string_view, std::string_view)> number_classes(
    const std::vector<PartFolder>& parts) {
  std::map<std::string, int, bool (*)(std::string_view, std::string_view)> label_of(comes_before);
  for (const PartFolder& part : parts) {
    for (const fs::path& folder : class_folders(part.path)) {
      label_of.try_emplace(class_name_of(folder.filename().string()), 0);
    }
  }
  int next = 0;
  for (auto& [name, label] : label_of) label = next++;
  return label_of;
}

void warn_about_other_folders(const fs::path& dir, const std::vector<PartFolder>& parts, ImportPlan& plan) {
  for (const fs::path& folder : class_folders(dir, plan.skipped)) {
    const bool is_part =
        std::any_of(parts.begin(), parts.end(), [&](const PartFolder& part) { return part.path == folder; });
    if (is_part) continue;
    plan.warnings.push_back(fmt::format("folder {} is left out: it is next to {}, so it is not a class",
                                        folder.filename().string(), names_of(parts)));
  }
}

}  // namespace

std::vector<PartFolder> split_parts(const fs::path& dir) {
  std::vector<PartFolder> parts;
  if (!is_folder(dir)) return parts;
  for (const fs::path& folder : class_folders(dir)) {
    const std::optional<int> part = part_called(folder);
    std::error_code error;
    if (!part || fs::directory_iterator(folder, error) == fs::directory_iterator() || class_folders(folder).empty()) {
      continue;
    }
    if (const PartFolder* other = find_part(parts, *part)) {
      throw Error("{} has {}/ and {}/, two folders for one part of a split; put their class folders into one of them",
                  dir.string(), other->path.filename().string(), folder.filename().string());
    }
    parts.push_back({folder, *part});
  }
  constexpr auto place = [](int part) { return part == kTrainingPart ? 0 : part; };  // training, test, validation
  std::sort(parts.begin(), parts.end(),
            [&](const PartFolder& a, const PartFolder& b) { return place(a.part) < place(b.part); });
  if (!parts.empty()) refuse_half_a_split(dir, parts);
  return parts;
}

ImportPlan plan_split(const fs::path& dir, const std::vector<PartFolder>& parts, const std::string& format) {
  ImportPlan plan;
  plan.format = format;
  plan.notes.push_back(fmt::format("using {} as a published split: {}/ for testing, the rest for training",
                                   names_of(parts), find_part(parts, kTestPart)->path.filename().string()));
  warn_about_other_folders(dir, parts, plan);
  const auto label_of = number_classes(parts);
  for (const auto& [name, label] : label_of) plan.labels.push_back(name);
  for (const PartFolder& part : parts) {
    for (const fs::path& folder : class_folders(part.path, plan.skipped)) {
      const int label = label_of.at(class_name_of(folder.filename().string()));
      for (const fs::path& file : files_below(folder, plan.skipped)) {
        const std::string name = file.lexically_relative(dir).generic_string();
        plan.clips.push_back({.info = {.name = name, .source = name, .label = label, .fold = part.part}, .file = file});
      }
    }
  }
  if (plan.clips.empty()) {
    throw Error("{} holds no files in train/CLASS/ and test/CLASS/{}", dir.string(), first_skipped(plan.skipped));
  }
  return plan;
}

}  // namespace stapes
