// SPDX-License-Identifier: Apache-2.0
// measured_section.h: a model's cost on a board, as a section of the export's README.
#pragma once

#include <string>

#include "emulate/measure_export.h"
#include "packed/model_file.h"

namespace stapes {

// Markdown with flash, RAM and a row per layer. All figures are counted or measured, none estimated. Throws Error if
// the board computes different results.
std::string measured_section(const ModelFile& file, const ExportMeasure& measure);

}  // namespace stapes
