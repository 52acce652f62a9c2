// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "export/source_text.h"
#include "packed/operators/operator.h"
#include "stapes/version.h"

namespace stapes {
namespace {

std::string define(const ExportPlan& plan, const char* what, const std::string& value, const char* comment) {
  const std::string line = fmt::format("#define {}_{} {}", plan.upper_name(), what, value);
  return fmt::format("{:<48}{}{}\n", line, *comment == 0 ? "" : "  /* ",
                     *comment == 0 ? "" : fmt::format("{} */", comment));
}

// The constants a program needs to quantize features.
std::string input_grid(const ExportPlan& plan) {
  const fb::Tensor& input = plan.input();
  return define(plan, "INPUT_HEIGHT", std::to_string(input.height()), "") +
         define(plan, "INPUT_WIDTH", std::to_string(input.width()), "") +
         define(plan, "INPUT_CHANNELS", std::to_string(input.channels()), "") +
         define(plan, "INPUT_SCALE", fmt::format("{:.9e}f", input.scale()), "value = scale * (feature - zero point)") +
         define(plan, "INPUT_ZERO_POINT", fmt::format("({})", input.zero_point()), "");
}

std::string sizes(const ExportPlan& plan) {
  const fb::Model& model = plan.model();
  std::string text;
  const auto add = [&](const char* what, auto value, const char* comment = "") {
    text += define(plan, what, std::to_string(value), comment);
  };
  add("SAMPLE_RATE_HZ", model.sample_rate_hz());
  add("WINDOW_SAMPLES", model.window_samples());
  add("STEP_SAMPLES", plan.front_end().step_samples,
      plan.streams() ? "hops are multiples of this" : "no streaming: windows share no columns");
  add("CLASS_COUNT", model.labels()->size());
  add("ARENA_BYTES", plan.window_plan().arena_bytes, "for run");
  add("STREAM_ARENA_BYTES", plan.stream_arena_bytes(), plan.streams() ? "for push" : "no push");
  add("ARENA_ALIGN", 16);
  const std::string place = plan.name() + "_input returns its address";
  add("INPUT_IN_ARENA", plan.has_input_in_arena() ? 1 : 0, plan.has_input_in_arena() ? place.c_str() : "");
  if (plan.takes_features()) text += input_grid(plan);
  if (!plan.has_float_scores()) {
    const char* meaning = gives_probabilities(model) ? "probability = scale * score" : "logit = scale * score";
    text += define(plan, "SCORE_SCALE", fmt::format("{:.9e}f", last_tensor(model).scale()), meaning);
  }
  text += '\n';
  add("ERROR_ARENA", 1, "too small, or not aligned");
  add("ERROR_HOP", 2, "not a multiple of the step");
  return text;
}

constexpr const char* kFunctions = R"(
/* Names of the classes, in UTF-8, as stored in the model. */
extern const char* const @name@_labels[@NAME@_CLASS_COUNT];

/* State of a classifier. Its members are private. */
typedef struct {
  uint8_t* arena;
  int32_t hop_samples;
  int32_t samples_to_scores, slice_filled, columns_filled;
} @name@_state;

/* Initializes a state. `arena` must outlive it and be aligned to @NAME@_ARENA_ALIGN. Returns 0 or @NAME@_ERROR_*.
     hop_samples 0   for run only; needs an arena of @NAME@_ARENA_BYTES
     otherwise       samples from one window to the next, a multiple of @NAME@_STEP_SAMPLES; needs an arena of
                     @NAME@_STREAM_ARENA_BYTES */
int @name@_init(@name@_state* state, void* arena, size_t arena_bytes, int32_t hop_samples);

/* Scores one @input_text@. The largest of
   scores[@NAME@_CLASS_COUNT] wins. Resets the stream. */
void @name@_run(@name@_state* state, const @sample@* @input@, @name@_score* scores);

/* The same for an input that is not in memory: sample(i) returns value i and may be called @often@ for the same i. */
void @name@_run_from(@name@_state* state, @sample@ (*sample)(uint32_t index), @name@_score* scores);
)";

constexpr const char* kInputDeclaration = R"(
/* The input's memory in the arena. Write the input here to save a separate buffer and a copy:
   @name@_run(state, @name@_input(state), scores). A run overwrites these @NAME@_WINDOW_SAMPLES bytes. */
@sample@* @name@_input(const @name@_state* state);
)";

constexpr const char* kPushDeclaration = R"(
/* Takes samples of a stream up to the end of the current window and returns how many it took; push the rest again.
   Sets *ready to 1 if a window is complete and its scores are written, otherwise to 0. The scores are bit-identical to
   the scores of run on the last @NAME@_WINDOW_SAMPLES samples. Takes nothing unless init was given a hop. */
size_t @name@_push(@name@_state* state, const int16_t* pcm, size_t count, @name@_score* scores, int* ready);

/* Discards all pushed samples, for example after a gap in the recording. */
void @name@_reset(@name@_state* state);
)";

constexpr const char* kSelfTest = R"(
/* Scores the input of @name@_self_test.h, with push if the state has a hop, otherwise with run. Returns 0, or 1 + the
   index of the first class with a wrong score. Resets the stream. */
int @name@_self_test(@name@_state* state);
)";

}  // namespace

std::string with_name(std::string text, const ExportPlan& plan) {
  const bool features = plan.takes_features();
  replace_all(text, "@sample@", features ? "int8_t" : "int16_t");
  replace_all(text, "@input@", features ? "features" : "pcm");
  replace_all(text, "@name@", plan.name());
  replace_all(text, "@NAME@", plan.upper_name());
  return text;
}

std::string header_source(const ExportPlan& plan) {
  std::string text = fmt::format("/* {}.h: classifies {}. Generated by stapes {}; do not edit.\n", plan.name(),
                                 plural_of(input_kind(plan.model())), STAPES_VERSION_STRING);
  text += "   No heap, no I/O. One state per stream; states share only constants. */\n";
  text += with_name(
      "#ifndef @NAME@_H_\n#define @NAME@_H_\n\n#include <stddef.h>\n#include <stdint.h>\n\n"
      "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
      plan);
  text += sizes(plan);
  text += with_name(fmt::format("\ntypedef {} @name@_score;\n", plan.has_float_scores() ? "float" : "int32_t"), plan);
  std::string functions = kFunctions;
  const ExportedFrontEnd& columns = plan.front_end();
  replace_all(functions, "@input_text@",
              plan.takes_features() ? "input: features[@NAME@_WINDOW_SAMPLES], row by row, channels innermost"
                                    : "window: pcm[@NAME@_WINDOW_SAMPLES], mono, oldest first");
  replace_all(functions, "@often@", columns.slice_samples > 2 * columns.step_samples ? "several times" : "twice");
  text += with_name(functions, plan);
  if (plan.has_input_in_arena()) text += with_name(kInputDeclaration, plan);
  if (plan.streams()) text += with_name(kPushDeclaration, plan);
  if (has_detector(plan)) text += detector_declarations(plan);
  text += with_name(kSelfTest, plan);
  return text + "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

}  // namespace stapes
