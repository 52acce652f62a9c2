// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "export/export_model.h"
#include "export/names.h"
#include "export/source_text.h"
#include "packed/cost.h"
#include "packed/operators/operator.h"
#include "stapes/version.h"

namespace stapes {
namespace {

std::string sizes_table(const ExportPlan& plan) {
  const fb::Model& model = plan.model();
  const Cost cost = model_cost(model);
  std::string text = "| known at export | |\n|---|---|\n";
  const auto row = [&](const char* what, const std::string& value) {
    text += fmt::format("| {} | {} |\n", what, value);
  };
  row("target", plan.target().description);
  row("route", plain_text(model.route()->string_view()));
  if (plan.takes_features()) {
    row("features", fmt::format("{} x {} x {} int8 values, row by row, channels innermost", plan.input().height(),
                                plan.input().width(), plan.input().channels()));
  } else if (classifies_images(model)) {
    row("image", fmt::format("{} x {} x {} int16 values, (pixel - 128) * 256, row by row, channels innermost",
                             plan.input().height(), plan.input().width(), plan.input().channels()));
  } else {
    row("sound", fmt::format("{} samples of int16 PCM at {} Hz", model.window_samples(), model.sample_rate_hz()));
  }
  row("classes", std::to_string(model.labels()->size()));
  row("MACs per window", fmt::format("{}, {} of them binary", cost.macs, cost.binary_macs));
  row("layer constants, bytes", std::to_string(plan.weight_bytes()));
  row("arena for `run`, bytes", std::to_string(plan.window_plan().arena_bytes));
  if (plan.streams()) row("arena for `push`, bytes", std::to_string(plan.stream_arena_bytes()));
  const char* value = gives_probabilities(plan.model()) ? "probability" : "logit";
  row("scores", plan.has_float_scores() ? "float: logits, or probabilities after softmax or logistic"
                                        : fmt::format("int32; a {} is the score times the scale in the header", value));
  return text;
}

std::string layer_table(const ExportPlan& plan) {
  std::string text = "\n| layer | kernel | MACs | constants, bytes | how |\n|---|---|---|---|---|\n";
  for (std::size_t i = 0; i < plan.layers().size(); ++i) {
    const ExportedLayer& layer = plan.layers()[i];
    const fb::Layer& from = *plan.model().layers()->Get(static_cast<std::uint32_t>(i));
    std::size_t bytes = 0;
    for (const CArray& array : layer.call.arrays) bytes += array.bytes;
    const bool column = plan.window_plan().front_end.has(i);
    text += fmt::format("| {} | {} | {} | {} | {} |\n", plain_text(from.name()->string_view()), layer.call.function,
                        layer_cost(plan.model(), from).macs, bytes,
                        column          ? "a column at a time"
                        : layer.in_band ? "a few rows at a time"
                                        : "whole");
  }
  return text;
}

constexpr const char* kUse = R"(
## Use

```c
#include "@name@.h"

static unsigned char arena[@NAME@_@ARENA@] __attribute__((aligned(@NAME@_ARENA_ALIGN)));
@name@_state state;
@name@_score scores[@NAME@_CLASS_COUNT];

@name@_init(&state, arena, sizeof arena, @hop@);
)";

constexpr const char* kUsePush = R"(/* for each block of samples from the microphone: */
while (count > 0) {
  int ready;
  const size_t taken = @name@_push(&state, pcm, count, scores, &ready);
  if (ready) { /* the largest score wins: @name@_labels[...] */ }
  pcm += taken;
  count -= taken;
}
```

`@name@_run` scores one window held in memory; on its own, it needs an arena of only `@NAME@_ARENA_BYTES`.
)";

constexpr const char* kUseDetector = R"(
### Detections

`@name@_detect_push` takes samples as they arrive and reports when a class is detected: when the mean of its recent
probabilities reaches its threshold. `@name@_detector_defaults` are the settings of the model, or general ones if it
stores none; to change them, pass a modified copy to `@name@_detect_set`. Levels are in 65536ths. The detections match
those of `stapes listen`@exact@.

```c
static @name@_detector detector; /* its arena: @NAME@_STREAM_ARENA_BYTES */

@name@_detect_init(&detector, arena, sizeof arena, 0);
/* for each block of samples from the microphone: */
while (count > 0) {
  @name@_event event;
  const size_t taken = @name@_detect_push(&detector, pcm, count, &event);
  if (event.label >= 0) { /* @name@_labels[event.label], event.score / 65536.0 */ }
  pcm += taken;
  count -= taken;
}
```
)";

constexpr const char* kUseRun = R"(@name@_run(&state, @input@, scores); /* the largest score wins: @name@_labels[...] */
```
)";

constexpr const char* kUseInput = R"(
To save a separate input buffer, write the input to its place in the arena, `@name@_input(&state)`. Then
`@name@_run(&state, @name@_input(&state), scores)` copies nothing. A run overwrites the input.
)";

constexpr const char* kUseSelfTest = R"(
`@name@_self_test` returns 0 if the network computes the same scores here as on the machine that exported it. If the
scores differ, compile with `-DSTAPES_TRACE`, define `stapes_layer_begin` and `stapes_layer_end` (src/@name@.cpp),
compute FNV-1a over the bytes of each layer and compare the hash with `@name@_layer_checksums`: the first layer that
differs is at fault. The same hooks can time the layers.
)";

constexpr std::string_view kNothingMeasured =
    "\nThese figures are counted from the model and its memory plan, not measured.\n";

std::string use(const ExportPlan& plan) {
  std::string text = kUse;
  const auto put = [&](std::string_view mark, std::string_view by) { text.replace(text.find(mark), mark.size(), by); };
  put("@ARENA@", plan.streams() ? "STREAM_ARENA_BYTES" : "ARENA_BYTES");
  put("@hop@", plan.streams() ? "@NAME@_STEP_SAMPLES * 10" : "0");
  text += plan.streams() ? kUsePush : kUseRun;
  if (plan.has_input_in_arena()) text += kUseInput;
  if (has_detector(plan)) text += kUseDetector;
  replace_all(text, "@exact@", plan.has_float_scores() ? " up to float rounding" : " exactly");
  return with_name(text + kUseSelfTest, plan);
}

std::string provenance(const ExportPlan& plan) {
  if (plan.model().provenance() == nullptr) return "";
  return fmt::format("\n## Provenance of the model\n\n    {}\n",
                     printable_line(plan.model().provenance()->string_view()));
}

}  // namespace

std::string readme(const ExportPlan& plan, const PackageRequest& package) {
  std::string text = fmt::format(
      "# {}\n\nClassifies {} on {}. Generated by stapes {}. Do not edit these files: change the model and export it "
      "again.\n\n## Build\n\n",
      plan.name(), plural_of(input_kind(plan.model())), plan.target().description, STAPES_VERSION_STRING);
  text += how_to_build(plan, package) + use(plan) + "\n## Figures\n\n" + sizes_table(plan) + layer_table(plan);
  text += kNothingMeasured;
  text +=
      "\nA program may contain several exports with different names. Kernel namespaces are named after a hash of their "
      "content, so the linker merges identical kernels and keeps different ones apart.\n";
  return text + provenance(plan);
}

void put_measured(ExportedFolder& folder, const std::string& section) {
  std::string& text = folder.files.at("README.md");
  text.replace(text.find(kNothingMeasured), kNothingMeasured.size(),
               "\nThese figures are counted from the model and its memory plan.\n\n## Measured\n\n" + section);
}

}  // namespace stapes
