// SPDX-License-Identifier: Apache-2.0
#include "emulate/measure_export.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "emulate/scratch_folder.h"

namespace stapes {
namespace {

bool fits(const ExportMeasure& measure, const Board& board) {
  return measure.flash_bytes() <= board.flash_bytes && measure.ram_bytes() <= board.ram_bytes;
}

// "RAM needed: 45000 bytes, 32768 available, 12232 too many"
std::string excess(const char* memory, std::int64_t needed, std::int64_t there) {
  return fmt::format("{} needed: {} bytes, {} available, {} too many", memory, needed, there, needed - there);
}

std::string boards_that_hold(const ExportMeasure& measure) {
  std::vector<std::string> names;
  for (const Board& board : boards()) {
    if (board.emulated() && fits(measure, board)) names.push_back(fmt::format("{} ({})", board.name, board.product));
  }
  if (names.empty()) return "no target has enough";
  return fmt::format("targets with enough memory: {}", fmt::join(names, ", "));
}

}  // namespace

std::optional<std::string> ExportMeasure::first_difference() const {
  if (run.floats) return run.failed_self_test == 0 ? std::nullopt : std::optional<std::string>("scores");
  for (const LayerOutput& layer : layers) {
    if (layer.checksum != layer.expected) return layer.name;
  }
  for (const ComparedScore& score : run.scores) {
    if (score.got != score.expected) return "scores";
  }
  if (hop && !hop->detects_like(*expected_hop)) return "the detections";
  return std::nullopt;
}

ExportMeasure measure_export(const Board& board, const ExportedFolder& exported, const MeasureOptions& options) {
  const ScratchFolder work(options.work);
  const std::filesystem::path folder = work.path() / "export", build = work.path() / "build";
  write_export(exported, folder, Existing::kRefuse);
  std::filesystem::create_directory(build);
  const ModelImages images = build_model_images(board, {exported, folder}, build, options.hop_samples);
  ExportMeasure measure{board, images.sizes, {}, {}, {}, {}};
  if (options.must_fit) require_fit(measure);
  measure.run = parse_run(run_image(board, images.plain, options.limit));
  if (options.must_fit) require_fit(measure);
  if (!images.hop.empty()) measure.hop = parse_hop(run_image(board, images.hop, options.limit));
  measure.layers = parse_layers(run_image(board, images.traced, options.limit));
  return measure;
}

void require_fit(const ExportMeasure& measure) {
  const Board& board = measure.board;
  if (!board.emulated() || fits(measure, board)) return;
  const std::string what = measure.ram_bytes() > board.ram_bytes
                               ? excess("RAM", measure.ram_bytes(), board.ram_bytes)
                               : excess("flash", measure.flash_bytes(), board.flash_bytes);
  throw Error("{} ({}) has too little memory; {}; {}; set other limits with --flash and --ram", board.name,
              board.product, what, boards_that_hold(measure));
}

}  // namespace stapes
