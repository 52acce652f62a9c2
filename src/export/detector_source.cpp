// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "export/c_array.h"
#include "export/source_text.h"
#include "runtime/detector_plan.h"

namespace stapes {
namespace {

DetectorPlan detector_plan(const ExportPlan& plan) {
  DetectorPlan made;
  const Status status = plan_detector(plan.model(), 0, made);
  if (status != Status::kOk) {
    throw Error("{}: its detector cannot be exported: {}; store other settings with listen --save", plan.name(),
                to_string(status));
  }
  return made;
}

constexpr const char* kDetectorDeclarations = R"(
/* ---- Detections ----
   After each window the probabilities of the last windows are averaged, and the class with the largest mean is detected
   if that reaches its threshold. Levels are in 65536ths: 52429 is 0.8. */

/* The hop that the defaults are made for. */
#define @NAME@_DETECT_HOP_SAMPLES @hop@

/* The longest mean, in windows. To set a longer one, up to 255, define it for the whole program. */
#ifndef @NAME@_DETECT_MOST_WINDOWS
#define @NAME@_DETECT_MOST_WINDOWS @most@
#endif

#define @NAME@_DETECT_NEVER 65535
#define @NAME@_ERROR_SETTINGS 3 /* a setting is out of range */

typedef struct {
  int32_t average_windows;    /* 1 to @NAME@_DETECT_MOST_WINDOWS */
  int32_t minimum_windows;    /* no detection before so many are in the mean; 1 to average_windows */
  int32_t refractory_windows; /* so many windows after a detection have none */
  int32_t gate_class;         /* detections need a mean of this class of at least gate_threshold; -1: no gate */
  uint16_t gate_threshold;
  uint16_t hysteresis; /* a class must fall so far below its threshold before it is detected again; 0: need not */
  uint16_t thresholds[@NAME@_CLASS_COUNT]; /* @NAME@_DETECT_NEVER: the class is not detected */
} @name@_detector_settings;

extern const @name@_detector_settings @name@_detector_defaults;

typedef struct {
  int32_t label;       /* index into @name@_labels; -1: nothing was detected */
  uint16_t score;      /* the mean */
  uint64_t end_sample; /* samples pushed until the end of the window */
} @name@_event;

/* A stream and its means. Only `settings` may be read by others. */
typedef struct {
  @name@_state stream;
  const @name@_detector_settings* settings;
  uint64_t samples;
  int32_t filled, next, quiet;
  @name@_score scores[@NAME@_CLASS_COUNT];
  uint16_t sums[@NAME@_CLASS_COUNT];
  uint8_t spent[@NAME@_CLASS_COUNT];
  int8_t grid[@NAME@_CLASS_COUNT];
  uint8_t history[@NAME@_DETECT_MOST_WINDOWS * @NAME@_CLASS_COUNT];
} @name@_detector;

/* Begins with the default settings. `arena` as for @name@_init, of @NAME@_STREAM_ARENA_BYTES; hop_samples 0 is
   @NAME@_DETECT_HOP_SAMPLES. Returns 0 or @NAME@_ERROR_*. */
int @name@_detect_init(@name@_detector* detector, void* arena, size_t arena_bytes, int32_t hop_samples);

/* Uses other settings, which must outlast their use, and forgets the means. Thresholds may be changed at any time.
   Returns 0, or @NAME@_ERROR_SETTINGS, and nothing changes. */
int @name@_detect_set(@name@_detector* detector, const @name@_detector_settings* settings);

/* Takes samples of a stream, up to the end of the current window at most, and returns how many; push the rest again.
   event->label is the class detected, at most one a call, or -1. */
size_t @name@_detect_push(@name@_detector* detector, const int16_t* pcm, size_t count, @name@_event* event);

/* Forgets what was pushed, as after a gap in the recording. */
void @name@_detect_reset(@name@_detector* detector);
)";

constexpr const char* kDetectorFunctions = R"(
namespace {

constexpr stapes::ClassScoreParams kScores = {
@params@};

stapes::DetectorRules rules_of(const @name@_detector_settings& s) {
  return {s.average_windows, s.minimum_windows, s.refractory_windows, s.gate_class, s.gate_threshold, s.hysteresis};
}

stapes::DetectorMemory memory(@name@_detector& d) {
  return {rules_of(*d.settings), @NAME@_CLASS_COUNT, d.settings->thresholds, d.history,
          d.sums,                d.spent,            {d.filled, d.next, d.quiet}};
}

}  // namespace

int @name@_detect_init(@name@_detector* detector, void* arena, size_t arena_bytes, int32_t hop_samples) {
  const int32_t hop = hop_samples == 0 ? @NAME@_DETECT_HOP_SAMPLES : hop_samples;
  const int error = @name@_init(&detector->stream, arena, arena_bytes, hop);
  detector->samples = 0;
  return error != 0 ? error : @name@_detect_set(detector, &@name@_detector_defaults);
}

int @name@_detect_set(@name@_detector* detector, const @name@_detector_settings* settings) {
  if (!stapes::are_valid(rules_of(*settings), @NAME@_CLASS_COUNT, @NAME@_DETECT_MOST_WINDOWS)) {
    return @NAME@_ERROR_SETTINGS;
  }
  detector->settings = settings;
  stapes::begin_detector(memory(*detector));
  return 0;
}

size_t @name@_detect_push(@name@_detector* detector, const int16_t* pcm, size_t count, @name@_event* event) {
  int ready = 0;
  const size_t taken = @name@_push(&detector->stream, pcm, count, detector->scores, &ready);
  detector->samples += taken;
  event->label = -1;
  if (ready == 0) return taken;
  const stapes::DetectorMemory means = memory(*detector);
  uint8_t* const row = stapes::next_history_row(means);
  stapes::class_scores(detector->scores, kScores, detector->grid, row);
  const int32_t found = stapes::detect(means, row);
  if (found < 0) return taken;
  event->label = found;
  event->score = stapes::mean_score(means, found);
  event->end_sample = detector->samples;
  return taken;
}

void @name@_detect_reset(@name@_detector* detector) {
  @name@_reset(&detector->stream);
  detector->samples = 0;
  stapes::begin_detector(memory(*detector));
}
)";

