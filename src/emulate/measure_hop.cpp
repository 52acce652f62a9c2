// SPDX-License-Identifier: Apache-2.0
#include "emulate/measure_hop.h"

#include <cmath>
#include <sstream>

#include "base/error.h"
#include "export/device/self_test_sample.h"
#include "export/self_test_vectors.h"
#include "runtime/detector_plan.h"
#include "runtime/front_end.h"
#include "runtime/host_model.h"
#include "stapes/detector.h"

namespace stapes {
namespace {

constexpr int kCountedHops = 4;  // as in firmware/measure_hop.cpp

// The settings of firmware/measure_hop.cpp. `defaults` are those of the default hop, so the mean always covers the same
// number of windows.
void set_low_thresholds(Detector& detector, const DetectorRules& defaults) {
  DetectorSettings settings = detector.settings();
  settings.average_windows = defaults.average_windows;
  settings.refractory_windows = settings.minimum_windows = 1;
  settings.gate_class = -1;
  settings.hysteresis = 0;
  Status status = detector.set(settings);
  for (int c = 0; c < detector.class_count(); ++c) {
    if (status == Status::kOk) status = detector.set_threshold(c, Detector::kLevel);
  }
  if (status != Status::kOk) throw Error("cannot set up the detector: {}", to_string(status));
}

std::uint32_t add_means(std::uint32_t hash, const Detector& detector) {
  for (int c = 0; c < detector.class_count(); ++c) {
    const auto mean = static_cast<std::uint32_t>(std::lround(detector.mean(c) * 65536));
    const unsigned char bytes[] = {static_cast<unsigned char>(mean & 0xFF), static_cast<unsigned char>(mean >> 8)};
    hash = fnv1a(hash, bytes, sizeof bytes);
  }
  return hash;
}

}  // namespace

HopOutput expected_hop(const ModelFile& file, int hop_samples) {
  DetectorPlan defaults;
  Status status = plan_detector(file.model(), 0, defaults);
  const Detector::Size size{.hop_samples = hop_samples, .max_windows = Detector::kMaxWindows};
  const std::size_t bytes = Detector::arena_bytes(file.blob(), size);
  const AlignedBytes arena = allocate_aligned(std::max<std::size_t>(bytes, 1));
  Detector detector;
  if (status == Status::kOk) status = detector.load(file.blob(), {arena.get(), bytes}, size);
  if (status != Status::kOk)
    throw Error("{} cannot listen at a hop of {} samples: {}", file.name(), hop_samples, to_string(status));
  set_low_thresholds(detector, defaults.rules);
  HopOutput output;
  output.means = kFnvStart;
  std::uint32_t next = 0;
  for (int hop = 0; hop <= kCountedHops; ++hop) {
    std::vector<std::int16_t> pcm(static_cast<std::size_t>(hop == 0 ? detector.window_samples() : hop_samples));
    for (std::int16_t& sample : pcm) sample = self_test_sample(next++);
    for (std::span<const std::int16_t> rest = pcm; !rest.empty();) {
      Detection found;
      const auto [taken, scored, detected] = detector.push_pcm(rest, found);
      rest = rest.subspan(taken);
      if (!detected) continue;
      output.events.push_back(
          {found.class_index, std::lround(found.score * 65536), static_cast<std::int64_t>(found.end_sample)});
    }
    output.means = add_means(output.means, detector);
  }
  return output;
}

HopOutput parse_hop(const std::vector<std::string>& lines) {
  HopOutput output;
  for (const std::string& line : lines) {
    std::istringstream words(line);
    std::string key, more;
    words >> key;
    std::int64_t* const number = key == "hops"          ? &output.hops
                                 : key == "pushes"      ? &output.pushes
                                 : key == "total"       ? &output.total
                                 : key == "worst"       ? &output.worst
                                 : key == "stack_bytes" ? &output.stack_bytes
                                 : key == "arena_bytes" ? &output.arena_bytes
                                 : key == "state_bytes" ? &output.state_bytes
                                                        : nullptr;
    if (number != nullptr) {
      words >> *number;
    } else if (key == "means") {
      words >> std::hex >> output.means;
    } else if (key == "event") {
      HopOutput::Event event{};
      words >> event.label >> event.score >> event.end_sample;
      output.events.push_back(event);
    } else {
      words.setstate(std::ios::failbit);
    }
    if (words.fail() || words >> more) throw Error("the image printed an unexpected line: '{}'", line);
  }
  if (output.hops < 1 || output.pushes < 1 || output.total < 1) throw Error("the image reported no hops");
  return output;
}

bool has_hop(const ExportedFolder& exported, const fb::Model& model, int hop_samples) {
  const int step = step_samples(model, plan_front_end(model));
  return hop_samples > 0 && step > 0 && hop_samples % step == 0 &&
         exported.files.contains("src/" + exported.name + "_detector.cpp");
}

}  // namespace stapes
