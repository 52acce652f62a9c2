// SPDX-License-Identifier: Apache-2.0
#include "data/class_manifest.h"
#include "data/import.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

// "1-100032-A-0.ogg" -> "100032": the recording a clip was cut from.
std::string source_of(const std::string& name) {
  const std::size_t from = name.find('-');
  const std::size_t to = from == std::string::npos ? from : name.find('-', from + 1);
  return to == std::string::npos ? fs::path(name).stem().string() : name.substr(from + 1, to - from - 1);
}

}  // namespace

ImportReport import_esc50(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  refuse_existing(out, options.existing);
  ImportPlan plan = plan_from_manifest({
      .format = "esc50",
      .csv = dir / "meta" / "esc50.csv",
      .name_column = "filename",
      .number_column = "target",
      .class_column = "category",
      .class_count = 50,
      .fold_count = 5,
      .file = [&](const std::string& name, int) { return dir / "audio" / name; },
      .source = [](const CsvTable& table, const CsvRow& row) { return source_of(table.at(row, "filename")); },
  });
  return decode_data_set(std::move(plan), out, options);
}

}  // namespace stapes
