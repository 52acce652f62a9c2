// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <vector>

#include "base/error.h"
#include "data/formats/class_manifest.h"
#include "data/formats/data_folder.h"
#include "data/formats/import.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr const char* kUrbanSoundTable = "UrbanSound8K.csv";
constexpr int kFolds = 10;

std::string recording_of(const CsvTable& table, const CsvRow& row) {
  const std::string& recording = table.at(row, "fsID");
  if (recording.empty()) table.refuse(row, "the fsID is empty; expected the number of a recording");
  return recording;
}

struct UrbanSoundLayout {
  fs::path table, folds;
};

bool has_a_fold(const fs::path& dir) {
  for (int fold = 1; fold <= kFolds; ++fold) {
    if (is_folder(dir / fmt::format("fold{}", fold))) return true;
  }
  return false;
}

// In some copies, the table or the folds are one level up.
UrbanSoundLayout find_urbansound8k(const fs::path& dir) {
  for (const fs::path& root : roots_of(dir)) {
    for (const fs::path& table : {root / "metadata" / kUrbanSoundTable, root / kUrbanSoundTable}) {
      for (const fs::path& folds : {root / "audio", root}) {
        if (is_there(table) && has_a_fold(folds)) return {table, folds};
      }
    }
  }
  throw Error(
      "{} is not UrbanSound8K: looked in it for metadata/{} or {}, and for fold1 ... fold10 in audio/ or next to "
      "the table; found {}",
      dir.string(), kUrbanSoundTable, kUrbanSoundTable, contents_of(dir));
}

}  // namespace

ImportReport import_urbansound8k(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  refuse_existing(out, options.existing);
  const UrbanSoundLayout layout = find_urbansound8k(dir);
  ImportPlan plan = plan_from_manifest({
      .format = "urbansound8k",
      .csv = layout.table,
      .name_column = "slice_file_name",
      .number_column = "classID",
      .class_column = "class",
      .class_count = 10,
      .fold_count = kFolds,
      .file = [&](const std::string& name, int fold) { return layout.folds / fmt::format("fold{}", fold) / name; },
      .source = recording_of,
  });
  return decode_data_set(std::move(plan), out, options);
}

}  // namespace stapes
