#include <fmt/format.h>

#include <array>
#include <map>
#include <optional>

#include "audio/load_clip.h"
#include "base/error.h"
#include "data/csv.h"
#include "data/import.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr int kClasses = 50, kFolds = 5;

// The manifest decides which files are opened, so a name must stay inside the data set's folder.
void check_inside(const CsvTable& table, const CsvRow& row, const std::string& name) {
  const fs::path path(name);
  bool leaves = name.empty() || path.is_absolute() || name.find('\\') != std::string::npos;
  for (const fs::path& part : path) leaves = leaves || part == "..";
  if (leaves)
    table.refuse(row, fmt::format("file name \"{}\" leads out of the data set; expected a plain file name", name));
}

// The same recording under another extension: releases differ in the codec.
std::optional<fs::path> find_file(const fs::path& listed) {
  if (fs::exists(listed)) return listed;
  for (const char* extension : {".wav", ".ogg", ".flac", ".mp3"}) {
    fs::path other = listed;
    other.replace_extension(extension);
    if (fs::exists(other)) return other;
  }
  return std::nullopt;
}

// "1-100032-A-0.ogg" -> "100032": the recording a clip was cut from.
std::string source_of(const std::string& name) {
  const std::size_t from = name.find('-');
  const std::size_t to = from == std::string::npos ? from : name.find('-', from + 1);
  return to == std::string::npos ? fs::path(name).stem().string() : name.substr(from + 1, to - from - 1);
}

class Manifest {
 public:
  explicit Manifest(const fs::path& dir)
      : audio_(dir / "audio"), file_(dir / "meta" / "esc50.csv"), table_(read_text_file(file_), file_.string()) {
    plan_.format = "esc50";
    plan_.keep_empty_labels = true;
    for (const CsvRow& row : table_.rows()) add(row);
    if (plan_.clips.empty() && plan_.skipped.empty()) throw Error("{} lists no clip", file_.string());
    name_labels();
  }

  ImportPlan take() { return std::move(plan_); }

 private:
  void add(const CsvRow& row) {
    const std::string& name = table_.at(row, "filename");
    check_inside(table_, row, name);
    const auto [before, is_new] = line_of_name_.try_emplace(fs::path(name).stem().string(), row.line);
    if (!is_new) table_.refuse(row, fmt::format("clip \"{}\" was already listed in line {}", name, before->second));
    ClipPlan clip;
    clip.info.name = name;
    clip.info.source = source_of(name);
    clip.info.fold = table_.number_at(row, "fold", 1, kFolds);
    clip.info.label = table_.number_at(row, "target", 0, kClasses - 1);
    std::string& category = categories_[static_cast<std::size_t>(clip.info.label)];
    const std::string& here = table_.at(row, "category");
    if (here.empty()) table_.refuse(row, "the category is empty");
    if (!category.empty() && category != here) {
      table_.refuse(row,
                    fmt::format("target {} is called \"{}\" here and \"{}\" before", clip.info.label, here, category));
    }
    category = here;
    const auto [known, first] = target_of_category_.try_emplace(here, clip.info.label);
    if (!first && known->second != clip.info.label) {
      table_.refuse(
          row, fmt::format("category \"{}\" is target {} here and {} before", here, clip.info.label, known->second));
    }
    if (const auto file = find_file(audio_ / name)) {
      clip.file = *file;
      plan_.clips.push_back(std::move(clip));
    } else {
      plan_.skipped.push_back({name, fmt::format("{} does not exist", (audio_ / name).string())});
    }
  }

  // Label = target, so a part of ESC-50 keeps the numbers of the whole.
  void name_labels() {
    int count = kClasses;
    while (count > 0 && categories_[static_cast<std::size_t>(count - 1)].empty()) --count;
    for (int i = 0; i < count; ++i) {
      const std::string& category = categories_[static_cast<std::size_t>(i)];
      plan_.labels.push_back(category.empty() ? fmt::format("class-{}", i) : category);
    }
  }

  fs::path audio_, file_;
  CsvTable table_;
  ImportPlan plan_;
  std::map<std::string, int> line_of_name_;
  std::array<std::string, kClasses> categories_;
  std::map<std::string, int> target_of_category_;
};

}  // namespace

ImportReport import_esc50(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  refuse_existing(out, options.existing);
  return write_data_set(
      Manifest(dir).take(),
      [&](const ClipPlan& clip, std::size_t) { return load_clip(clip.file, options.sample_rate_hz); }, out, options);
}

}  // namespace stapes
