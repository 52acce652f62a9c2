// SPDX-License-Identifier: Apache-2.0
// measure_model.h: a packed model, exported for a board and measured there.
#pragma once

#include "boards/measure_export.h"
#include "packed/model_file.h"

namespace stapes {

// The same as measure_export(), of an export made for the board. Throws Error, also where export refuses the model.
ExportMeasure measure_model(const ModelFile& file, const Board& board, const MeasureOptions& options);

}  // namespace stapes
