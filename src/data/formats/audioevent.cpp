// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <string>

#include "base/error.h"
#include "data/data_set.h"
#include "data/formats/data_folder.h"
#include "data/formats/import.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

// "church_bell_12.wav" -> "church_bell"; "" for other names.
std::string class_of_test_file(const fs::path& file) {
  const std::string stem = file.stem().string();
  const std::size_t digits = stem.find_last_not_of("0123456789") + 1;  // npos + 1 = 0
  const bool numbered = digits > 1 && digits < stem.size() && stem[digits - 1] == '_';
  return numbered ? stem.substr(0, digits - 1) : "";
}

class Tree {
 public:
  explicit Tree(const fs::path& dir) : dir_(dir) {
    plan_.format = "audioevent";
    plan_.keep_empty_labels = true;  // the published subsets are indices into all classes
    for (const fs::path& folder : class_folders(dir / "train", plan_.skipped)) add_training_class(folder);
    if (!is_folder(dir / "test")) {
      throw Error("{} is not a folder; expected a folder of test clips named CLASS_NUMBER.wav",
                  (dir / "test").string());
    }
    for (const fs::path& file : files_below(dir / "test", plan_.skipped)) add_test_clip(file);
    if (plan_.clips.empty()) throw Error("{} holds no clips in train/CLASS/ and test/", dir.string());
  }

  ImportPlan take() { return std::move(plan_); }

 private:
  void add_training_class(const fs::path& folder) {
    const int label = static_cast<int>(plan_.labels.size());
    plan_.labels.push_back(folder.filename().string());
    label_of_class_[plan_.labels.back()] = label;
    for (const fs::path& file : files_below(folder, plan_.skipped)) add(file, label, kTrainingPart);
  }

  void add_test_clip(const fs::path& file) {
    const std::string name = class_of_test_file(file);
    const auto known = label_of_class_.find(name);
    if (known != label_of_class_.end()) {
      add(file, known->second, kTestPart);
    } else {
      plan_.skipped.push_back(
          {name_of(file),
           fmt::format(
               "{}: train/ has no folder \"{}\"; expected a file name CLASS_NUMBER, where CLASS is a folder of train/",
               file.string(), name.empty() ? file.stem().string() : name)});
    }
  }

  // The release does not say which clips share a recording.
  void add(const fs::path& file, int label, int part) {
    const std::string name = name_of(file);
    plan_.clips.push_back({.info = {.name = name, .source = name, .label = label, .fold = part}, .file = file});
  }

  std::string name_of(const fs::path& file) const { return file.lexically_relative(dir_).string(); }

  fs::path dir_;
  ImportPlan plan_;
  std::map<std::string, int> label_of_class_;
};

}  // namespace

ImportReport import_audioevent(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  refuse_existing(out, options.existing);
  return decode_data_set(Tree(dir).take(), out, options);
}

}  // namespace stapes
