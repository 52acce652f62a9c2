// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "base/error.h"
#include "data/formats/class_manifest.h"
#include "data/formats/data_folder.h"
#include "data/formats/import.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr const char* kEsc50Table = "esc50.csv";

// "1-100032-A-0.ogg" -> "100032"
std::string source_of(const std::string& name) {
  const std::size_t from = name.find('-');
  const std::size_t to = from == std::string::npos ? from : name.find('-', from + 1);
  return to == std::string::npos ? fs::path(name).stem().string() : name.substr(from + 1, to - from - 1);
}

struct Esc50Layout {
  fs::path table, audio;
};

bool has_recordings(const fs::path& dir) {
  std::error_code error;
  return std::any_of(fs::directory_iterator(dir, error), {},
                     [](const fs::directory_entry& entry) { return is_recording(entry.path()); });
}

// Some copies have esc50.csv and audio/audio/ instead of meta/esc50.csv and audio/.
Esc50Layout find_esc50(const fs::path& dir) {
  for (const fs::path& root : roots_of(dir)) {
    for (const fs::path& table : {root / "meta" / kEsc50Table, root / kEsc50Table}) {
      if (!is_there(table)) continue;
      const fs::path audio = root / "audio", deeper = audio / "audio";
      return {table, !has_recordings(audio) && has_recordings(deeper) ? deeper : audio};
    }
  }
  throw Error("{} is not ESC-50: looked in it for audio/ and for meta/{} or {}; found {}", dir.string(), kEsc50Table,
              kEsc50Table, contents_of(dir));
}

}  // namespace

ImportReport import_esc50(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  refuse_existing(out, options.existing);
  const Esc50Layout layout = find_esc50(dir);
  ImportPlan plan = plan_from_manifest({
      .format = "esc50",
      .csv = layout.table,
      .name_column = "filename",
      .number_column = "target",
      .class_column = "category",
      .class_count = 50,
      .fold_count = 5,
      .file = [&](const std::string& name, int) { return layout.audio / name; },
      .source = [](const CsvTable& table, const CsvRow& row) { return source_of(table.at(row, "filename")); },
  });
  return decode_data_set(std::move(plan), out, options);
}

}  // namespace stapes
