// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "export/names.h"
#include "export/source_text.h"

namespace stapes {
namespace {

constexpr const char* kTrace = R"(
// With STAPES_TRACE, the program must define these two functions. They are called before and after a layer runs, the
// second with the layer's output. A layer that runs in parts calls them for each part, in order.
#ifdef STAPES_TRACE
extern "C" void stapes_layer_begin(int layer);
extern "C" void stapes_layer_end(int layer, const void* data, size_t bytes);
#define STAPES_LAYER_BEGIN(layer) stapes_layer_begin(layer)
#define STAPES_LAYER_END(layer, data, bytes) stapes_layer_end(layer, data, bytes)
#else
#define STAPES_LAYER_BEGIN(layer) static_cast<void>(0)
#define STAPES_LAYER_END(layer, data, bytes) static_cast<void>(0)
#endif
)";

std::string args_name(const ExportedLayer& layer) {
  return fmt::format("k{}{}Args", upper_case(layer.id.substr(0, 1)), layer.id.substr(1));
}

std::string includes(const ExportPlan& plan) {
  std::set<std::string> headers;
  for (const ExportedLayer& layer : plan.layers()) {
    headers.insert(layer.call.header);
    if (layer.call.is_fixed) headers.insert(layer.call.file);
    if (layer.in_band) headers.insert("kernels/loops/schedule/row_band.h");
    if (layer.rows_over_input > 0) headers.insert("kernels/loops/schedule/over_input.h");
  }
  if (plan.streams()) headers.insert("kernels/loops/schedule/stream_window.h");
  if (plan.input().dtype() == fb::DType::kI8 && !plan.takes_features()) headers.insert("kernels/quantize_pcm.h");
  std::string text = fmt::format("#include \"{}.h\"\n\n#include <string.h>\n\n", plan.name());
  for (const std::string& header : headers) text += fmt::format("#include \"{}\"\n", header);
  return text + fmt::format("#include \"{}_weights.h\"\n", plan.name()) + kernel_alias(plan);
}

std::string labels(const ExportPlan& plan) {
  std::string text = with_name("\nconst char* const @name@_labels[@NAME@_CLASS_COUNT] = {\n", plan);
  for (const auto* label : *plan.model().labels()) text += fmt::format("    {},\n", c_string(label->string_view()));
  return text + "};\n";
}

// The first layer of each step with scratch memory, which the step's layers share.
std::vector<std::size_t> scratch_owners(const ExportPlan& plan) {
  std::vector<std::size_t> owners;
  const auto add = [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i <= last; ++i) {
      if (plan.layers()[i].call.scratch_bytes > 0) return owners.push_back(first);
    }
  };
  if (plan.streams()) add(0, plan.window_plan().front_end.last());
  for (const ExportedStep& step : plan.steps()) add(step.first, step.last);
  return owners;
}

// The members of Layout and their offsets in a plan.
std::vector<std::pair<std::string, std::uint32_t>> layout(const ExportPlan& plan, const ExecutionPlan& made) {
  std::vector<std::pair<std::string, std::uint32_t>> members = {{"input", made.tensor_offset[0]}};
  for (std::size_t i = 0; i < plan.layers().size(); ++i) {
    const auto tensor = plan.model().layers()->Get(static_cast<std::uint32_t>(i))->output();
    members.emplace_back(plan.layers()[i].id, made.tensor_offset[static_cast<std::size_t>(tensor)]);
  }
  for (const std::size_t i : scratch_owners(plan)) {
    members.emplace_back(plan.layers()[i].id + "_scratch", made.scratch_offset[i]);
  }
  return members;
}

std::string layout_constant(const ExportPlan& plan, const ExecutionPlan& made, const char* name) {
  std::string text = fmt::format("constexpr Layout {} = {{\n", name);
  for (const auto& [member, offset] : layout(plan, made))
    text += fmt::format("    {},\n", commented(member, std::to_string(offset)));
  return text + "};\n";
}

