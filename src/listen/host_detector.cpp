// SPDX-License-Identifier: Apache-2.0
#include "listen/host_detector.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/names.h"
#include "base/number.h"
#include "packed/limits.h"
#include "packed/writer.h"
#include "runtime/detector_plan.h"

namespace stapes {
namespace {

std::int64_t samples_in(double ms, int sample_rate_hz) { return std::llround(ms * sample_rate_hz / 1000); }

int hop_for(const HostModel& model, const DetectorOptions& options) {
  if (!options.latency_ms) return 0;
  const int step = StreamClassifier::step_samples(model.prepared());
  if (step == 0) return 0;  // load() reports the reason
  const auto wanted = samples_in(*options.latency_ms, model.file().model().sample_rate_hz());
  return StreamClassifier::nearest_hop_samples(step, static_cast<int>(std::min<std::int64_t>(wanted, 1 << 30)));
}

// Windows per mean, from the options or the model.
int windows_for(const HostModel& model, const DetectorOptions& options, const DetectorPlan& plan) {
  if (!options.average_ms) return plan.rules.average_windows;
  const int rate = model.file().model().sample_rate_hz();
  return average_windows(samples_in(*options.average_ms, rate), plan.hop_samples);
}

std::uint16_t stored_level(float level) {
  return static_cast<std::uint16_t>(level == Detector::kNever ? kNeverDetected
                                                              : std::min(std::lround(level * 65536.0f), 65535l));
}

std::int32_t stored_samples(std::int64_t samples) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
  if (samples <= kMax) return static_cast<std::int32_t>(samples);
  throw UsageError(
      "cannot save a time of {} samples; expected at most {}; choose a shorter --average or "
      "--suppress",
      samples, kMax);
}

[[noreturn]] void refuse_unsupported(const HostModel& model) {
  const std::string& name = model.file().name();
  if (StreamClassifier::step_samples(model.prepared()) == 0) {
    throw Error(
        "{} cannot be streamed: it does not begin with unpadded convolutions along the waveform, so its windows share "
        "no columns",
        name);
  }
  throw Error("cannot listen with {}: it has {} classes; expected at most {}", name,
              model.file().model().labels()->size(), kMaxSoftmaxChannels);
}

}  // namespace

ClassThreshold parse_threshold(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  const std::string label = equals == std::string::npos ? "" : text.substr(0, equals);
  const std::string level = equals == std::string::npos ? text : text.substr(equals + 1);
  if (level == "off" && !label.empty()) return {label, Detector::kNever};
  const std::optional<float> value = number_in<float>(level);
  if (!value || !(*value >= 0 && *value <= 1) || equals == 0) {
    throw UsageError("invalid threshold '{}'; expected a number from 0 to 1, CLASS=NUMBER or CLASS=off", text);
  }
  return {label, *value};
}

double parse_gate_level(const std::string& text) {
  constexpr double kQuietestDbfs = -96;  // RMS of half a step of 16-bit PCM
  if (text == "off") return 0;
  const std::optional<double> dbfs = number_in<double>(text);
  if (!dbfs || !(*dbfs >= kQuietestDbfs && *dbfs <= 0)) {
    throw UsageError("invalid level '{}' for --gate-level; expected dBFS from {} to 0, or off", text, kQuietestDbfs);
  }
  return std::pow(10, *dbfs / 10);
}

HostDetector::HostDetector(std::shared_ptr<const HostModel> model, const DetectorOptions& options)
    : model_(std::move(model)), detector_(std::make_unique<Detector>()) {
  const std::string& name = model_->file().name();
  if (input_kind(this->model()) != InputKind::kSound) {
    throw Error("{} takes {}; expected an audio model", name, plural_of(input_kind(this->model())));
  }
  DetectorPlan plan;
  const Status planned = plan_detector(this->model(), hop_for(*model_, options), plan);
  if (planned == Status::kUnsupported) refuse_unsupported(*model_);
  if (planned == Status::kBadSetting) {
    throw UsageError(
        "the average stored in {} would cover more than {} scores; choose a longer --latency, or first "
        "store a shorter --average with --save",
        name, Detector::kMaxWindows);
  }
  if (planned != Status::kOk) throw Error("cannot listen with {}: {}", name, to_string(planned));
  const int windows = windows_for(*model_, options, plan);
  if (windows > Detector::kMaxWindows) {
    throw UsageError("the average would cover more than {} scores; choose a shorter --average or a longer --latency",
                     Detector::kMaxWindows);
  }
  const Detector::Size size{.hop_samples = plan.hop_samples,
                            .max_windows = std::max(windows, plan.rules.average_windows)};
  const std::size_t bytes = Detector::arena_bytes(model_->prepared(), size);
  arena_ = allocate_aligned(std::max<std::size_t>(bytes, 1));
  const Status loaded = detector_->load(model_->prepared(), {arena_.get(), bytes}, size);
  if (loaded != Status::kOk) throw Error("cannot listen with {}: {}", name, to_string(loaded));
  set(options);
}

