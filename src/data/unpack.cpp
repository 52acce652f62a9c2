// SPDX-License-Identifier: Apache-2.0
#include "data/unpack.h"

#include <fmt/format.h>

#include <string>

#include "audio/wav_file.h"
#include "base/error.h"
#include "base/text.h"
#include "data/formats/csv.h"

namespace stapes {
namespace {

namespace fs = std::filesystem;

// Numbered, since different class names may give the same file name.
fs::path folder_of(const DataSet& data, int label) {
  return fmt::format("{}-{}", label, for_file_name(data.labels()[static_cast<std::size_t>(label)]));
}

}  // namespace

std::size_t unpack_data_set(const DataSet& data, int fold, const fs::path& out, Existing existing) {
  if (data.kind() != InputKind::kSound) {
    throw UsageError("this data set holds {}; only sound can be unpacked", plural_of(data.kind()));
  }
  std::size_t written = 0;
  for (const ClipView& clip : data.clips()) written += fold == 0 || clip.fold == fold ? 1 : 0;
  if (written == 0) throw UsageError("--fold {}: the data set has no clips in this fold", fold);
  write_folder(out, existing, kUnpackedListName, [&](const fs::path& partial) {
    std::string list = "file,name,class,source,fold\n";
    for (std::size_t i = 0; i < data.clips().size(); ++i) {
      const ClipView& clip = data.clips()[i];
      if (fold != 0 && clip.fold != fold) continue;
      const fs::path folder = folder_of(data, clip.label);
      const std::string stem = fs::path(std::string(clip.name)).stem().string();
      const fs::path file = folder / fmt::format("{:06}-{}.wav", i, for_file_name(stem));
      fs::create_directories(partial / folder);
      write_file(partial / file, wav_file(clip.samples, data.sample_rate_hz()), Existing::kRefuse);
      list += fmt::format("{},{},{},{},{}\n", csv_field(file.generic_string()), csv_field(clip.name),
                          csv_field(data.labels()[static_cast<std::size_t>(clip.label)]), csv_field(clip.source),
                          clip.fold);
    }
    write_text_file(partial / kUnpackedListName, list, Existing::kRefuse);
  });
  return written;
}

}  // namespace stapes