std::string layouts(const ExportPlan& plan) {
  std::string text =
      "// Byte offsets of the buffers in the arena: the input, the output of each layer, and scratch memory.\n";
  text += "struct Layout {\n";
  for (const auto& [member, offset] : layout(plan, plan.window_plan()))
    text += fmt::format("  uint32_t {}_at;\n", member);
  text += "};\n";
  text += layout_constant(plan, plan.window_plan(), "kWindow");
  if (plan.streams()) {
    text += "// For a stream: the input and the columns of the front end are kept between windows.\n";
    text += layout_constant(plan, plan.stream_plan(), "kStream");
  }
  return text;
}

bool is_array(const KernelCall& call, const std::string& value) {
  return std::ranges::any_of(call.arrays, [&](const CArray& array) { return array.name == value; });
}

// Adds the namespace to the array names in a member's value.
std::string in_namespace(const ExportPlan& plan, const KernelCall& call, const std::string& value) {
  if (is_array(call, value)) return fmt::format("{}_weights::{}", plan.name(), value);
  std::string text = value;
  for (const CArray& array : call.arrays) {
    const std::size_t at = text.find("=*/" + array.name);
    if (at != std::string::npos) text.insert(at + 3, plan.name() + "_weights::");
  }
  return text;
}

bool has_shape(const ExportedLayer& layer) { return layer.call.shape.out_c > 0; }

std::string args_constant(const ExportPlan& plan, const ExportedLayer& layer) {
  std::string text;
  if (has_shape(layer) && layer.shape == shape_name(layer.id)) {
    text = fmt::format("constexpr stapes::ConvShape {} = {};\n", shape_name(layer.id), shape_text(layer.call.shape));
  }
  text += fmt::format("constexpr stapes::{} {} = {{\n", layer.call.args_type, args_name(layer));
  for (const auto& [member, value] : layer.call.members) {
    const std::string& text_of = member == "shape" ? layer.shape : value;
    text += fmt::format("    {},\n", commented(member, in_namespace(plan, layer.call, text_of)));
  }
  return text + "};\n";
}

bool is_transpose(const ExportedLayer& layer) { return layer.call.folder == "transpose"; }
bool has_scratch(const ExportedLayer& layer) { return layer.call.scratch_bytes > 0; }

constexpr const char* kShapeParameter = "const stapes::ConvShape& shape, ";
constexpr const char* kSetShape = "  args.shape = shape;\n";

// The parameter of a layer in a band: the rows to make.
const char* rows_parameter(const ExportedLayer& layer) {
  if (!layer.in_band) return "";
  return is_transpose(layer) ? "stapes::Rows rows, " : kShapeParameter;
}

// The head of a layer's function, up to its opening brace.
std::string signature(const ExportedLayer& layer, const char* verb, const char* rows) {
  return fmt::format("void {}_{}({}const uint8_t* input, {}uint8_t* output{}) {{\n", verb, layer.id, rows,
                     layer.call.other_type.empty() ? "" : "const uint8_t* other, ",
                     has_scratch(layer) ? ", void* scratch" : "");
}

// Sets the arguments and calls the kernel. `set_rows`: the lines that set the rows to make.
std::string kernel_lines(const ExportedLayer& layer, const char* set_rows) {
  const KernelCall& call = layer.call;
  std::string text = fmt::format("  stapes::{} args = {};\n{}", call.args_type, args_name(layer), set_rows);
  text += fmt::format("  args.input = reinterpret_cast<const {}*>(input);\n", call.input_type);
  if (!call.other_type.empty()) {
    text += fmt::format("  args.other = reinterpret_cast<const {}*>(other);\n", call.other_type);
  }
  text += fmt::format("  args.output = reinterpret_cast<{}*>(output);\n", call.output_type);
  if (has_scratch(layer)) text += "  args.memory.scratch = scratch;\n";
  return text + (call.is_fixed ? fmt::format("  stapes::{}<{}>(args);\n", call.function, layer.shape)
                               : fmt::format("  stapes::{}(args);\n", call.function));
}