int HostDetector::class_called(const std::string& label) const {
  std::vector<std::string> labels;
  for (const auto* known : *model().labels()) labels.push_back(known->str());
  const auto found = std::ranges::find(labels, label);
  if (found == labels.end()) refuse_unknown_name("class", label, labels);
  return static_cast<int>(found - labels.begin());
}

void HostDetector::set(const DetectorOptions& options) {
  for (const ClassThreshold& wanted : options.thresholds) {
    const int first = wanted.label.empty() ? 0 : class_called(wanted.label);
    const int last = wanted.label.empty() ? detector_->class_count() - 1 : first;
    for (int c = first; c <= last; ++c) {
      if (detector_->set_threshold(c, wanted.threshold) != Status::kOk) {
        throw UsageError("a threshold of {} is out of range; expected 0 to 1", wanted.threshold);
      }
    }
  }
  DetectorSettings settings = detector_->settings();
  const int hop = detector_->hop_samples();
  if (options.average_ms)
    settings.average_windows = average_windows(samples_in(*options.average_ms, sample_rate_hz()), hop);
  if (options.suppress_ms)
    settings.refractory_windows = refractory_windows(samples_in(*options.suppress_ms, sample_rate_hz()), hop);
  settings.minimum_windows =
      std::min(options.minimum_windows.value_or(settings.minimum_windows), settings.average_windows);
  if (options.hysteresis) settings.hysteresis = static_cast<float>(*options.hysteresis);
  if (options.gate) {
    settings.gate_class = class_called(options.gate->label);
    settings.gate_threshold = options.gate->threshold;
  }
  if (options.gate_power) settings.gate_power = *options.gate_power;
  const Status status = detector_->set(settings);
  if (status != Status::kOk)
    throw UsageError("{}; expected a hysteresis and a gate threshold from 0 to 1", to_string(status));
}

std::int64_t HostDetector::average_samples() const {
  return std::int64_t{detector_->settings().average_windows} * detector_->hop_samples();
}

DetectorRules HostDetector::rules() const {
  const DetectorSettings s = detector_->settings();
  const auto gate_power = static_cast<std::uint32_t>(std::min(std::llround(s.gate_power * 0x1p32), 0xFFFFFFFFll));
  return {.average_windows = s.average_windows,
          .minimum_windows = s.minimum_windows,
          .refractory_windows = s.refractory_windows,
          .gate_class = s.gate_class,
          .gate_threshold = stored_level(s.gate_threshold),
          .hysteresis = stored_level(s.hysteresis),
          .gate_power = gate_power};
}

void HostDetector::save(const std::filesystem::path& path, Existing existing) const {
  fb::ModelT copy;
  model().UnPackTo(&copy);
  const bool logistic = copy.detector != nullptr && copy.detector->logistic;
  const DetectorRules rules = this->rules();
  copy.detector = std::make_unique<fb::DetectorT>();
  fb::DetectorT& stored = *copy.detector;
  stored.hop_samples = detector_->hop_samples();
  stored.average_samples = stored_samples(average_samples());
  stored.minimum_windows = rules.minimum_windows;
  if (rules.refractory_windows > 0) {
    stored.refractory_samples = stored_samples((std::int64_t{rules.refractory_windows} + 1) * detector_->hop_samples());
  }
  stored.hysteresis = rules.hysteresis;
  stored.gate_class = rules.gate_class;
  stored.gate_threshold = rules.gate_threshold;
  stored.gate_power = rules.gate_power;
  stored.logistic = logistic;
  for (int c = 0; c < detector_->class_count(); ++c) stored.thresholds.push_back(stored_level(detector_->threshold(c)));
  write_model(path, copy, existing);
}

}  // namespace stapes
