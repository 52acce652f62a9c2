// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/names.h"
#include "base/text.h"
#include "cli/channel_option.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/detector_options.h"
#include "cli/isa_option.h"
#include "cli/real_range.h"
#include "spotting/detector_evaluation.h"
#include "spotting/operating_chart.h"
#include "spotting/poisson.h"
#include "spotting/scored_sounds.h"

namespace stapes::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kMlperfMax = 8;  // largest number of false accepts, and of misses

struct EvalDetectorOptions {
  fs::path model, set, svg;
  std::vector<fs::path> recordings, events, backgrounds;
  std::vector<std::string> classes;
  DetectorOptions detector;
  DataOptions data;
  CompositionOptions composition;
  CountingRule protocol = CountingRule::kDetector;
  double tolerance_s = 1, target = kUsualRates[0];
  Channel channel;
  std::optional<Isa> isa;
};

struct Printed : DetectorEvaluation {
  std::vector<std::string> classes;
  std::size_t placed = 0, left_out = 0;  // clips
  bool composed = false;
  CurveOptions curve_options;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Interval hourly(const Tally& tally) {
  const Interval count = poisson_interval_95(tally.false_accepts);
  return {count.low / tally.hours, count.high / tally.hours};
}

// ---- JSON ----

nlohmann::ordered_json point_json(const OperatingPoint& point) {
  const Interval interval = hourly(point.tally);
  nlohmann::ordered_json json = {{"threshold", point.threshold},
                                 {"false_accepts", point.tally.false_accepts},
                                 {"false_accepts_per_hour", point.false_accepts_per_hour()},
                                 {"interval_95", {interval.low, interval.high}},
                                 {"misses", point.tally.events - point.tally.hits},
                                 {"miss_rate", nullptr},
                                 {"median_latency_s", nullptr}};
  if (point.tally.events > 0) json["miss_rate"] = point.miss_rate();
  if (!point.tally.latencies_s.empty()) json["median_latency_s"] = median(point.tally.latencies_s);
  return json;
}

nlohmann::json mlperf_json(const Tally& tally) {
  return {{"false_positives", tally.false_accepts},
          {"true_positives", tally.hits},
          {"false_negatives", tally.events - tally.hits}};
}

nlohmann::ordered_json evaluation_json(const Printed& e, CountingRule protocol) {
  nlohmann::ordered_json json = {{"protocol", to_string(protocol)},
                                 {"classes", e.classes},
                                 {"recordings", e.recordings},
                                 {"hours", e.seconds / 3600},
                                 {"hours_of_negatives", e.curve.hours()},
                                 {"events", e.curve.events()}};
  if (e.composed) json["clips"] = {{"placed", e.placed}, {"left_out", e.left_out}};
  const std::optional<double> area = area_to_2_per_hour(e.curve);
  json["area_to_2_per_hour"] = area ? nlohmann::json(*area) : nlohmann::json(nullptr);
  for (const double rate : e.rates) {
    const OperatingPoint* point = point_for_rate(e.curve, rate);
    nlohmann::ordered_json chosen = {{"false_accepts_per_hour", rate}, {"point", nullptr}};
    if (point != nullptr) chosen["point"] = point_json(*point);
    json["thresholds"].push_back(chosen);
  }
  if (protocol == CountingRule::kMlperf) {
    json["mlperf"] = {{"threshold", kMlperfThreshold},
                      {"within_1s", mlperf_json(e.mlperf_1s)},
                      {"within_2s", mlperf_json(e.mlperf_2s)}};
  }
  for (const OperatingPoint& point : e.curve.points) json["curve"].push_back(point_json(point));
  return json;
}

// ---- Text ----

std::string misses_text(const OperatingPoint& point) {
  if (point.tally.events == 0) return "-";
  return fmt::format("{:.1f} %", 100 * point.miss_rate());
}

std::string latency_text(const OperatingPoint& point) {
  return point.tally.latencies_s.empty() ? "-" : fmt::format("{:.0f} ms", 1000 * median(point.tally.latencies_s));
}

void print_point(const OperatingPoint& point, const std::string& first) {
  const Interval interval = hourly(point.tally);
  print_out("{:<16} {:>9.2f} {:>14} {:>10.2f} {:>19} {:>8} {:>10}\n", first, point.threshold, point.tally.false_accepts,
            point.false_accepts_per_hour(), fmt::format("{:.2f} to {:.2f}", interval.low, interval.high),
            misses_text(point), latency_text(point));
}

void print_mlperf(const char* window, const Tally& tally) {
  const int missed = tally.events - tally.hits;
  print_out(
      "MLPerf, up to {} after the word: true positives {}, false negatives {}, false positives {} ({} the limit of {} "
      "each)\n",
      window, tally.hits, missed, tally.false_accepts,
      missed <= kMlperfMax && tally.false_accepts <= kMlperfMax ? "within" : "outside", kMlperfMax);
}

void print_detector_evaluation(const Printed& e, CountingRule protocol) {
  print_out("{}: {}, {:.3g} h in total, {:.3g} h without events; events: {}; classes: {}\n", to_string(protocol),
            e.recordings == 1 ? "1 recording" : fmt::format("{} recordings", e.recordings), e.seconds / 3600,
            e.curve.hours(), e.curve.events(), fmt::join(e.classes, ", "));
  if (e.left_out > 0)
    print_out("{} of {} clips did not fit; use longer backgrounds\n", e.left_out, e.placed + e.left_out);
  print_out("\n{:<16} {:>9} {:>14} {:>10} {:>19} {:>8} {:>10}\n", "", "threshold", "false accepts", "per hour",
            "95 % interval", "misses", "latency");
  for (const OperatingPoint& point : e.curve.points) {
    if (std::lround(point.threshold * 100) % 10 == 0) print_point(point, "");
  }
  print_out("\n");
  for (const double rate : e.rates) {
    const std::string name = fmt::format("{} per hour", rate);
    if (const OperatingPoint* point = point_for_rate(e.curve, rate)) {
      print_point(*point, name);
    } else if (is_measurable(e.curve, rate)) {
      print_out("{:<16} exceeded at the highest threshold\n", name);
    } else {
      print_out("{:<16} not measurable in {:.3g} h without events; this rate needs at least {:g} h\n", name,
                e.curve.hours(), 1 / rate);
    }
  }
  if (const std::optional<double> area = area_to_2_per_hour(e.curve)) {
    print_out("\narea under the miss curve up to 2 false accepts per hour: {:.4f} (0 is best, 2 is worst)\n", *area);
  } else {
    print_out("\nmisses cannot be measured without events\n");
  }
  if (protocol != CountingRule::kMlperf) return;
  print_out("\nat a threshold of {}:\n", kMlperfThreshold);
  print_mlperf("1 s", e.mlperf_1s);
  print_mlperf("2 s", e.mlperf_2s);
}

// ---- Evaluation ----

void refuse_bad_combinations(const EvalDetectorOptions& o) {
  if (o.recordings.empty() && o.backgrounds.empty()) {
    throw UsageError("nothing to evaluate; give RECORDINGS with events, or sound without events as --background");
  }
  if (!o.events.empty() && o.events.size() != o.recordings.size()) {
    throw UsageError(
        "--events and RECORDINGS differ in number: {} and {}; give --events once per recording, in the same order, or "
        "not at all",
        o.events.size(), o.recordings.size());
  }
  if (!o.data.data.empty() && o.backgrounds.empty())
    throw UsageError("--data needs sound to mix the clips into; give it as --background");
}

std::vector<ScoredRecording> score(const EvalDetectorOptions& o, const fb::Model& model, SoundScorer& scorer,
                                   const Common& common, Printed& e) {
  std::vector<ScoredRecording> scored;
  for (std::size_t i = 0; i < o.recordings.size(); ++i) {
    scored.push_back(
        scorer.recording(o.recordings[i], o.events.empty() ? events_file_of(o.recordings[i]) : o.events[i]));
  }
  if (o.data.data.empty()) {
    for (const fs::path& background : o.backgrounds) scored.push_back(scorer.background(background));
    return scored;
  }
  const ChosenData chosen = choose_data(o.data, common);
  if (const auto* provenance = model.provenance()) warn_if_trained_on(provenance->str(), chosen, o.model.string());
  CompositionOptions composition = o.composition;
  composition.seed = common.seed;
  auto [recordings, placed, left_out] = scorer.composition(o.backgrounds, chosen.test(), composition);
  e.composed = true;
  e.placed = placed;
  e.left_out = left_out;
  std::ranges::move(recordings, std::back_inserter(scored));
  return scored;
}

Printed evaluate(const EvalDetectorOptions& o, HostDetector& detector, const Common& common) {
  Printed e;
  const std::vector<bool> wanted = wanted_classes(detector, o.classes);
  for (int c = 0; c < detector->class_count(); ++c) {
    if (wanted[static_cast<std::size_t>(c)]) e.classes.emplace_back(detector->label(c));
  }
  SoundScorer scorer(detector, wanted, o.channel);
  const std::vector<ScoredRecording> scored = score(o, detector.model(), scorer, common, e);
  e.curve_options = {o.protocol, detector.rules(), wanted, o.tolerance_s};
  static_cast<DetectorEvaluation&>(e) = evaluate_detector(scored, e.curve_options, o.target);
  return e;
}

// Writes a copy of the model with the threshold for the target.
void set_thresholds(const EvalDetectorOptions& o, HostDetector& detector, const Printed& e, const Common& common) {
  const OperatingPoint* point = point_for_rate(e.curve, o.target);
  if (point == nullptr && is_measurable(e.curve, o.target)) {
    throw Error(
        "{} was not written: even the highest threshold exceeds {} false accepts per hour; choose a higher --target",
        o.set.string(), o.target);
  }
  if (point == nullptr) {
    throw Error(
        "{} was not written: a rate of {} false accepts per hour is not measurable in {:.3g} h without events; "
        "evaluate at least {:g} h, or choose a higher --target",
        o.set.string(), o.target, e.curve.hours(), 1 / o.target);
  }
  for (int c = 0; c < detector->class_count(); ++c) {
    if (!e.curve_options.is_wanted[static_cast<std::size_t>(c)]) continue;
    if (detector->set_threshold(c, static_cast<float>(point->threshold)) != Status::kOk)
      throw Error("cannot set the detection thresholds for --target");
  }
  detector.save(o.set, common.existing());
}

void eval_detector(const EvalDetectorOptions& o, const Common& common) {
  refuse_bad_combinations(o);
  if (!o.set.empty()) {
    refuse_existing(o.set, common.existing());
    refuse_own_input(o.set, {o.model});
  }
  if (!o.svg.empty()) refuse_existing(o.svg, common.existing());
  HostDetector detector(std::make_shared<const HostModel>(o.model, o.isa), o.detector);
  const Printed e = evaluate(o, detector, common);
  if (common.json) {
    print_json(evaluation_json(e, o.protocol));
  } else {
    print_detector_evaluation(e, o.protocol);
  }
  if (!o.svg.empty()) {
    const std::string title = fmt::format("{}, {:.3g} h without events, events: {}", o.model.filename().string(),
                                          e.curve.hours(), e.curve.events());
    write_text_file(o.svg, operating_chart(e.curve, title), common.existing());
  }
  if (!o.set.empty()) set_thresholds(o, detector, e, common);
}

void add_sound_options(CLI::App& command, EvalDetectorOptions& o) {
  const Heading heading(command, "Sounds");
  command.add_option("RECORDINGS", o.recordings,
                     "Recordings; the events of NAME.wav are read from NAME.csv, NAME.txt or --events");
  command
      .add_option("--events", o.events,
                  "Event file of a recording: CSV (start_s,end_s,label) or Audacity labels; one per recording")
      ->allow_extra_args(false);
  command.add_option("--background", o.backgrounds, "Sound file without events; repeatable")->allow_extra_args(false);
  add_channel(command, o.channel);
}

void add_composition_options(CLI::App& command, EvalDetectorOptions& o) {
  const Heading heading(command, "Clips mixed into the backgrounds");
  command.add_option("--data", o.data.data, "Data set of the clips");
  command.add_option("--classes", o.data.classes, "Classes of the data set (default all)");
  command.add_option("--fold", o.data.fold,
                     "Test fold of the data set; the model must not have been trained on it (default 1)");
  command
      .add_option("--snr", o.composition.snr_db,
                  "Level of the clips above the background, in dB; if several are given, each clip gets one at random "
                  "(default 10)")
      ->delimiter(',')
      ->check(real_range(-30, 60))
      ->type_name("DB,...");
  command.add_option("--every", o.composition.every_s, "Mean pause between clips, in seconds (default 10)")
      ->check(real_range(1, 3600));
}

void add_result_options(CLI::App& command, EvalDetectorOptions& o) {
  const Heading heading(command, "Results");
  command.add_option("--svg", o.svg, "SVG chart to write: false accepts per hour against misses");
  command.add_option("--set", o.set, "Model to write, with the threshold that meets --target");
  command.add_option("--target", o.target, "Maximum false accepts per hour for --set (default 0.5)")
      ->check(real_range(0.001, 1000));
}

}  // namespace

void add_eval_detector_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto o = std::make_shared<EvalDetectorOptions>();
  CLI::App* command = add_common(
      app, "stapes eval-detector int8.stapes kitchen.wav --background radio.flac --set tuned.stapes", common);
  command->add_option("MODEL", o->model, "Packed audio model (.stapes)")->required();
  add_sound_options(*command, *o);
  add_composition_options(*command, *o);
  command
      ->add_option("--class", o->classes,
                   "Class to evaluate; repeatable (default: all with a threshold other than off)")
      ->allow_extra_args(false);
  command
      ->add_option(
          "--tolerance", o->tolerance_s,
          "Time after the end of an event during which a detection still counts as a hit, in seconds (default 1)")
      ->check(real_range(0, 60));
  command->add_option_function<std::string>(
      "--protocol", [o](const std::string& text) { o->protocol = parse_name<CountingRule>(text, "--protocol value"); },
      "Counting rule " + braced(names_of<CountingRule>()) + " (default detector)");
  add_result_options(*command, *o);
  add_detector_options(*command, o->detector);
  add_isa(*command, o->isa);
  add_force(*command, common);
  command->callback([=] { eval_detector(*o, *common); });
}

}  // namespace stapes::cli