// The loop of a layer that may overwrite its input, and its function for a few rows.
std::string layer_over_input(const ExportPlan& plan, std::size_t i) {
  const ExportedLayer& layer = plan.layers()[i];
  const fb::Layer& fb_layer = *plan.model().layers()->Get(static_cast<std::uint32_t>(i));
  const std::string make_rows = signature(layer, "make", kShapeParameter) + kernel_lines(layer, kSetShape) + "}\n";
  return make_rows + "\n// The output may overlap the input.\n" + signature(layer, "run", "") +
         fmt::format(
             "  STAPES_LAYER_BEGIN({});\n"
             "  const stapes::OverInput tensors = {{&{}, /*rows=*/{}, input, output,\n"
             "                                     /*from_row_bytes=*/{}, /*to_row_bytes=*/{}}};\n"
             "  stapes::run_over_input(tensors, [{}](const stapes::ConvShape& shape, const uint8_t* from, uint8_t* to) "
             "{{\n"
             "    make_{}(shape, from, to{});\n  }});\n",
             i, layer.shape, layer.rows_over_input, row_bytes(input_tensor(plan.model(), fb_layer)),
             layer.output_row_bytes, has_scratch(layer) ? "scratch" : "", layer.id,
             has_scratch(layer) ? ", scratch" : "");
}

std::string layer_function(const ExportPlan& plan, std::size_t i) {
  const ExportedLayer& layer = plan.layers()[i];
  if (layer.rows_over_input > 0) return layer_over_input(plan, i);
  const char* set_rows = !layer.in_band        ? ""
                         : is_transpose(layer) ? "  args.first = rows.first;\n  args.end = rows.end;\n"
                                               : kSetShape;
  return signature(layer, "run", rows_parameter(layer)) + fmt::format("  STAPES_LAYER_BEGIN({});\n", i) +
         kernel_lines(layer, set_rows);
}

// An expression for the bytes that a call has written.
std::string bytes_made(const ExportPlan& plan, std::size_t i) {
  const ExportedLayer& layer = plan.layers()[i];
  if (layer.in_band) {
    const char* rows = is_transpose(layer) ? "rows.count()" : "shape.out_h";
    return fmt::format("static_cast<size_t>({}) * {}", rows, layer.output_row_bytes);
  }
  const fb::Tensor& output = output_tensor(plan.model(), *plan.model().layers()->Get(static_cast<std::uint32_t>(i)));
  const FrontEnd& front_end = plan.window_plan().front_end;
  return std::to_string(front_end.has(i) ? static_cast<std::size_t>(front_end.positions[i]) * position_bytes(output)
                                         : tensor_bytes(output));
}

std::string layer_text(const ExportPlan& plan, std::size_t i) {
  const fb::Layer& layer = *plan.model().layers()->Get(static_cast<std::uint32_t>(i));
  std::string text = fmt::format("\n// Layer {}, {}: {}\n", i, plain_text(layer.name()->string_view()),
                                 plan.layers()[i].call.function);
  text += args_constant(plan, plan.layers()[i]);
  text += layer_function(plan, i);
  return text + fmt::format("  STAPES_LAYER_END({}, output, {});\n}}\n", i, bytes_made(plan, i));
}

std::string scratch_argument(const ExportPlan& plan, std::size_t first_of_step, std::size_t i) {
  if (!has_scratch(plan.layers()[i])) return "";
  return fmt::format(", arena + at.{}_scratch_at", plan.layers()[first_of_step].id);
}

constexpr const char* kLoadStart = R"(
// Source of a window's samples: exactly one member is set.
struct Source {
  const @sample@* @input@;
  @sample@ (*sample)(uint32_t index);
};

// Writes samples [first, first + count) in the format that the first layer reads.
void load_samples(const Source& source, size_t first, size_t count, uint8_t* to) {
)";

constexpr const char* kLoadEach = R"(  for (size_t i = 0; i < count; ++i) {{
    const int16_t pcm = source.pcm != nullptr ? source.pcm[first + i] : source.sample(static_cast<uint32_t>(first + i));
    reinterpret_cast<{}*>(to)[i] = {};
  }}
}}
)";

// `unless_there`: a condition that skips the copy if the input is already in place.
constexpr const char* kCopyEach = R"(  if (source.@input@ != nullptr) {
    @unless_there@memcpy(to, source.@input@ + first, count * sizeof(@sample@));
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    reinterpret_cast<@sample@*>(to)[i] = source.sample(static_cast<uint32_t>(first + i));
  }
}
)";

