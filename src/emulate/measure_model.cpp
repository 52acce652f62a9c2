// SPDX-License-Identifier: Apache-2.0
#include "emulate/measure_model.h"

#include "base/error.h"
#include "emulate/tools.h"
#include "packed/cost.h"

namespace stapes {
namespace {

Board board_with_limits(const MeasureRequest& request) {
  Board board = find_board(request.target);
  board.flash_bytes = request.flash_bytes.value_or(board.flash_bytes);
  board.ram_bytes = request.ram_bytes.value_or(board.ram_bytes);
  if (request.flash_bytes || request.ram_bytes) board.product = "with the memory given";
  return board;
}

}  // namespace

ExportMeasure measure_model(const ModelFile& file, const Board& board, const MeasureOptions& options) {
  require_tools(board);
  const ExportedFolder exported = export_model(file, find_target(board.name), "model");
  MeasureOptions possible = options;
  if (!has_hop(exported, file.model(), options.hop_samples)) possible.hop_samples = 0;
  ExportMeasure measure = measure_export(board, exported, possible);
  if (measure.hop) measure.expected_hop = expected_hop(file, options.hop_samples);
  return measure;
}

ModelMeasure measure_as_asked(const ModelFile& file, const MeasureRequest& request) {
  const Board board = board_with_limits(request);
  if (request.clock_hz && !board.emulated()) throw UsageError("--clock: time on the host is measured");
  check_hop(file.model(), request.hop_samples);
  MeasureOptions options;
  options.work = request.work;
  options.hop_samples = request.hop_samples;
  ExportMeasure cost = measure_model(file, board, options);
  const TimeEstimate time = estimate_time(cost, file.model(), request.clock_hz.value_or(0), request.hop_samples);
  return {std::move(cost), time};
}

bool vectors_miss_binary_layers(const Board& board, const fb::Model& model) {
  return find_target(board.name).isa == Isa::kMve && model_cost(model).binary_macs > 0;
}

}  // namespace stapes