std::string params_text(const ClassScoreParams& p) {
  constexpr const char* kRules[] = {"kProbability", "kSoftmax", "kLogistic"};
  std::string text = fmt::format("    /*rule=*/stapes::ScoreRule::{},\n", kRules[static_cast<int>(p.rule)]);
  const auto add = [&](const char* name, std::int32_t value) {
    text += fmt::format("    {},\n", commented(name, std::to_string(value)));
  };
  add("classes", p.classes);
  add("step_multiplier", p.step_multiplier);
  add("step_shift", p.step_shift);
  add("zero_point", p.zero_point);
  add("multiplier", p.multiplier);
  add("shift", p.shift);
  add("limit", p.limit);
  return text;
}

std::string defaults_text(const ExportPlan& plan, const DetectorRules& r) {
  std::vector<std::uint16_t> thresholds;
  for (std::int32_t c = 0; c < last_tensor(plan.model()).channels(); ++c) {
    thresholds.push_back(planned_threshold(plan.model(), c));
  }
  std::string text = "\nconst @name@_detector_settings @name@_detector_defaults = {\n";
  const auto add = [&](const char* name, std::int32_t value) {
    text += fmt::format("    {},\n", commented(name, std::to_string(value)));
  };
  add("average_windows", r.average_windows);
  add("minimum_windows", r.minimum_windows);
  add("refractory_windows", r.refractory_windows);
  add("gate_class", r.gate_class);
  add("gate_threshold", r.gate_threshold);
  add("hysteresis", r.hysteresis);
  return text + fmt::format("    /*thresholds=*/{{\n{}}}}};\n",
                            c_array("", std::span<const std::uint16_t>(thresholds)).values);
}

}  // namespace

bool has_detector(const ExportPlan& plan) {
  DetectorPlan made;
  return plan.streams() && plan_detector(plan.model(), 0, made) != Status::kUnsupported;
}

std::string detector_declarations(const ExportPlan& plan) {
  const DetectorPlan made = detector_plan(plan);
  std::string text = kDetectorDeclarations;
  replace_all(text, "@hop@", std::to_string(made.hop_samples));
  replace_all(text, "@most@", std::to_string(made.rules.average_windows));
  return with_name(text, plan);
}

std::string detector_source(const ExportPlan& plan) {
  const DetectorPlan made = detector_plan(plan);
  std::string text = kDetectorFunctions;
  replace_all(text, "@params@", params_text(made.scores));
  std::string includes = "#include \"@name@.h\"\n\n";
  for (const char* header : kDetectorHeaders) includes += fmt::format("#include \"{}\"\n", header);
  return first_line(plan.name() + "_detector.cpp", "when the scores of a stream are a detection") +
         with_name(includes + kernel_alias(plan) + defaults_text(plan, made.rules) + text, plan);
}

}  // namespace stapes
