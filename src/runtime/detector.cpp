// SPDX-License-Identifier: Apache-2.0
#include "stapes/detector.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <type_traits>

#include "kernels/detector/level_gate.h"
#include "runtime/detector_plan.h"
#include "runtime/execution_plan.h"
#include "runtime/front_end.h"
#include "stapes/prepared_model.h"

namespace stapes {
namespace {

static_assert(Detector::kMaxWindows == kMaxAverageWindows);

// A level from 0 to 1 in 65536ths. No mean reaches 1, so a threshold of 1 is kNeverDetected.
bool is_level(float level) { return level >= 0 && level <= 1; }
std::uint16_t to_level(float level) { return static_cast<std::uint16_t>(std::min(level * 65536.0f + 0.5f, 65535.0f)); }
float from_level(std::uint16_t level) { return static_cast<float>(level) * Detector::kLevel; }

// A mean square from 0 to 1 in units of 2^-32. A power above 0 is never rounded to 0, which means no gate.
bool is_power(double power) { return power >= 0 && power <= 1; }
std::uint32_t to_power(double power) {
  const auto units = static_cast<std::uint64_t>(power * 4294967296.0 + 0.5);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(units, power > 0 ? 1 : 0, 0xFFFFFFFF));
}
double from_power(std::uint32_t power) { return power / 4294967296.0; }

std::size_t rounded_up(std::size_t bytes) {
  return (bytes + Detector::kArenaAlign - 1) / Detector::kArenaAlign * Detector::kArenaAlign;
}

}  // namespace

// State apart from the stream, at the end of the arena. Its arrays follow it.
struct Detector::Block {
  ClassScoreParams params;
  DetectorRules rules;
  std::int32_t filled, next, quiet;
  std::uint64_t energy;  // energy, to_start, oldest_start: see LevelPosition
  std::int32_t to_start, oldest_start;
  std::int32_t window_samples, hop_samples;
  int max_windows;
  bool loud;  // the last window reached the gate's level
  bool has_integer_scores;
  std::uint64_t* starts;         // [open_windows()]
  float* real_scores;            // [classes]
  std::int32_t* integer_scores;  // [classes], in the memory of real_scores
  std::uint16_t* thresholds;     // [classes]
  std::uint16_t* sums;           // [classes]
  std::uint8_t* history;         // [max_windows][classes]
  std::int8_t* grid;             // [classes]
  std::uint8_t* spent;           // [classes]
  const std::uint8_t* newest;    // [classes] of the history; null before the first window

  static std::size_t bytes(const fb::Model& model, const DetectorPlan& plan, int max_windows) {
    const auto count = static_cast<std::size_t>(plan.scores.classes);
    const std::size_t each = sizeof(float) + 2 * sizeof(std::uint16_t) + 2 + static_cast<std::size_t>(max_windows);
    const auto open = static_cast<std::size_t>(open_windows(model.window_samples(), plan.hop_samples));
    return sizeof(Block) + open * sizeof(std::uint64_t) + count * each;
  }

  static Block* make(std::byte* at, const fb::Model& model, const DetectorPlan& plan, int max_windows) {
    Block* block = ::new (static_cast<void*>(at)) Block{};
    const auto count = static_cast<std::size_t>(plan.scores.classes);
    std::byte* rest = at + sizeof(Block);
    const auto take = [&](auto*& array, std::size_t elements) {
      array = reinterpret_cast<std::remove_reference_t<decltype(array)>>(rest);
      rest += elements * sizeof *array;
    };
    block->params = plan.scores;
    block->rules = plan.rules;
    block->max_windows = max_windows;
    block->window_samples = model.window_samples();
    block->hop_samples = plan.hop_samples;
    block->has_integer_scores = last_tensor(model).dtype() != fb::DType::kF32;
    take(block->starts, static_cast<std::size_t>(open_windows(block->window_samples, block->hop_samples)));
    block->integer_scores = reinterpret_cast<std::int32_t*>(rest);
    take(block->real_scores, count);
    take(block->thresholds, count);
    take(block->sums, count);
    take(block->history, count * static_cast<std::size_t>(max_windows));
    take(block->grid, count);
    take(block->spent, count);
    for (std::int32_t c = 0; c < plan.scores.classes; ++c) block->thresholds[c] = planned_threshold(model, c);
    return block;
  }

