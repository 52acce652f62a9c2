// SPDX-License-Identifier: Apache-2.0
// background.h: turns long recordings without events into clips of the class `background`.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "data/data_set_writer.h"
#include "data/formats/import.h"

namespace stapes {

// Lists the recordings in options.background.folder with their sources (source_pattern, or default_sources.h), and
// assigns each source to a fold of `plan`, balancing folds by file size. Adds skipped files to the plan and, if
// missing, the label kBackgroundClass. Throws Error if there are no files.
std::vector<ClipPlan> plan_backgrounds(ImportPlan& plan, const ImportOptions& options);

struct BackgroundCounts {
  std::size_t recordings = 0, pieces = 0;
  std::map<int, std::size_t> pieces_per_fold = {};
  double seconds = 0;
};

// Decodes the recordings in parallel and cuts each into pieces of equal length, from piece_seconds to twice as long; a
// shorter recording stays whole. Skips and reports recordings that are silent or shorter than the window, and silent
// pieces. Throws Error if nothing remains.
//   folder  for temporary files
//   done    called after each recording
BackgroundCounts write_backgrounds(const std::vector<ClipPlan>& recordings, const ImportOptions& options,
                                   const std::filesystem::path& folder, DataSetWriter& writer, ImportReport& report,
                                   const std::function<void()>& done);

}  // namespace stapes
