// SPDX-License-Identifier: Apache-2.0
#include "emulate/measure_model.h"

#include "base/error.h"
#include "base/names.h"
#include "emulate/tools.h"
#include "packed/cost.h"

namespace stapes {
namespace {

void check_energy_request(const MeasureRequest& request, const fb::Model& model) {
  const EnergyRequest& energy = *request.energy;
  const EnergyBoard& board = energy.board;
  if (!request.target.empty() && find_board(request.target).name != board.target) {
    throw UsageError("--target {}: --board {} has a {}; leave out --target", request.target, board.name, board.target);
  }
  if (request.clock_hz) {
    throw UsageError("--clock: the energy of --board {} was measured at {:g} MHz; leave out --clock or --board",
                     board.name, board.clock_hz * 1e-6);
  }
  if (energy.battery && !energy.every_seconds && input_kind(model) != InputKind::kSound) {
    throw UsageError("--battery: a model that takes {} has no default period; add one such as --every 1s",
                     plural_of(input_kind(model)));
  }
}

Board board_of(const MeasureRequest& request) {
  if (!request.energy) return find_board(request.target);
  const EnergyBoard& asked = request.energy->board;
  Board board = find_board(asked.target);
  board.product = asked.chip;
  board.flash_bytes = asked.flash_bytes;
  board.ram_bytes = asked.ram_bytes;
  board.clock_hz = asked.clock_hz;
  return board;
}

Board board_with_limits(const MeasureRequest& request) {
  Board board = board_of(request);
  board.flash_bytes = request.flash_bytes.value_or(board.flash_bytes);
  board.ram_bytes = request.ram_bytes.value_or(board.ram_bytes);
  if (request.flash_bytes || request.ram_bytes) board.product = "limited by --flash or --ram";
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
  if (request.target.empty() && !request.energy) {
    throw UsageError("nothing to measure on; give --target {}, or --board {}", alternatives(board_names()),
                     alternatives(energy_board_names()));
  }
  if (request.energy) check_energy_request(request, file.model());
  const Board board = board_with_limits(request);
  if (request.clock_hz && !board.emulated())
    throw UsageError("--clock is for emulated cores; time on the host is measured; leave out --clock");
  check_hop(file.model(), request.hop_samples);
  MeasureOptions options;
  options.work = request.work;
  options.hop_samples = request.hop_samples;
  ExportMeasure cost = measure_model(file, board, options);
  const TimeEstimate time = estimate_time(cost, file.model(), request.clock_hz.value_or(0), request.hop_samples);
  std::optional<EnergyEstimate> energy;
  if (request.energy) energy = estimate_energy(*request.energy, time, file.model());
  return {std::move(cost), time, std::move(energy)};
}

bool vectors_miss_binary_layers(const Board& board, const fb::Model& model) {
  return find_target(board.name).isa == Isa::kMve && model_cost(model).binary_macs > 0;
}

}  // namespace stapes
