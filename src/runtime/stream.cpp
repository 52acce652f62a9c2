#include "stapes/stream.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

#include "runtime/execution_plan.h"
#include "stapes/prepared_model.h"

namespace stapes {
namespace {

// Samples from one column to the next; 0 where there are no columns, or too far apart for a hop.
int step_of(const ExecutionPlan& plan) {
  if (plan.model == nullptr || !plan.front_end.used()) return 0;
  const std::int64_t step = plan.front_end.wave_step * plan.model->tensors()->Get(0)->channels();
  return step > std::numeric_limits<int>::max() ? 0 : static_cast<int>(step);
}

std::int64_t slice_samples(const ExecutionPlan& plan) {
  return std::int64_t{plan.front_end.wave_positions} * plan.model->tensors()->Get(0)->channels();
}

std::size_t arena_of(ExecutionPlan& plan) {
  return step_of(plan) > 0 && keep_front_end(plan) == Status::kOk ? plan.arena_bytes : 0;
}

}  // namespace

// A block as pushed, in one of its two forms.
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
  const Status started = start(plan, arena, hop_samples);  // without a plan: as if just constructed
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

void StreamClassifier::reset() noexcept {
  samples_to_scores_ = window_samples();
  slice_filled_ = 0;
  columns_filled_ = 0;
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
  std::size_t taken = 0;
  while (taken < samples.count && samples_to_scores_ > 0) taken += take(samples, taken);
  if (samples_to_scores_ > 0) return {taken, false};
  execute_rest(classifier_.plan(), scores.data(), nullptr);
  move_window();
  return {taken, true};
}

// Takes samples from number `first` on, up to the end of the slice or of the window. Fewer samples than a column
// follow the last column of a window: they wait in the slice for the next.
std::size_t StreamClassifier::take(const Samples& samples, std::size_t first) noexcept {
  const ExecutionPlan& plan = classifier_.plan();
  const std::int64_t slice_end = slice_filled_ < 0 ? 0 : slice_samples(plan);
  const std::int64_t wanted = std::min(samples_to_scores_, slice_end - slice_filled_);
  const auto count =
      static_cast<std::size_t>(std::min(static_cast<std::uint64_t>(wanted), std::uint64_t{samples.count - first}));
  if (slice_filled_ >= 0) {
    const fb::Tensor& input = *plan.model->tensors()->Get(0);
    load_samples(samples.wave, first, count, sample_format(input),
                 plan.tensor(0) + static_cast<std::size_t>(slice_filled_) * element_bytes(input.dtype()));
  }
  slice_filled_ += static_cast<std::int64_t>(count);
  samples_to_scores_ -= static_cast<std::int64_t>(count);
  if (slice_filled_ == slice_samples(plan)) {
    FrontEndColumn(*plan.model, plan.front_end, front_end_buffers(plan)).run(columns_filled_++, nullptr);
    move_slice(step_of(plan));
  }
  return count;
}

// The slice begins so many samples later.
void StreamClassifier::move_slice(std::int64_t samples) noexcept {
  const ExecutionPlan& plan = classifier_.plan();
  const std::size_t sample_bytes = element_bytes(plan.model->tensors()->Get(0)->dtype());
  if (slice_filled_ > samples) {
    std::memmove(plan.tensor(0), plan.tensor(0) + static_cast<std::size_t>(samples) * sample_bytes,
                 static_cast<std::size_t>(slice_filled_ - samples) * sample_bytes);
  }
  slice_filled_ -= samples;
}

// The next window keeps the columns it shares with this one; those are the last.
void StreamClassifier::move_window() noexcept {
  const ExecutionPlan& plan = classifier_.plan();
  assert(columns_filled_ == plan.front_end.columns);
  const int step = step_of(plan), hop_columns = hop_samples_ / step;
  samples_to_scores_ = hop_samples_;
  if (hop_columns >= columns_filled_) {
    move_slice(std::int64_t{hop_columns - columns_filled_} * step);
    columns_filled_ = 0;
    return;
  }
  columns_filled_ -= hop_columns;
  const fb::Layer& second = *plan.model->layers()->Get(1);
  const std::size_t column_bytes = position_bytes(output_tensor(*plan.model, second));
  std::byte* columns = plan.tensor(second.output());
  std::memmove(columns, columns + static_cast<std::size_t>(hop_columns) * column_bytes,
               static_cast<std::size_t>(columns_filled_) * column_bytes);
}

}  // namespace stapes
