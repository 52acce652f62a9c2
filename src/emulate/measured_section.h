// SPDX-License-Identifier: Apache-2.0
// measured_section.h: the cost of a model on a board, as a section of its export's README.
#pragma once

#include <string>

#include "emulate/measure_export.h"
#include "packed/model_file.h"

namespace stapes {

// Markdown: flash, RAM and a row for each layer, with instructions on emulated cores. All figures are counted or
// measured, none estimated. Throws Error if the board computes different results.
std::string measured_section(const ModelFile& file, const ExportMeasure& measure);

}  // namespace stapes
