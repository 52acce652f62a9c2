// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "export/c_array.h"
#include "export/source_text.h"
#include "kernels/detector/level_gate.h"
#include "runtime/detector_plan.h"

namespace stapes {
namespace {

DetectorPlan detector_plan(const ExportPlan& plan) {
  DetectorPlan made;
  const Status status = plan_detector(plan.model(), 0, made);
  if (status != Status::kOk) {
    throw Error("{}: cannot export the detector: {}; store other settings with `stapes listen --save`", plan.name(),
                to_string(status));
  }
  return made;
}

constexpr const char* kDetectorDeclarations = R"(
/* ---- Detections ----
   After each window, the detector averages the probabilities of the last windows. It detects the class with the largest
   mean among those that reach their threshold. Levels are in 65536ths: 52429 is 0.8. */

/* The hop of the default settings. */
#define @NAME@_DETECT_HOP_SAMPLES @hop@

/* Maximum number of windows in a mean. To raise it, define this for the whole program; allowed: @most@ to 255. */
#ifndef @NAME@_DETECT_MAX_WINDOWS
#define @NAME@_DETECT_MAX_WINDOWS @most@
#endif

/* 1 compiles in the level gate, which costs @level_bytes@ bytes of RAM and one multiplication per sample. If the
   model stores no level gate, define this as 1 for the whole program to use one. */
#ifndef @NAME@_DETECT_LEVEL_GATE
#define @NAME@_DETECT_LEVEL_GATE @gated@
#endif

#define @NAME@_DETECT_NEVER 65535
#define @NAME@_ERROR_SETTINGS 3 /* a setting is out of range, or needs the level gate */

typedef struct {
  int32_t average_windows;    /* 1 to @NAME@_DETECT_MAX_WINDOWS */
  int32_t minimum_windows;    /* windows needed in the mean before a detection; 1 to average_windows */
  int32_t refractory_windows; /* no detection in this many windows after a detection */
  int32_t gate_class;         /* no detection while the mean of this class is below gate_threshold; -1: no gate */
  uint16_t gate_threshold;
  uint16_t hysteresis; /* a detected class must fall this far below its threshold to be detected again; 0: none */
  uint16_t thresholds[@NAME@_CLASS_COUNT]; /* @NAME@_DETECT_NEVER: the class is not detected */
  uint32_t gate_power; /* no detection in windows with a lower mean square: 2^32 * 10^(dBFS / 10); 0: no gate */
} @name@_detector_settings;

extern const @name@_detector_settings @name@_detector_defaults;

typedef struct {
  int32_t label;       /* index into @name@_labels; -1: nothing detected */
  uint16_t score;      /* the mean */
  uint64_t end_sample; /* end of the window: samples pushed since init or reset */
} @name@_event;

/* A stream and its means. Only `settings` may be read; the rest is private. */
typedef struct {
  @name@_state stream;
  const @name@_detector_settings* settings;
  uint64_t samples;
  int32_t filled, next, quiet;
  @name@_score scores[@NAME@_CLASS_COUNT];
  uint16_t sums[@NAME@_CLASS_COUNT];
  uint8_t spent[@NAME@_CLASS_COUNT];
  int8_t grid[@NAME@_CLASS_COUNT];
  uint8_t history[@NAME@_DETECT_MAX_WINDOWS * @NAME@_CLASS_COUNT];
#if @NAME@_DETECT_LEVEL_GATE
  int32_t to_start, oldest_start;
  uint64_t energy, starts[@open@];
#endif
} @name@_detector;

/* Starts with the default settings. `arena` is as for @name@_init, with @NAME@_STREAM_ARENA_BYTES; hop_samples 0 means
   @NAME@_DETECT_HOP_SAMPLES. Returns 0 or @NAME@_ERROR_*. */
int @name@_detect_init(@name@_detector* detector, void* arena, size_t arena_bytes, int32_t hop_samples);

/* Switches to `settings`, which must stay valid while in use, and clears the means. Thresholds may be changed at any
   time. Returns 0 or @NAME@_ERROR_SETTINGS; on an error, nothing changes. */
int @name@_detect_set(@name@_detector* detector, const @name@_detector_settings* settings);

/* Takes samples up to the end of the current window and returns how many it took; push the rest again. event->label is
   the detected class, at most one per call, or -1. */
size_t @name@_detect_push(@name@_detector* detector, const int16_t* pcm, size_t count, @name@_event* event);

/* Discards all pushed samples, for example after a gap in the recording. */
void @name@_detect_reset(@name@_detector* detector);
)";

constexpr const char* kDetectorFunctions = R"(
namespace {

static_assert(@NAME@_DETECT_MAX_WINDOWS >= @most@ && @NAME@_DETECT_MAX_WINDOWS <= stapes::kMaxAverageWindows,
              "@NAME@_DETECT_MAX_WINDOWS is out of range");

constexpr stapes::ClassScoreParams kScores = {
@params@};

stapes::DetectorRules rules_of(const @name@_detector_settings& s) {
  return {s.average_windows, s.minimum_windows, s.refractory_windows, s.gate_class,
          s.gate_threshold,  s.hysteresis,      s.gate_power};
}

stapes::DetectorMemory memory(@name@_detector& d) {
  return {rules_of(*d.settings), @NAME@_CLASS_COUNT, d.settings->thresholds, d.history,
          d.sums,                d.spent,            {d.filled, d.next, d.quiet}};
}

#if @NAME@_DETECT_LEVEL_GATE
stapes::LevelMemory levels(@name@_detector& d) {
  return {@NAME@_WINDOW_SAMPLES, d.stream.hop_samples, d.starts, {d.energy, d.to_start, d.oldest_start}};
}
void forget_levels(@name@_detector& d) { stapes::begin_levels(levels(d)); }
void add_pcm(@name@_detector& d, const int16_t* pcm, size_t count) {
  stapes::add_levels(levels(d), count, [pcm](size_t i) { return pcm[i]; });
}
bool is_loud(@name@_detector& d) {
  return stapes::level_reaches(stapes::window_energy(levels(d)), @NAME@_WINDOW_SAMPLES, d.settings->gate_power);
}
#else
void forget_levels(@name@_detector&) {}
void add_pcm(@name@_detector&, const int16_t*, size_t) {}
bool is_loud(@name@_detector&) { return true; }
#endif

}  // namespace

int @name@_detect_init(@name@_detector* detector, void* arena, size_t arena_bytes, int32_t hop_samples) {
  const int32_t hop = hop_samples == 0 ? @NAME@_DETECT_HOP_SAMPLES : hop_samples;
  const int error = @name@_init(&detector->stream, arena, arena_bytes, hop);
  detector->samples = 0;
  if (error != 0) return error;
  forget_levels(*detector);
  return @name@_detect_set(detector, &@name@_detector_defaults);
}

int @name@_detect_set(@name@_detector* detector, const @name@_detector_settings* settings) {
  if (!stapes::are_valid(rules_of(*settings), @NAME@_CLASS_COUNT, @NAME@_DETECT_MAX_WINDOWS) ||
      (settings->gate_power > 0 && !@NAME@_DETECT_LEVEL_GATE)) {
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
  add_pcm(*detector, pcm, taken);
  event->label = -1;
  if (ready == 0) return taken;
  const stapes::DetectorMemory means = memory(*detector);
  uint8_t* const row = stapes::next_history_row(means);
  stapes::class_scores(detector->scores, kScores, detector->grid, row);
  const int32_t found = stapes::detect(means, row, is_loud(*detector));
  if (found < 0) return taken;
  event->label = found;
  event->score = stapes::mean_score(means, found);
  event->end_sample = detector->samples;
  return taken;
}

void @name@_detect_reset(@name@_detector* detector) {
  @name@_reset(&detector->stream);
  detector->samples = 0;
  forget_levels(*detector);
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
  text += fmt::format("    /*thresholds=*/{{\n{}}},\n", c_array("", std::span<const std::uint16_t>(thresholds)).values);
  return text + fmt::format("    {}}};\n", commented("gate_power", std::to_string(r.gate_power)));
}

}  // namespace

bool has_detector(const ExportPlan& plan) {
  DetectorPlan made;
  return plan.streams() && plan_detector(plan.model(), 0, made) != Status::kUnsupported;
}

std::string detector_declarations(const ExportPlan& plan) {
  const DetectorPlan made = detector_plan(plan);
  // The maximum, which occurs at the shortest hop.
  const int open = open_windows(plan.model().window_samples(), static_cast<int>(plan.front_end().step_samples));
  std::string text = kDetectorDeclarations;
  replace_all(text, "@gated@", made.rules.gate_power > 0 ? "1" : "0");
  replace_all(text, "@open@", std::to_string(open));
  replace_all(text, "@level_bytes@", std::to_string(8 * open + 16));
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
