// SPDX-License-Identifier: Apache-2.0
// background.h: turns long recordings into clips of the class `background`.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "data/data_set_writer.h"
#include "data/formats/import.h"

namespace stapes {

// Lists the recordings in options.background.folder and assigns each source to a fold of `plan`, balanced by file size.
// Adds skipped files and the label kBackgroundClass to the plan. Throws Error if there are no files.
std::vector<ClipPlan> plan_backgrounds(ImportPlan& plan, const ImportOptions& options);

struct BackgroundCounts {
  std::size_t recordings = 0, pieces = 0;
  std::map<int, std::size_t> pieces_per_fold = {};
  double seconds = 0;
};

// Decodes the recordings in parallel and cuts each into equal pieces, each at least piece_seconds and less than twice
// that long; a shorter recording stays whole. Skips and reports silent pieces, silent recordings and recordings shorter
// than the window. Throws Error if nothing remains.
//   folder  for temporary files
//   done    called after each recording
BackgroundCounts write_backgrounds(const std::vector<ClipPlan>& recordings, const ImportOptions& options,
                                   const std::filesystem::path& folder, DataSetWriter& writer, ImportReport& report,
                                   const std::function<void()>& done);

}  // namespace stapes
