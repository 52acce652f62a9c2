// SPDX-License-Identifier: Apache-2.0
#include "boards/measure_model.h"

#include "boards/scratch_folder.h"
#include "boards/tools.h"
#include "export/export_model.h"

namespace stapes {

ExportMeasure measure_model(const ModelFile& file, const Board& board, const MeasureOptions& options) {
  require_tools(board);
  const ExportedFolder exported = export_model(file, find_target(board.name), "model");
  const ScratchFolder work(options.work);
  const std::filesystem::path folder = work.path() / "export";
  write_export(exported, folder, Existing::kRefuse);
  MeasureOptions in_folder = options;
  in_folder.work = work.path() / "build";
  return measure_export(board, folder, in_folder);
}

}  // namespace stapes
