// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/bench_model.h"
#include "cli/command.h"
#include "cli/isa_option.h"
#include "cli/real_range.h"

namespace stapes::cli {
namespace {

struct BenchOptions {
  std::filesystem::path model;
  std::optional<Isa> isa;
  SpeedOptions speed;
};

double micros(double seconds) { return seconds * 1e6; }
double millis(double seconds) { return seconds * 1e3; }

// 0 if `whole` is 0.
double percent(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

nlohmann::json layer_json(const LayerSpeed& layer) {
  nlohmann::json json = {{"name", layer.work.name},
                         {"operator", layer.work.op},
                         {"isa", to_string(layer.work.isa)},
                         {"median_us", micros(layer.time.median_seconds)},
                         {"min_us", micros(layer.time.min_seconds)},
                         {"macs", layer.work.macs},
                         {"bytes", layer.work.bytes},
                         {"macs_per_second", layer.macs_per_second()},
                         {"bound_us", micros(layer.bound_seconds)},
                         {"percent_of_bound", percent(layer.bound_seconds, layer.time.median_seconds)}};
  if (layer.work.macs > 0) {
    json["unit"] = to_string(layer.work.unit);
    json["percent_of_peak"] = percent(layer.macs_per_second(), layer.peak_macs_per_second);
  }
  return json;
}

nlohmann::json peaks_json(const ModelBench& m) {
  nlohmann::json json;
  for (const Isa isa : m.isas) {
    nlohmann::json& row = json[to_string(isa)];
    for (int unit = 0; unit < kUnitCount; ++unit) {
      row[to_string(static_cast<Unit>(unit))] = m.peaks.macs_per_second(isa, static_cast<Unit>(unit));
    }
    row["bytes"] = m.peaks.bytes_per_second(isa);
  }
  return json;
}

nlohmann::json to_json(const ModelBench& m, int threads) {
  nlohmann::json json = {{"file", m.host->file().name()},
                         {"route", m.model().route()->str()},
                         {"isas", names_of(m.isas)},
                         {"median_ms", millis(m.speed.window.median_seconds)},
                         {"min_ms", millis(m.speed.window.min_seconds)},
                         {"bound_ms", millis(m.speed.bound_seconds)},
                         {"windows", m.speed.windows},
                         {"window_seconds", m.window_seconds()},
                         {"times_real_time", m.times_real_time()},
                         {"working_set_bytes", m.speed.working_set_bytes},
                         {"peaks_per_second", peaks_json(m)},
                         {"layers", nlohmann::json::array()}};
  for (const LayerSpeed& layer : m.speed.layers) json["layers"].push_back(layer_json(layer));
  if (threads > 1) {
    json["threads"] = threads;
    json["threads_windows_per_second"] = m.speed.threads_windows_per_second;
  }
  return json;
}

void print_layers(const ModelBench& m) {
  constexpr auto kRow = "{:<{}} {:<11} {:<14} {:>9} {:>9} {:>7} {:>9} {:>8} {:>7} {:>9} {:>9} {:>8}\n";
  std::size_t name_width = 8;
  for (const LayerSpeed& layer : m.speed.layers) name_width = std::max(name_width, layer.work.name.size());
  print_out(kRow, "layer", name_width, "operator", "kernel", "median", "minimum", "of all", "MACs", "GMAC/s", "of peak",
            "bytes", "bound", "of bound");
  print_out(kRow, "", name_width, "", "", "us", "us", "%", "millions", "", "%", "KB", "us", "%");
  for (const LayerSpeed& layer : m.speed.layers) {
    const bool macs = layer.work.macs > 0;
    const auto or_dash = [macs](int digits, double value) {
      return macs ? fmt::format("{:.{}f}", value, digits) : "-";
    };
    print_out(kRow, layer.work.name, name_width, layer.work.op, to_string(layer.work.isa),
              fmt::format("{:.1f}", micros(layer.time.median_seconds)),
              fmt::format("{:.1f}", micros(layer.time.min_seconds)),
              fmt::format("{:.1f}", percent(layer.time.median_seconds, m.speed.window.median_seconds)),
              or_dash(3, static_cast<double>(layer.work.macs) * 1e-6), or_dash(1, layer.macs_per_second() * 1e-9),
              or_dash(1, percent(layer.macs_per_second(), layer.peak_macs_per_second)),
              fmt::format("{:.1f}", static_cast<double>(layer.work.bytes) * 1e-3),
              fmt::format("{:.2f}", micros(layer.bound_seconds)),
              fmt::format("{:.1f}", percent(layer.bound_seconds, layer.time.median_seconds)));
  }
}

void print_peaks(const ModelBench& m) {
  print_out(
      "\nPeak rates of this machine on one thread, measured just now (arithmetic in GMAC/s; memory reads in GB/s, from "
      "a buffer of {:.0f} KB):\n",
      static_cast<double>(m.speed.working_set_bytes) * 1e-3);
  constexpr auto kRow = "{:<14} {:>8} {:>8} {:>8} {:>8} {:>8}\n";
  print_out(kRow, "", "fp32", "int16", "int8", "binary", "reads");
  const auto giga = [](double rate) { return fmt::format("{:.1f}", rate * 1e-9); };
  for (const Isa isa : m.isas) {
    const auto peak = [&](Unit unit) { return giga(m.peaks.macs_per_second(isa, unit)); };
    print_out(kRow, to_string(isa), peak(Unit::kF32), peak(Unit::kI16), peak(Unit::kI8), peak(Unit::kBits),
              giga(m.peaks.bytes_per_second(isa)));
  }
}

void print_speed(const ModelBench& m, int threads) {
  const bool sound = input_kind(m.model()) == InputKind::kSound;
  print_out("{}: form {}, {}, batch 1, one thread; median and minimum of {} runs\n\n", m.host->file().name(),
            m.model().route()->str(), sound ? fmt::format("window of {:.3f} s", m.window_seconds()) : "one input",
            m.speed.windows);
  print_layers(m);
  print_out("\n{}   {:.3f} ms (minimum {:.3f}){}; bound {:.3f} ms, {:.1f} % of the median\n",
            sound ? "window" : "input ", millis(m.speed.window.median_seconds), millis(m.speed.window.min_seconds),
            sound ? fmt::format(": {:.0f} times real time", m.times_real_time()) : "", millis(m.speed.bound_seconds),
            percent(m.speed.bound_seconds, m.speed.window.median_seconds));
  if (threads > 1) {
    const char* unit = sound ? "window" : "input";
    print_out("{} threads, one {} each: {:.0f} {}s/s, {:.1f} times the rate of one thread\n", threads, unit,
              m.speed.threads_windows_per_second, unit, m.threads_speedup());
  }
  print_peaks(m);
  print_out(
      "\nMeasured: times and peaks. Counted: MACs (without taps on padding) and bytes (constants, input, output). "
      "Bound: MACs at the\npeak of the kernel's instruction set, or bytes at its bandwidth, whichever takes longer.\n");
}

void bench(const BenchOptions& options, const Common& common) {
  const ModelBench measured = bench_model(options.model, options.isa, options.speed);
  if (common.json) {
    print_json(to_json(measured, options.speed.threads));
  } else {
    print_speed(measured, options.speed.threads);
  }
}

}  // namespace

void add_bench_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<BenchOptions>();
  CLI::App* command = add_common(app, "stapes bench int8.stapes --isa avx2 --seconds 3", common);
  command->add_option("MODEL", options->model, "Packed model (.stapes)")->required();
  add_isa(*command, options->isa);
  command->add_option("--seconds", options->speed.seconds, "Duration of the measurement, in seconds")
      ->check(real_range(0.01, 60))
      ->capture_default_str();
  command
      ->add_option("--threads", options->speed.threads,
                   "Threads for an additional throughput measurement, one window each")
      ->check(CLI::Range(1, kMaxThreads))
      ->capture_default_str();
  command->callback([=] { bench(*options, *common); });
}

}  // namespace stapes::cli
