// SPDX-License-Identifier: Apache-2.0
// measure_model.h: a packed model, exported for a board and measured there.
#pragma once

#include "emulate/energy_estimate.h"
#include "emulate/measure_export.h"
#include "emulate/time_estimate.h"
#include "packed/model_file.h"

namespace stapes {

// The same as measure_export(), of an export made for the board. Throws Error, also where export refuses the model.
ExportMeasure measure_model(const ModelFile& file, const Board& board, const MeasureOptions& options);

struct MeasureRequest {
  std::string target;                                  // find_board() knows it; empty: that of energy->board
  std::optional<std::int64_t> flash_bytes, ram_bytes;  // limits instead of the product's
  std::optional<double> clock_hz;                      // for the estimate; nothing = the product's
  int hop_samples = 0;                                 // 0 = a window
  std::optional<std::filesystem::path> work;           // as MeasureOptions
  std::optional<EnergyRequest> energy;                 // estimate it; limits and clock are then those of its board
};

struct ModelMeasure {
  ExportMeasure cost;
  TimeEstimate time;
  std::optional<EnergyEstimate> energy;
};

// Measures, and estimates time and energy. Throws UsageError before anything is built where the request makes no sense.
ModelMeasure measure_as_asked(const ModelFile& file, const MeasureRequest& request);

// Whether the board has vectors that only the 8-bit layers of the model use, so that the same network in 8 bits may
// take no more.
bool vectors_miss_binary_layers(const Board& board, const fb::Model& model);

}  // namespace stapes