std::string load_function(const ExportPlan& plan) {
  const fb::DType dtype = plan.input().dtype();
  std::string text;
  const bool as_they_are = dtype == fb::DType::kI16 || plan.takes_features();
  if (dtype == fb::DType::kI8 && !as_they_are) {
    const PcmStepTable& table = plan.pcm_table();
    const CArray steps = c_array("kPcmStepSamples", std::span<const std::int16_t>(table.steps));
    if (steps.count > 0)
      text += fmt::format("\nconstexpr int16_t {}[{}] = {{\n{}}};\n", steps.name, steps.count, steps.values);
    text += fmt::format("constexpr stapes::PcmSteps kPcmSteps = {{/*steps=*/{}, /*count=*/{}, /*lowest=*/{}}};\n",
                        steps.count > 0 ? steps.name : "nullptr", steps.count, table.lowest);
  }
  text += with_name(kLoadStart, plan);
  if (as_they_are) {
    std::string copy = kCopyEach;
    const bool in_arena = plan.has_input_in_arena();
    replace_all(copy, "@unless_there@",
                in_arena ? "if (to != reinterpret_cast<const uint8_t*>(source.@input@ + first)) " : "");
    return text + with_name(copy, plan);
  }
  const bool is_i8 = dtype == fb::DType::kI8;
  return text + fmt::format(kLoadEach, c_type(dtype),
                            is_i8 ? "stapes::quantize_pcm(pcm, kPcmSteps)" : "static_cast<float>(pcm) / 32768.0f");
}

std::string front_end_function(const ExportPlan& plan) {
  std::string text = "\n// One column of the front end, from the samples in the slice.\n";
  text += "void run_column(uint8_t* arena, const Layout& at, int32_t column) {\n";
  std::string input = "input";
  const std::size_t last = plan.window_plan().front_end.last();
  for (std::size_t i = 0; i <= last; ++i) {
    const std::string& id = plan.layers()[i].id;
    const std::string column =
        i < last ? "" : fmt::format(" + static_cast<size_t>(column) * {}", plan.front_end().column_bytes);
    text += fmt::format("  run_{0}(arena + at.{1}_at, arena + at.{0}_at{2}{3});\n", id, input, column,
                        scratch_argument(plan, 0, i));
    input = id;
  }
  return text + "}\n";
}

std::string stage_text(const ExportPlan& plan, std::size_t i) {
  const ExportedLayer& layer = plan.layers()[i];
  const fb::Layer& fb_layer = *plan.model().layers()->Get(static_cast<std::uint32_t>(i));
  const fb::Tensor& output = output_tensor(plan.model(), fb_layer);
  const std::string shape = commented("shape", is_transpose(layer) ? "nullptr" : fmt::format("&{}", layer.shape));
  return fmt::format(
      "      {{{}, /*from=*/arena + at.{}_at, /*to=*/arena + at.{}_at,\n"
      "       /*from_row_bytes=*/{}, /*to_row_bytes=*/{}, /*out_h=*/{}, /*held=*/{{}}}},\n",
      shape, plan.input_ids(i).front(), layer.id, row_bytes(input_tensor(plan.model(), fb_layer)),
      layer.output_row_bytes, output.height());
}

std::string band_case(const ExportPlan& plan, std::size_t first, std::size_t i) {
  const ExportedLayer& layer = plan.layers()[i];
  const std::string rows = is_transpose(layer) ? "rows" : fmt::format("stapes::shape_of_rows({}, rows)", layer.shape);
  return fmt::format("      case {}:\n        return run_{}({}, input, output{});\n", i - first, layer.id, rows,
                     scratch_argument(plan, first, i));
}

std::string band_name(const ExportPlan& plan, const ExportedStep& step) {
  return fmt::format("run_{}_to_{}", plan.layers()[step.first].id, plan.layers()[step.last].id);
}