  DetectorMemory memory() { return {rules, params.classes, thresholds, history, sums, spent, {filled, next, quiet}}; }
  LevelMemory levels() { return {window_samples, hop_samples, starts, {energy, to_start, oldest_start}}; }

  void forget_scores() {
    begin_detector(memory());
    newest = nullptr;
    loud = false;
  }
  void forget() {
    forget_scores();
    begin_levels(levels());
  }
};

namespace {

struct Sizes {
  Status status = Status::kUnsupported;
  DetectorPlan plan;
  int max_windows = 0;
};

Sizes sizes_of(const fb::Model* model, Detector::Size size) {
  Sizes sizes;
  if (model == nullptr) return sizes;
  sizes.status = plan_detector(*model, size.hop_samples, sizes.plan);
  if (sizes.status != Status::kOk) return sizes;
  sizes.max_windows = size.max_windows == 0 ? sizes.plan.rules.average_windows : size.max_windows;
  const bool fits = sizes.max_windows >= sizes.plan.rules.average_windows && sizes.max_windows <= kMaxAverageWindows;
  if (!fits) sizes.status = Status::kBadSetting;
  return sizes;
}

}  // namespace

std::size_t Detector::arena_of(ExecutionPlan& plan, Size size) noexcept {
  const Sizes sizes = sizes_of(plan.model, size);
  if (sizes.status != Status::kOk || keep_front_end(plan) != Status::kOk) return 0;
  return rounded_up(plan.arena_bytes) + Block::bytes(*plan.model, sizes.plan, sizes.max_windows);
}

std::size_t Detector::arena_bytes(std::span<const std::byte> blob, Size size) noexcept {
  ExecutionPlan plan;
  return make_plan(blob, Cpu::scalar(), plan) == Status::kOk ? arena_of(plan, size) : 0;
}

std::size_t Detector::arena_bytes(const PreparedModel& model, Size size) noexcept {
  ExecutionPlan plan = model.plan();
  return arena_of(plan, size);
}

Status Detector::start(ExecutionPlan& plan, std::span<std::byte> arena, Size size) noexcept {
  block_ = nullptr;
  samples_ = 0;
  const Sizes sizes = sizes_of(plan.model, size);
  const Status started = stream_.start(plan, arena, sizes.plan.hop_samples);
  if (sizes.status != Status::kOk) return sizes.status;
  if (started != Status::kOk) return started;
  const std::size_t at = rounded_up(plan.arena_bytes);
  if (arena.size() < at + Block::bytes(*plan.model, sizes.plan, sizes.max_windows)) return Status::kArenaTooSmall;
  block_ = Block::make(arena.data() + at, *plan.model, sizes.plan, sizes.max_windows);
  block_->forget();
  return Status::kOk;
}

Status Detector::load(std::span<const std::byte> blob, std::span<std::byte> arena, Size size) noexcept {
  ExecutionPlan plan;
  const Status planned = make_plan(blob, Cpu::scalar(), plan);
  const Status started = start(plan, arena, size);  // resets the object if planning failed
  return planned == Status::kOk ? started : planned;
}

Status Detector::load(const PreparedModel& model, std::span<std::byte> arena, Size size) noexcept {
  ExecutionPlan plan = model.plan();
  return start(plan, arena, size);
}

