// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "data/class_manifest.h"
#include "data/import.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

// The number of the Freesound recording a slice was cut from.
std::string recording_of(const CsvTable& table, const CsvRow& row) {
  const std::string& recording = table.at(row, "fsID");
  if (recording.empty()) table.refuse(row, "the fsID is empty; expected the number of a recording");
  return recording;
}

}  // namespace

ImportReport import_urbansound8k(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  refuse_existing(out, options.existing);
  ImportPlan plan = plan_from_manifest({
      .format = "urbansound8k",
      .csv = dir / "metadata" / "UrbanSound8K.csv",
      .name_column = "slice_file_name",
      .number_column = "classID",
      .class_column = "class",
      .class_count = 10,
      .fold_count = 10,
      .file = [&](const std::string& name, int fold) { return dir / "audio" / fmt::format("fold{}", fold) / name; },
      .source = recording_of,
  });
  return decode_data_set(std::move(plan), out, options);
}

}  // namespace stapes