std::string band_function(const ExportPlan& plan, const ExportedStep& step) {
  std::string text =
      "\n// Interleaves these layers, a few rows at a time, so that the tensors between them never exist in full.\n";
  text += fmt::format("void {}(uint8_t* arena, const Layout& at) {{\n  stapes::BandStage stages[] = {{\n",
                      band_name(plan, step));
  for (std::size_t i = step.first; i <= step.last; ++i) text += stage_text(plan, i);
  text += "  };\n";
  text +=
      "  const auto make_rows = [&](int32_t stage, stapes::Rows rows, const uint8_t* input, uint8_t* output) {\n"
      "    switch (stage) {\n";
  for (std::size_t i = step.first; i <= step.last; ++i) text += band_case(plan, step.first, i);
  text += "      default:\n        return;\n    }\n  };\n";
  return text + fmt::format("  stapes::run_stages(stages, {}, make_rows);\n}}\n", step.last - step.first + 1);
}

std::string step_call(const ExportPlan& plan, const ExportedStep& step) {
  if (step.is_band()) return fmt::format("  {}(arena, at);\n", band_name(plan, step));
  const std::string& id = plan.layers()[step.first].id;
  std::string inputs;
  for (const std::string& input : plan.input_ids(step.first)) inputs += fmt::format("arena + at.{}_at, ", input);
  return fmt::format("  run_{0}({1}arena + at.{0}_at{2});\n", id, inputs,
                     scratch_argument(plan, step.first, step.first));
}

// Subtracts the zero point from an int8 score, so that the real value is scale * score.
std::string copy_scores(const ExportPlan& plan) {
  const fb::Tensor& scores = last_tensor(plan.model());
  const std::string& id = plan.layers().back().id;
  if (scores.dtype() != fb::DType::kI8) {
    return fmt::format("  memcpy(scores, arena + at.{}_at, @NAME@_CLASS_COUNT * sizeof(@name@_score));\n", id);
  }
  return fmt::format(
      "  for (int32_t c = 0; c < @NAME@_CLASS_COUNT; ++c) {{\n"
      "    scores[c] = reinterpret_cast<const int8_t*>(arena + at.{}_at)[c] - ({});\n  }}\n",
      id, scores.zero_point());
}

std::string finish_function(const ExportPlan& plan) {
  std::string text;
  for (const ExportedStep& step : plan.steps()) {
    if (step.is_band()) text += band_function(plan, step);
  }
  text += fmt::format(
      "\n// {} Then writes the scores.\n",
      plan.streams() ? "Runs all layers after the front end; its columns must be ready." : "Runs all layers.");
  text += with_name("void finish_window(uint8_t* arena, const Layout& at, @name@_score* scores) {\n", plan);
  for (const ExportedStep& step : plan.steps()) text += step_call(plan, step);
  return text + with_name(copy_scores(plan), plan) + "}\n";
}

std::string window_function(const ExportPlan& plan) {
  std::string text =
      with_name("\nvoid run_window(const @name@_state& state, const Source& source, @name@_score* scores) {\n", plan);
  text += plan.streams() ? "  const Layout& at = state.hop_samples > 0 ? kStream : kWindow;\n"
                         : "  const Layout& at = kWindow;\n";
  if (plan.streams()) {
    text += with_name(fmt::format("  for (int32_t column = 0; column < {}; ++column) {{\n"
                                  "    load_samples(source, static_cast<size_t>(column) * @NAME@_STEP_SAMPLES, {}, "
                                  "state.arena + at.input_at);\n"
                                  "    run_column(state.arena, at, column);\n  }}\n",
                                  plan.front_end().columns, plan.front_end().slice_samples),
                      plan);
  } else {
    text += with_name("  load_samples(source, 0, @NAME@_WINDOW_SAMPLES, state.arena + at.input_at);\n", plan);
  }
  return text + "  finish_window(state.arena, at, scores);\n}\n";
}