Status Detector::set(const DetectorSettings& s) noexcept {
  assert(block_ != nullptr);
  if (!is_level(s.gate_threshold) || !is_level(s.hysteresis) || !is_power(s.gate_power)) return Status::kBadSetting;
  const DetectorRules rules{.average_windows = s.average_windows,
                            .minimum_windows = s.minimum_windows,
                            .refractory_windows = s.refractory_windows,
                            .gate_class = s.gate_class,
                            .gate_threshold = to_level(s.gate_threshold),
                            .hysteresis = to_level(s.hysteresis),
                            .gate_power = to_power(s.gate_power)};
  if (!are_valid(rules, block_->params.classes, block_->max_windows)) return Status::kBadSetting;
  block_->rules = rules;
  block_->forget_scores();
  return Status::kOk;
}

DetectorSettings Detector::settings() const noexcept {
  const DetectorRules& r = block_->rules;
  return {.average_windows = r.average_windows,
          .minimum_windows = r.minimum_windows,
          .refractory_windows = r.refractory_windows,
          .hysteresis = from_level(r.hysteresis),
          .gate_class = r.gate_class,
          .gate_threshold = from_level(r.gate_threshold),
          .gate_power = from_power(r.gate_power)};
}

Status Detector::set_threshold(int class_index, float threshold) noexcept {
  const bool known = class_index >= 0 && class_index < block_->params.classes;
  if (!known || !(is_level(threshold) || threshold == kNever)) return Status::kBadSetting;
  block_->thresholds[class_index] = threshold == kNever ? kNeverDetected : to_level(threshold);
  return Status::kOk;
}

float Detector::threshold(int class_index) const noexcept {
  const std::uint16_t threshold = block_->thresholds[class_index];
  return threshold == kNeverDetected ? kNever : from_level(threshold);
}

Detector::Pushed Detector::push(std::span<const float> samples, Detection& detection) noexcept {
  assert(block_ != nullptr);
  const auto pushed = stream_.push(samples, {block_->real_scores, static_cast<std::size_t>(class_count())});
  add_levels(block_->levels(), pushed.taken, [&](std::size_t i) { return to_pcm(samples[i]); });
  return after_push(pushed, detection);
}

Detector::Pushed Detector::push_pcm(std::span<const std::int16_t> samples, Detection& detection) noexcept {
  assert(block_ != nullptr);
  const auto pushed = stream_.push_pcm(samples, {block_->real_scores, static_cast<std::size_t>(class_count())});
  add_levels(block_->levels(), pushed.taken, [&](std::size_t i) { return samples[i]; });
  return after_push(pushed, detection);
}

Detector::Pushed Detector::after_push(StreamClassifier::Pushed pushed, Detection& detection) noexcept {
  samples_ += pushed.taken;
  if (!pushed.scored) return {pushed.taken, false, false};
  Block& block = *block_;
  const DetectorMemory memory = block.memory();
  std::uint8_t* const row = next_history_row(memory);
  if (block.has_integer_scores) {
    for (std::int32_t c = 0; c < block.params.classes; ++c) {
      block.integer_scores[c] = integer_score(stream_.classifier_.plan(), c);
    }
    class_scores(block.integer_scores, block.params, block.grid, row);
  } else {
    class_scores(block.real_scores, block.params, block.grid, row);
  }
  block.newest = row;
  block.loud = level_reaches(window_energy(block.levels()), block.window_samples, block.rules.gate_power);
  const std::int32_t found = detect(memory, row, block.loud);
  if (found < 0) return {pushed.taken, true, false};
  detection = {found, from_level(mean_score(memory, found)), samples_};
  return {pushed.taken, true, true};
}

void Detector::reset() noexcept {
  stream_.reset();
  samples_ = 0;
  block_->forget();
}

float Detector::score(int class_index) const noexcept {
  return block_->newest == nullptr ? 0 : static_cast<float>(block_->newest[class_index]) / 256.0f;
}
float Detector::mean(int class_index) const noexcept {
  return block_->newest == nullptr ? 0 : from_level(mean_score(block_->memory(), class_index));
}
bool Detector::is_loud() const noexcept { return block_->loud; }

}  // namespace stapes
