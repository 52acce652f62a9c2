// SPDX-License-Identifier: Apache-2.0
#include "emulate/measured_section.h"

#include <fmt/format.h>

#include "base/error.h"
#include "export/names.h"
#include "packed/cost.h"

namespace stapes {
namespace {

std::string layer_row(const fb::Model& model, std::uint32_t i, const LayerOutput& measured, bool counted) {
  const std::int64_t macs = layer_cost(model, *model.layers()->Get(i)).macs;
  const std::string cost =
      counted ? std::to_string(measured.elapsed) : fmt::format("{:.1f}", static_cast<double>(measured.elapsed) * 1e-3);
  const std::string a_mac =
      macs > 0 ? fmt::format("{:.3f}", static_cast<double>(measured.elapsed) / static_cast<double>(macs)) : "";
  return fmt::format("| {} | {} | {} |{}\n", plain_text(measured.name), macs > 0 ? std::to_string(macs) : "", cost,
                     counted ? fmt::format(" {} |", a_mac) : "");
}

}  // namespace

std::string measured_section(const ModelFile& file, const ExportMeasure& measure) {
  const Board& board = measure.board;
  if (const auto difference = measure.first_difference()) {
    throw Error(
        "{}: the exported model gives different results on {} than the packed model; the first difference is in {}",
        file.name(), board.name, *difference);
  }
  const bool counted = board.emulated();
  std::string text = fmt::format("Measured on {}{}: one window of self-test input.\n\n",
                                 counted ? board.core : "the exporting machine", counted ? ", emulated" : "");
  text += fmt::format("- flash {} bytes: code {}, constants {}, weights {}\n", measure.flash_bytes(),
                      measure.sizes.code, measure.sizes.constants, measure.sizes.weights);
  text += counted ? fmt::format(
                        "- RAM {} bytes: arena {}, stack {}, state {}; {}\n- {} "
                        "instructions\n",
                        measure.ram_bytes(), measure.run.arena_bytes, measure.run.stack_bytes, measure.state_bytes(),
                        measure.input_note(), measure.run.instructions)
                  : fmt::format("- RAM {} bytes without the stack: arena {}, state {}\n- {:.3f} ms\n",
                                measure.ram_bytes(), measure.run.arena_bytes, measure.state_bytes(),
                                static_cast<double>(measure.run.nanoseconds) * 1e-6);
  text += measure.run.floats ? "- scores close to those on the exporting machine\n\n"
                             : "- every layer and score equals the exporting machine's bit for bit\n\n";
  text += counted ? "| layer | MACs | instructions | per MAC |\n|---|---|---|---|\n"
                  : "| layer | MACs | us |\n|---|---|---|\n";
  for (std::uint32_t i = 0; i < measure.layers.size(); ++i) {
    text += layer_row(file.model(), i, measure.layers[i], counted);
  }
  return text;
}

}  // namespace stapes