std::string stream_functions(const ExportPlan& plan) {
  std::string text = with_name(R"(
stapes::StreamPosition position(@name@_state& state) {
  return {state.samples_to_scores, state.slice_filled, state.columns_filled};
}

stapes::StreamWindow stream_window(@name@_state& state) {
)",
                               plan);
  return text + with_name(fmt::format("  return {{position(state),\n"
                                      "          state.hop_samples,\n"
                                      "          @NAME@_STEP_SAMPLES,\n"
                                      "          /*slice_samples=*/{},\n"
                                      "          /*columns=*/{},\n"
                                      "          /*sample_bytes=*/{},\n"
                                      "          /*column_bytes=*/{},\n"
                                      "          /*slice=*/state.arena + kStream.input_at,\n"
                                      "          /*output=*/state.arena + kStream.{}_at}};\n}}\n",
                                      plan.front_end().slice_samples, plan.front_end().columns,
                                      element_bytes(plan.input().dtype()), plan.front_end().column_bytes,
                                      plan.layers()[plan.window_plan().front_end.last()].id),
                          plan);
}

constexpr const char* kInit = R"(
int @name@_init(@name@_state* state, void* arena, size_t arena_bytes, int32_t hop_samples) {
  if (hop_samples != 0 && (@hop_is_wrong@)) return @NAME@_ERROR_HOP;
  const size_t wanted = hop_samples == 0 ? @NAME@_ARENA_BYTES : @NAME@_STREAM_ARENA_BYTES;
  const bool aligned = reinterpret_cast<uintptr_t>(arena) % @NAME@_ARENA_ALIGN == 0;
  if (arena == nullptr || arena_bytes < wanted || !aligned) return @NAME@_ERROR_ARENA;
  *state = {static_cast<uint8_t*>(arena), hop_samples, 0, 0, 0};
@begin@  return 0;
}

void @name@_run(@name@_state* state, const @sample@* @input@, @name@_score* scores) {
  run_window(*state, {@input@, nullptr}, scores);
@begin@}

void @name@_run_from(@name@_state* state, @sample@ (*sample)(uint32_t index), @name@_score* scores) {
  run_window(*state, {nullptr, sample}, scores);
@begin@}
)";

constexpr const char* kPush = R"(
void @name@_reset(@name@_state* state) { stapes::begin_stream(position(*state), @NAME@_WINDOW_SAMPLES); }

size_t @name@_push(@name@_state* state, const int16_t* pcm, size_t count, @name@_score* scores, int* ready) {
  *ready = 0;
  if (state->hop_samples == 0) return 0;
  const stapes::StreamWindow window = stream_window(*state);
  const size_t taken = stapes::push_samples(
      window, count,
      [pcm](size_t first, size_t samples, uint8_t* to) { load_samples({pcm, nullptr}, first, samples, to); },
      [state](int32_t column) { run_column(state->arena, kStream, column); });
  if (state->samples_to_scores > 0) return taken;
  finish_window(state->arena, kStream, scores);
  stapes::next_window(window);
  *ready = 1;
  return taken;
}
)";

constexpr const char* kInput = R"(
@sample@* @name@_input(const @name@_state* state) {
  return reinterpret_cast<@sample@*>(state->arena + kWindow.input_at);
}
)";

std::string interface_functions(const ExportPlan& plan) {
  std::string text = kInit;
  if (plan.has_input_in_arena()) text += kInput;
  const bool streams = plan.streams();
  replace_all(text, "@hop_is_wrong@", streams ? "hop_samples < 0 || hop_samples % @NAME@_STEP_SAMPLES != 0" : "true");
  replace_all(text, "@begin@", streams ? "  @name@_reset(state);\n" : "");
  return with_name(streams ? text + kPush : text, plan);
}

}  // namespace

std::string model_source(const ExportPlan& plan) {
  std::string text = first_line(plan.name() + ".cpp", "the layers in order, for " + plan.target().name);
  text += includes(plan) + kTrace + labels(plan) + "\nnamespace {\n\n" + layouts(plan);
  for (std::size_t i = 0; i < plan.layers().size(); ++i) text += layer_text(plan, i);
  text += load_function(plan);
  if (plan.streams()) text += front_end_function(plan);
  text += finish_function(plan) + window_function(plan);
  if (plan.streams()) text += stream_functions(plan);
  return text + "\n}  // namespace\n" + interface_functions(plan);
}

}  // namespace stapes
