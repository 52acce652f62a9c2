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
   After each window, the detector averages the probabilities of the last windows. It detects the class with the largest
   mean if that mean reaches the class's threshold. Levels are in 65536ths: 52429 is 0.8. */

/* The hop that the default settings are made for. */
#define @NAME@_DETECT_HOP_SAMPLES @hop@

/* The longest mean, in windows. To use a longer one, define this for the whole program: @most@ to 255. */
#ifndef @NAME@_DETECT_MOST_WINDOWS
#define @NAME@_DETECT_MOST_WINDOWS @most@
#endif

#define @NAME@_DETECT_NEVER 65535
#define @NAME@_ERROR_SETTINGS 3 /* a setting is out of range */

typedef struct {
  int32_t average_windows;    /* 1 to @NAME@_DETECT_MOST_WINDOWS */
  int32_t minimum_windows;    /* the mean must have this many before a detection; 1 to average_windows */
  int32_t refractory_windows; /* windows without a detection after each detection */
  int32_t gate_class;         /* no detection while the mean of this class is below gate_threshold; -1: no gate */
  uint16_t gate_threshold;
  uint16_t hysteresis; /* a detected class must fall this far below its threshold to be detected again; 0: none */
  uint16_t thresholds[@NAME@_CLASS_COUNT]; /* @NAME@_DETECT_NEVER: the class is not detected */
} @name@_detector_settings;

extern const @name@_detector_settings @name@_detector_defaults;

typedef struct {
  int32_t label;       /* index into @name@_labels; -1: nothing was detected */
  uint16_t score;      /* the mean */
  uint64_t end_sample; /* end of the window: samples pushed since init or reset */
} @name@_event;

/* A stream and its means. Programs may read `settings` only. */
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

/* Starts with the default settings. `arena` as for @name@_init, of @NAME@_STREAM_ARENA_BYTES; hop_samples 0 is
   @NAME@_DETECT_HOP_SAMPLES. Returns 0 or @NAME@_ERROR_*. */
int @name@_detect_init(@name@_detector* detector, void* arena, size_t arena_bytes, int32_t hop_samples);

/* Uses other settings, which must outlive their use, and clears the means. Thresholds may be changed at any time.
   Returns 0, or @NAME@_ERROR_SETTINGS if a setting is out of range; then nothing changes. */
int @name@_detect_set(@name@_detector* detector, const @name@_detector_settings* settings);

/* Takes samples up to the end of the current window at most, and returns how many; push the rest again. event->label is
   the detected class, at most one per call, or -1. */
size_t @name@_detect_push(@name@_detector* detector, const int16_t* pcm, size_t count, @name@_event* event);

/* Forgets what was pushed, as after a gap in the recording. */
void @name@_detect_reset(@name@_detector* detector);
)";

constexpr const char* kDetectorFunctions = R"(
namespace {

static_assert(@NAME@_DETECT_MOST_WINDOWS >= @most@ && @NAME@_DETECT_MOST_WINDOWS <= stapes::kMostAverageWindows,
              "@NAME@_DETECT_MOST_WINDOWS is out of range");

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

std::string member_line(const char* name, std::int32_t value) {
  return fmt::format("    {},\n", commented(name, std::to_string(value)));
}

std::string params_text(const ClassScoreParams& p) {
  constexpr const char* kRules[] = {"kProbability", "kSoftmax", "kLogistic"};
  std::string text = fmt::format("    /*rule=*/stapes::ScoreRule::{},\n", kRules[static_cast<int>(p.rule)]);
  text += member_line("classes", p.classes);
  text += member_line("step_multiplier", p.step_multiplier);
  text += member_line("step_shift", p.step_shift);
  text += member_line("zero_point", p.zero_point);
  text += member_line("multiplier", p.multiplier);
  text += member_line("shift", p.shift);
  return text + member_line("limit", p.limit);
}

std::string defaults_text(const ExportPlan& plan, const DetectorRules& r) {
  std::vector<std::uint16_t> thresholds;
  for (std::int32_t c = 0; c < last_tensor(plan.model()).channels(); ++c) {
    thresholds.push_back(planned_threshold(plan.model(), c));
  }
  std::string text = "\nconst @name@_detector_settings @name@_detector_defaults = {\n";
  text += member_line("average_windows", r.average_windows);
  text += member_line("minimum_windows", r.minimum_windows);
  text += member_line("refractory_windows", r.refractory_windows);
  text += member_line("gate_class", r.gate_class);
  text += member_line("gate_threshold", r.gate_threshold);
  text += member_line("hysteresis", r.hysteresis);
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
  replace_all(text, "@most@", std::to_string(made.rules.average_windows));
  std::string includes = "#include \"@name@.h\"\n\n";
  for (const char* header : kDetectorHeaders) includes += fmt::format("#include \"{}\"\n", header);
  return first_line(plan.name() + "_detector.cpp", "turns the scores of a stream into detections") +
         with_name(includes + kernel_alias(plan) + defaults_text(plan, made.rules) + text, plan);
}

}  // namespace stapes
