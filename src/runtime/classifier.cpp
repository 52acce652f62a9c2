// SPDX-License-Identifier: Apache-2.0
#include "stapes/classifier.h"

#include <cassert>
#include <new>
#include <type_traits>

#include "runtime/execution_plan.h"
#include "stapes/prepared_model.h"

namespace stapes {

static_assert(Classifier::kArenaAlign == 64);

Classifier::Classifier() noexcept {
  static_assert(sizeof(ExecutionPlan) <= kPlanBytes && alignof(ExecutionPlan) <= 16);
  static_assert(std::is_trivially_destructible_v<ExecutionPlan>);
  ::new (static_cast<void*>(plan_)) ExecutionPlan();
}

ExecutionPlan& Classifier::plan() noexcept { return *std::launder(reinterpret_cast<ExecutionPlan*>(plan_)); }
const ExecutionPlan& Classifier::plan() const noexcept {
  return *std::launder(reinterpret_cast<const ExecutionPlan*>(plan_));
}

std::size_t Classifier::arena_bytes(std::span<const std::byte> blob) noexcept {
  ExecutionPlan plan;
  return make_plan(blob, Cpu::scalar(), plan) == Status::kOk ? plan.arena_bytes : 0;
}

Status Classifier::load(std::span<const std::byte> blob, std::span<std::byte> arena) noexcept {
  plan() = {};
  ExecutionPlan made;
  const Status planned = make_plan(blob, Cpu::scalar(), made);
  return planned == Status::kOk ? start(made, arena) : planned;
}

Status Classifier::load(const PreparedModel& model, std::span<std::byte> arena) noexcept {
  plan() = {};
  return model.plan().model == nullptr ? Status::kNotAModel : start(model.plan(), arena);
}

Status Classifier::start(const ExecutionPlan& made, std::span<std::byte> arena) noexcept {
  const bool aligned = reinterpret_cast<std::uintptr_t>(arena.data()) % kArenaAlign == 0;
  if (arena.size() < made.arena_bytes || !aligned) return Status::kArenaTooSmall;
  plan() = made;
  plan().arena = arena.data();
  return Status::kOk;
}

void Classifier::run(std::span<const float> wave, std::span<float> scores) noexcept {
  assert(static_cast<int>(wave.size()) == window_samples() && static_cast<int>(scores.size()) == class_count());
  execute(plan(), {.real = wave.data()}, scores.data(), nullptr);
}

void Classifier::run_pcm(std::span<const std::int16_t> wave, std::span<float> scores) noexcept {
  assert(static_cast<int>(wave.size()) == window_samples() && static_cast<int>(scores.size()) == class_count());
  execute(plan(), {.pcm = wave.data()}, scores.data(), nullptr);
}

void Classifier::run_features(std::span<const std::int8_t> features, std::span<float> scores) noexcept {
  assert(static_cast<int>(features.size()) == window_samples() && static_cast<int>(scores.size()) == class_count());
  assert(plan().model->features());
  if (!plan().model->features()) return;
  execute(plan(), {.raw = features.data()}, scores.data(), nullptr);
}

void run_observed(Classifier& classifier, std::span<const float> wave, std::span<float> scores,
                  LayerObserver& observer) noexcept {
  execute(classifier.plan(), {.real = wave.data()}, scores.data(), &observer);
}

void run_observed(Classifier& classifier, std::span<const std::int16_t> wave, std::span<float> scores,
                  LayerObserver& observer) noexcept {
  execute(classifier.plan(), {.pcm = wave.data()}, scores.data(), &observer);
}

void run_observed(Classifier& classifier, std::span<const std::int8_t> features, std::span<float> scores,
                  LayerObserver& observer) noexcept {
  execute(classifier.plan(), {.raw = features.data()}, scores.data(), &observer);
}

int Classifier::sample_rate_hz() const noexcept { return plan().model == nullptr ? 0 : plan().model->sample_rate_hz(); }
int Classifier::window_samples() const noexcept { return plan().model == nullptr ? 0 : plan().model->window_samples(); }
int Classifier::class_count() const noexcept {
  return plan().model == nullptr ? 0 : static_cast<int>(plan().model->labels()->size());
}

std::string_view Classifier::label(int index) const noexcept {
  return plan().model->labels()->Get(static_cast<std::uint32_t>(index))->string_view();
}

}  // namespace stapes
