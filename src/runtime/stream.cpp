// SPDX-License-Identifier: Apache-2.0
#include "stapes/stream.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "kernels/loops/schedule/stream_window.h"
#include "runtime/execution_plan.h"
#include "stapes/prepared_model.h"

namespace stapes {
namespace {

int step_of(const ExecutionPlan& plan) { return plan.model == nullptr ? 0 : step_samples(*plan.model, plan.front_end); }

// Part of the input tensor, so below 2^31 (packed/limits.h).
std::int32_t slice_samples(const ExecutionPlan& plan) {
  return plan.front_end.wave_positions * plan.model->tensors()->Get(0)->channels();
}

std::size_t arena_of(ExecutionPlan& plan) {
  return step_of(plan) > 0 && keep_front_end(plan) == Status::kOk ? plan.arena_bytes : 0;
}

}  // namespace

// A pushed block of float or PCM samples.
struct StreamClassifier::Samples {
  Wave wave;
  std::size_t count;
};

std::size_t StreamClassifier::arena_bytes(std::span<const std::byte> blob) noexcept {
  ExecutionPlan plan;
  return make_plan(blob, Cpu::scalar(), plan) == Status::kOk ? arena_of(plan) : 0;
}
std::size_t StreamClassifier::arena_bytes(const PreparedModel& model) noexcept {
  ExecutionPlan plan = model.plan();
  return arena_of(plan);
}

int StreamClassifier::step_samples(std::span<const std::byte> blob) noexcept {
  ExecutionPlan plan;
  return make_plan(blob, Cpu::scalar(), plan) == Status::kOk ? step_of(plan) : 0;
}
int StreamClassifier::step_samples(const PreparedModel& model) noexcept { return step_of(model.plan()); }

int StreamClassifier::nearest_hop_samples(int step_samples, int wanted_samples) noexcept {
  assert(step_samples > 0);
  const std::int64_t nearest = (std::int64_t{wanted_samples} + step_samples / 2) / step_samples;
  const std::int64_t most = std::numeric_limits<int>::max() / step_samples;
  return step_samples * static_cast<int>(std::clamp<std::int64_t>(nearest, 1, most));
}

Status StreamClassifier::load(std::span<const std::byte> blob, std::span<std::byte> arena, int hop_samples) noexcept {
  ExecutionPlan plan;
  const Status planned = make_plan(blob, Cpu::scalar(), plan);
  const Status started = start(plan, arena, hop_samples);  // resets the object if planning failed
  return planned == Status::kOk ? started : planned;
}

Status StreamClassifier::load(const PreparedModel& model, std::span<std::byte> arena, int hop_samples) noexcept {
  ExecutionPlan plan = model.plan();
  return start(plan, arena, hop_samples);
}

Status StreamClassifier::start(ExecutionPlan& plan, std::span<std::byte> arena, int hop_samples) noexcept {
  classifier_.plan() = {};
  hop_samples_ = 0;
  if (plan.model == nullptr) return Status::kNotAModel;
  const int step = step_of(plan);
  if (step == 0) return Status::kUnsupported;
  if (hop_samples < 1 || hop_samples % step != 0) return Status::kBadHop;
  const Status planned = keep_front_end(plan);
  if (planned != Status::kOk) return planned;
  const Status started = classifier_.start(plan, arena);
  if (started != Status::kOk) return started;
  hop_samples_ = hop_samples;
  reset();
  return Status::kOk;
}

StreamWindow StreamClassifier::window() noexcept {
  const ExecutionPlan& plan = classifier_.plan();
  const std::size_t last = plan.front_end.last();
  const fb::Tensor& output = output_tensor(*plan.model, *plan.model->layers()->Get(static_cast<std::uint32_t>(last)));
  const FrontEndBuffers buffers = front_end_buffers(plan);
  return {.at = {samples_to_scores_, slice_filled_, columns_filled_},
          .hop_samples = hop_samples_,
          .step_samples = step_of(plan),
          .slice_samples = slice_samples(plan),
          .columns = plan.front_end.columns,
          .sample_bytes = element_bytes(plan.model->tensors()->Get(0)->dtype()),
          .column_bytes = position_bytes(output),
          .slice = reinterpret_cast<std::uint8_t*>(buffers.slice),
          .output = reinterpret_cast<std::uint8_t*>(buffers.output[last])};
}

void StreamClassifier::reset() noexcept {
  begin_stream({samples_to_scores_, slice_filled_, columns_filled_}, window_samples());
}

StreamClassifier::Pushed StreamClassifier::push(std::span<const float> samples, std::span<float> scores) noexcept {
  return push_samples({.wave = {.real = samples.data()}, .count = samples.size()}, scores);
}
StreamClassifier::Pushed StreamClassifier::push_pcm(std::span<const std::int16_t> samples,
                                                    std::span<float> scores) noexcept {
  return push_samples({.wave = {.pcm = samples.data()}, .count = samples.size()}, scores);
}

StreamClassifier::Pushed StreamClassifier::push_samples(const Samples& samples, std::span<float> scores) noexcept {
  assert(hop_samples_ > 0 && static_cast<int>(scores.size()) == class_count());
  const ExecutionPlan& plan = classifier_.plan();
  const StreamWindow at = window();
  const SampleFormat format = sample_format(*plan.model);
  const std::size_t taken = stapes::push_samples(
      at, samples.count,
      [&](std::size_t first, std::size_t count, std::uint8_t* to) {
        load_samples(samples.wave, first, count, format, reinterpret_cast<std::byte*>(to));
      },
      [&](std::int32_t column) {
        FrontEndColumn(*plan.model, plan.front_end, front_end_buffers(plan)).run(column, nullptr);
      });
  if (samples_to_scores_ > 0) return {taken, false};
  execute_rest(plan, scores.data(), nullptr);
  next_window(at);
  return {taken, true};
}

}  // namespace stapes
