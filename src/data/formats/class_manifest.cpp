// SPDX-License-Identifier: Apache-2.0
#include "data/formats/class_manifest.h"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "data/formats/data_folder.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

class Manifest {
 public:
  explicit Manifest(const ManifestLayout& layout)
      : layout_(layout),
        table_(read_text_file(layout.csv), layout.csv.string()),
        class_names_(static_cast<std::size_t>(layout.class_count)) {
    plan_.format = layout.format;
    plan_.name_remedy = "correct it in " + layout.csv.string();
    plan_.keep_empty_labels = true;
    for (const CsvRow& row : table_.rows()) add(row);
    if (plan_.clips.empty() && plan_.skipped.empty()) throw Error("{} lists no clips", layout.csv.string());
    name_labels();
  }

  ImportPlan take() { return std::move(plan_); }

 private:
  void add(const CsvRow& row) {
    ClipPlan clip;
    clip.info.name = checked_name(row);
    clip.info.fold = table_.number_at(row, "fold", 1, layout_.fold_count);
    clip.info.label = table_.number_at(row, layout_.number_column, 0, layout_.class_count - 1);
    check_class(row, clip.info.label);
    clip.info.source = layout_.source(table_, row);
    const fs::path listed = layout_.file(clip.info.name, clip.info.fold);
    if (const auto file = find_recording(listed)) {
      clip.file = *file;
      plan_.clips.push_back(std::move(clip));
    } else {
      plan_.skipped.push_back({clip.info.name, fmt::format("{} does not exist", listed.string())});
    }
  }

  std::string checked_name(const CsvRow& row) {
    const std::string& name = table_.at(row, layout_.name_column);
    if (!stays_inside(name)) {
      table_.refuse(row, fmt::format("invalid file name \"{}\"; expected a plain file name in the data set", name));
    }
    const auto [before, is_new] = line_of_name_.try_emplace(fs::path(name).stem().string(), row.line);
    if (!is_new) table_.refuse(row, fmt::format("clip \"{}\" was already listed in line {}", name, before->second));
    return name;
  }

  // Classes and numbers must map one to one.
  void check_class(const CsvRow& row, int number) {
    const std::string& here = table_.at(row, layout_.class_column);
    std::string& before = class_names_[static_cast<std::size_t>(number)];
    if (here.empty()) table_.refuse(row, fmt::format("the {} is empty", layout_.class_column));
    if (!before.empty() && before != here) {
      table_.refuse(row, fmt::format("{} {} is called \"{}\" here but \"{}\" earlier", layout_.number_column, number,
                                     here, before));
    }
    before = here;
    const auto [known, is_new] = number_of_class_.try_emplace(here, number);
    if (!is_new && known->second != number) {
      table_.refuse(row, fmt::format("{} \"{}\" is {} {} here but {} earlier", layout_.class_column, here,
                                     layout_.number_column, number, known->second));
    }
  }

  void name_labels() {
    while (!class_names_.empty() && class_names_.back().empty()) class_names_.pop_back();
    for (std::size_t i = 0; i < class_names_.size(); ++i) {
      plan_.labels.push_back(class_names_[i].empty() ? fmt::format("class-{}", i) : class_names_[i]);
    }
  }

  const ManifestLayout& layout_;
  CsvTable table_;
  ImportPlan plan_;
  std::map<std::string, int> line_of_name_;
  std::vector<std::string> class_names_;
  std::map<std::string, int> number_of_class_;
};

}  // namespace

ImportPlan plan_from_manifest(const ManifestLayout& layout) { return Manifest(layout).take(); }

}  // namespace stapes
