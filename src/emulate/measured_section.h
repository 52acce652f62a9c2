// SPDX-License-Identifier: Apache-2.0
// measured_section.h: the cost of a model on a board, as a section of its export's README.
#pragma once

#include <string>

#include "emulate/measure_export.h"
#include "packed/model_file.h"

namespace stapes {

// Markdown: flash, RAM and a row for each layer; on an emulated core its instructions. All are counted or measured,
// none estimated. Throws Error if the export computes different results there.
std::string measured_section(const ModelFile& file, const ExportMeasure& measure);

}  // namespace stapes
