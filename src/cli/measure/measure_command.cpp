// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/names.h"
#include "base/quantity.h"
#include "cli/command.h"
#include "cli/measure/measure_energy.h"
#include "emulate/measure_model.h"
#include "packed/cost.h"
#include "runtime/front_end.h"

namespace stapes::cli {
namespace {

struct MeasureCommand {
  std::filesystem::path model;
  MeasureRequest request;
  EnergyOptions energy;
};

struct Measured {
  const fb::Model& model;
  const ExportMeasure& cost;
  const TimeEstimate& time;
  std::optional<EnergyReport> energy;

  bool emulated() const { return cost.board.emulated(); }
  bool is_exact() const { return !cost.run.floats; }
  int step_samples() const { return stapes::step_samples(model, plan_front_end(model)); }
};

std::int64_t macs_of(const fb::Model& model, std::size_t layer) {
  return layer_cost(model, *model.layers()->Get(static_cast<std::uint32_t>(layer))).macs;
}

double ratio(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

nlohmann::json layers_json(const Measured& m) {
  nlohmann::json layers = nlohmann::json::array();
  for (std::size_t i = 0; i < m.cost.layers.size(); ++i) {
    const LayerOutput& layer = m.cost.layers[i];
    const std::int64_t macs = macs_of(m.model, i);
    nlohmann::json row = {{"name", layer.name}, {"calls", layer.parts}, {"macs", macs}};
    row[m.emulated() ? "instructions" : "nanoseconds"] = layer.elapsed;
    if (m.emulated() && macs > 0) row["instructions_per_mac"] = ratio(layer.elapsed, macs);
    if (m.is_exact()) row["bit_equal"] = layer.checksum == layer.expected;
    layers.push_back(std::move(row));
  }
  return layers;
}

nlohmann::json estimate_json(const Measured& m) {
  nlohmann::json json = {{"window_ms", m.time.window_seconds * 1e3},
                         {"hop_samples", m.time.hop_samples},
                         {"hop_ms", m.time.hop_seconds * 1e3},
                         {"times_real_time", m.time.times_real_time}};
  if (m.emulated()) {
    json["clock_hz"] = m.time.clock_hz;
    json["cycles_per_instruction"] = m.time.cycles_per_instruction;
  }
  return json;
}

nlohmann::json hop_json(const Measured& m) {
  const HopOutput& hop = *m.cost.hop;
  const std::string unit = m.emulated() ? "instructions" : "nanoseconds";
  nlohmann::json json = {{"hop_samples", m.time.hop_samples},
                         {"block_samples", m.step_samples()},
                         {"hop_" + unit, hop.hop_cost()},
                         {"mean_push_" + unit, hop.mean_push()},
                         {"worst_push_" + unit, hop.worst},
                         {"mean_push_ms", m.time.mean_push_seconds * 1e3},
                         {"worst_push_ms", m.time.worst_push_seconds * 1e3},
                         {"arena_bytes", hop.arena_bytes},
                         {"state_bytes", hop.state_bytes},
                         {"fits", m.time.times_real_time >= 1}};
  if (m.emulated()) json["stack_bytes"] = hop.stack_bytes;
  if (m.is_exact()) json["detections_equal"] = hop.detects_like(*m.cost.expected_hop);
  return json;
}

nlohmann::json to_json(const Measured& m) {
  const ExportMeasure& cost = m.cost;
  nlohmann::json json = {{"target", cost.board.name},
                         {"core", cost.board.core},
                         {"flash_bytes", cost.flash_bytes()},
                         {"code_bytes", cost.sizes.code},
                         {"constant_bytes", cost.sizes.constants},
                         {"weight_bytes", cost.sizes.weights},
                         {"ram_bytes", cost.ram_bytes()},
                         {"arena_bytes", cost.run.arena_bytes},
                         {"state_bytes", cost.state_bytes()},
                         {"macs", model_cost(m.model).macs},
                         {"layers", layers_json(m)}};
  if (cost.hop) json["hop"] = hop_json(m);
  if (m.energy) json["energy"] = energy_json(*m.energy);
  if (m.emulated()) {
    json["instructions"] = cost.run.instructions;
    json["instructions_per_mac"] = ratio(cost.run.instructions, model_cost(m.model).macs);
    json["stack_bytes"] = cost.run.stack_bytes;
    json["estimate"] = estimate_json(m);
  } else {
    json["measured"] = estimate_json(m);
  }
  if (m.is_exact()) {
    json["bit_equal"] = !cost.first_difference().has_value();
  } else {
    json["near_enough"] = !cost.first_difference().has_value();
  }
  return json;
}

void print_layers(const Measured& m) {
  constexpr auto kRow = "{:<{}} {:>14} {:>7} {:>13} {:>11} {:>6}\n";
  std::size_t name_width = 10;
  for (const LayerOutput& layer : m.cost.layers) name_width = std::max(name_width, layer.name.size());
  print_out(kRow, "layer", name_width, m.emulated() ? "instructions" : "us", "calls", "MACs",
            m.emulated() ? "per MAC" : "", "equal");
  for (std::size_t i = 0; i < m.cost.layers.size(); ++i) {
    const LayerOutput& layer = m.cost.layers[i];
    const std::int64_t macs = macs_of(m.model, i);
    print_out(
        kRow, layer.name, name_width,
        m.emulated() ? std::to_string(layer.elapsed) : fmt::format("{:.1f}", static_cast<double>(layer.elapsed) * 1e-3),
        layer.parts, macs > 0 ? std::to_string(macs) : "-",
        m.emulated() && macs > 0 ? fmt::format("{:.3f}", ratio(layer.elapsed, macs)) : "",
        !m.is_exact()                      ? "-"
        : layer.checksum == layer.expected ? "yes"
                                           : "NO");
  }
}

// The layers may add up to more than the whole run: the hooks around them change what the compiler inlines.
void print_sum_of_layers(const Measured& m) {
  std::int64_t sum = 0;
  for (const LayerOutput& layer : m.cost.layers) sum += layer.elapsed;
  print_out("              the layers add up to {}, in a second image compiled with a counter around each call\n", sum);
}

void print_totals(const Measured& m) {
  const ExportMeasure& cost = m.cost;
  const std::int64_t macs = model_cost(m.model).macs;
  if (m.emulated()) {
    print_out("\ninstructions  {} for one window, {:.3f} per MAC ({} MACs)  [counted]\n", cost.run.instructions,
              ratio(cost.run.instructions, macs), macs);
    print_sum_of_layers(m);
  }
  print_out("\nflash         {} bytes: code {}, constants {}, weights {}  [measured]\n", cost.flash_bytes(),
            cost.sizes.code, cost.sizes.constants, cost.sizes.weights);
  if (m.emulated()) {
    print_out("RAM           {} bytes: arena {}, stack {}, state {}; {}  [measured]\n", cost.ram_bytes(),
              cost.run.arena_bytes, cost.run.stack_bytes, cost.state_bytes(), cost.input_note());
  } else {
    print_out("RAM           {} bytes without the stack: arena {}, state {}  [measured]\n", cost.ram_bytes(),
              cost.run.arena_bytes, cost.state_bytes());
  }
}

void print_time(const Measured& m) {
  const TimeEstimate& t = m.time;
  if (m.emulated()) {
    print_out("time          {:.1f} ms for one window at {:.0f} MHz  [ESTIMATE: {} cycles per instruction assumed]\n",
              t.window_seconds * 1e3, t.clock_hz * 1e-6, t.cycles_per_instruction);
  } else {
    print_out("time          {:.3f} ms for one window  [measured, median]\n", t.window_seconds * 1e3);
  }
  if (input_kind(m.model) != InputKind::kSound) return;
  print_out("live          a hop of {} samples takes {:.3g} ms: {:.3g} times real time  [{}]\n", t.hop_samples,
            t.hop_seconds * 1e3, t.times_real_time, m.emulated() ? "ESTIMATE" : "from the times above");
}

// A microphone driver must buffer the sound arriving during the worst push.
void print_pushes(const Measured& m) {
  if (!m.cost.hop) return;
  const HopOutput& hop = *m.cost.hop;
  const double block_seconds = static_cast<double>(m.step_samples()) / m.model.sample_rate_hz();
  const std::string worst = m.emulated() ? fmt::format(" ({} instructions)", hop.worst) : "";
  const std::string mean = m.emulated() ? fmt::format(" ({:.0f} instructions)", hop.mean_push()) : "";
  print_out("pushes        of {} samples, with the detector: mean {:.3g} ms{}, worst {:.3g} ms{}  [{}]\n",
            m.step_samples(), m.time.mean_push_seconds * 1e3, mean, m.time.worst_push_seconds * 1e3, worst,
            m.emulated() ? "instructions: counted; times: ESTIMATE" : "measured");
  print_out("              blocks of this size arriving during the worst push: {}\n",
            static_cast<std::int64_t>(std::ceil(m.time.worst_push_seconds / block_seconds)));
  print_out("listening     RAM {} bytes{}: arena {}, {}detector {}  [measured]\n",
            hop.arena_bytes + hop.stack_bytes + hop.state_bytes, m.emulated() ? "" : " without the stack",
            hop.arena_bytes, m.emulated() ? fmt::format("stack {}, ", hop.stack_bytes) : "", hop.state_bytes);
}

void warn_if_late(const Measured& m) {
  if (!m.cost.hop || m.time.times_real_time >= 1) return;
  const double hop_ms = 1e3 * m.time.hop_samples / m.model.sample_rate_hz();
  print_notice("warning", fmt::format("too slow for real time: a hop of {:.3g} ms takes {:.3g} ms on {}; choose a "
                                      "longer --hop{} or a smaller model",
                                      hop_ms, m.time.hop_seconds * 1e3, m.cost.board.name,
                                      m.emulated() ? ", a faster clock" : ""));
}

void print_equality(const Measured& m) {
  const auto difference = m.cost.first_difference();
  if (difference) return;  // reported as an error
  const char* equal = m.cost.hop ? "every layer, score and detection equals the host's bit for bit"
                                 : "every layer and score equals the host's bit for bit";
  const char* close = m.cost.hop ? "scores close to the host's (float results are not equal bit for bit; detections "
                                   "are not compared)"
                                 : "scores close to the host's (float results are not equal bit for bit)";
  print_out("result        {}  [measured]\n", m.is_exact() ? equal : close);
}

void print_note_on_vectors(const Measured& m) {
  if (!vectors_miss_binary_layers(m.cost.board, m.model)) return;
  print_out(
      "note          this core's vector unit runs 8-bit layers but not binary ones: the same network in 8 bits may be "
      "as fast\n");
}

void print_measure(const Measured& m, const std::string& file) {
  print_out("{}: form {}, {} of {} {}, on {}{}\n\n", file, m.model.route()->str(),
            m.model.features() ? "input" : "window", m.model.window_samples(),
            m.model.features() ? "features" : "samples", m.cost.board.core, m.emulated() ? " in QEMU" : "");
  print_layers(m);
  print_totals(m);
  print_time(m);
  print_pushes(m);
  if (m.energy) print_energy(*m.energy);
  print_equality(m);
  print_note_on_vectors(m);
}

void measure(const MeasureCommand& command, const Common& common) {
  const ModelFile file(command.model);
  MeasureRequest request = command.request;
  request.energy = command.energy.request();
  const auto [cost, time, energy] = measure_as_asked(file, request);
  std::optional<EnergyReport> report;
  if (energy) {
    report.emplace(EnergyReport{*request.energy, *energy, time.clock_hz, time.cycles_per_instruction,
                                input_kind(file.model()) == InputKind::kSound});
  }
  const Measured measured{file.model(), cost, time, report};
  if (common.json) {
    print_json(to_json(measured));
  } else {
    print_measure(measured, file.name());
  }
  warn_if_late(measured);
  if (measured.energy) warn_if_it_cannot_keep_up(*measured.energy);
  const auto difference = cost.first_difference();
  if (!difference) return;
  report_failure(
      fmt::format(
          "{}: the exported model gives different results on {} than the packed model; the first difference is in {}",
          file.name(), cost.board.name, *difference)
          .c_str());
  throw CLI::RuntimeError(1);
}

void add_product_options(CLI::App& command, MeasureRequest& request) {
  const Heading heading(command, "Clock and memory of the product");
  const auto add = [&](const std::string& name, const std::string& help, const char* type, const auto& read) {
    command.add_option_function<std::string>(name, read, help)->type_name(type);
  };
  add("--clock", "Clock for the time estimate, in Hz, e.g. 84M (default: typical for the core)", "HZ",
      [&request](const std::string& text) { request.clock_hz = static_cast<double>(parse_count(text, "--clock")); });
  add("--flash", "Flash limit, in bytes, e.g. 512K (default: typical for the core)", "BYTES",
      [&request](const std::string& text) { request.flash_bytes = parse_bytes(text, "--flash"); });
  add("--ram", "RAM limit, in bytes, e.g. 64K (default: typical for the core)", "BYTES",
      [&request](const std::string& text) { request.ram_bytes = parse_bytes(text, "--ram"); });
}

}  // namespace

void add_measure_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<MeasureCommand>();
  CLI::App* command = add_common(app, "stapes measure int8.stapes --target cortex-m4 --hop 4000", common);
  command->add_option("MODEL", options->model, "Packed model (.stapes)")->required();
  MeasureRequest& request = options->request;
  command->add_option(
      "--target", request.target,
      "Core to measure on " + braced(board_names()) + "; cortex-m means cortex-m4, riscv means riscv32");
  command->add_option("--hop", request.hop_samples, "Hop of live listening, in samples (default: one window)")
      ->check(CLI::Range(1, 1 << 24));
  command->add_option("--keep", request.work, "New folder for the export, object files and firmware images")
      ->type_name(kPathType);
  add_product_options(*command, request);
  add_energy_options(*command, options->energy);
  command->callback([=] { measure(*options, *common); });
}

}  // namespace stapes::cli
