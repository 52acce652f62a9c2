// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "export/packages/manifests.h"
#include "export/source_text.h"

namespace stapes {
namespace {

constexpr const char* kDetections = R"(/* Listens to a microphone and prints what it detects. Fill in read_pcm(). */
@includes@
#include "@name@.h"

/* Fill in: wait for samples from the microphone (I2S, PDM), 16-bit mono PCM at @NAME@_SAMPLE_RATE_HZ, write up to
   `count` of them to `pcm` and return how many. Return 0 to end the program. */
__attribute__((weak)) size_t read_pcm(int16_t* pcm, size_t count) {
  (void)pcm;
  (void)count;
  return 0;
}

static unsigned char arena[@NAME@_STREAM_ARENA_BYTES] __attribute__((aligned(@NAME@_ARENA_ALIGN)));
static @name@_detector detector;

static void say(const char* text) { @say@ }
static void report(const char* label, int percent) { @report_share@ }

/* Runs the self-test and starts the detector. Returns NULL, or what failed. */
static const char* prepare(void) {
  @name@_state state;
  if (@name@_init(&state, arena, sizeof arena, @NAME@_STEP_SAMPLES) != 0) return "@name@_init FAILED";
  if (@name@_self_test(&state) != 0) return "self-test FAILED";
  if (@name@_detect_init(&detector, arena, sizeof arena, 0) != 0) return "@name@_detect_init FAILED";
  return NULL;
}

/* Processes one block of samples. Returns 0 when there are no more. */
static int take_block(void) {
  static int16_t block[@NAME@_STEP_SAMPLES];
  const int16_t* pcm = block;
  size_t count = read_pcm(block, @NAME@_STEP_SAMPLES);
  if (count == 0) return 0;
  while (count > 0) {
    @name@_event event;
    const size_t taken = @name@_detect_push(&detector, pcm, count, &event);
    if (event.label >= 0) report(@name@_labels[event.label], (int)(event.score * 100 / 65536));
    pcm += taken;
    count -= taken;
  }
  return 1;
}
)";

constexpr const char* kClassifications =
    R"(/* Classifies inputs one by one and prints their classes. Fill in read_input(). */
@includes@
#include "@name@.h"

/* Fill in: write the next input, `count` values in the layout of @name@_run (@name@.h), to `values` and return `count`.
   Return 0 to end the program. */
__attribute__((weak)) size_t read_input(@sample@* values, size_t count) {
  (void)values;
  (void)count;
  return 0;
}

static unsigned char arena[@NAME@_ARENA_BYTES] __attribute__((aligned(@NAME@_ARENA_ALIGN)));
static @sample@ input[@NAME@_WINDOW_SAMPLES];
static @name@_state state;

static void say(const char* text) { @say@ }
static void report(const char* label) { @report@ }

/* Runs the self-test. Returns NULL, or what failed. */
static const char* prepare(void) {
  if (@name@_init(&state, arena, sizeof arena, 0) != 0) return "@name@_init FAILED";
  return @name@_self_test(&state) != 0 ? "self-test FAILED" : NULL;
}

/* Classifies one input. Returns 0 when there are no more. */
static int take_block(void) {
  @name@_score scores[@NAME@_CLASS_COUNT];
  int best = 0;
  int i;
  if (read_input(input, @NAME@_WINDOW_SAMPLES) != @NAME@_WINDOW_SAMPLES) return 0;
  @name@_run(&state, input, scores);
  for (i = 1; i < @NAME@_CLASS_COUNT; ++i) {
    if (scores[i] > scores[best]) best = i;
  }
  report(@name@_labels[best]);
  return 1;
}
)";

}  // namespace

std::string sample_program(const ExportPlan& plan, const SampleStyle& style) {
  std::string text = has_detector(plan) ? kDetections : kClassifications;
  replace_all(text, "@includes@", style.includes);
  replace_all(text, "@say@", style.say);
  replace_all(text, "@report@", style.report);
  replace_all(text, "@report_share@", style.report_share);
  return with_name(text + style.entry, plan);
}

SampleStyle console_style(const Console& console) {
  return {.includes = fmt::format("#include <{}>\n", console.header),
          .say = fmt::format("{}(\"%s\\n\", text);", console.print),
          .report = fmt::format("{}(\"%s\\n\", label);", console.print),
          .report_share = fmt::format("{}(\"%s %d %%\\n\", label, percent);", console.print),
          .entry = fmt::format(R"(
{} {{
  const char* failure = prepare();
  if (failure != NULL) {{
    say(failure);
    {}
  }}
  say("self-test passed");
  while (take_block()) {{
  }}
{}}}
)",
                               console.entry, console.failure, console.success)};
}

}  // namespace stapes
