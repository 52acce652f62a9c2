// SPDX-License-Identifier: Apache-2.0
#include "boards/measure_model.h"

#include "boards/tools.h"

namespace stapes {

ExportMeasure measure_model(const ModelFile& file, const Board& board, const MeasureOptions& options) {
  require_tools(board);
  return measure_export(board, export_model(file, find_target(board.name), "model"), options);
}

}  // namespace stapes
