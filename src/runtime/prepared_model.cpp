// SPDX-License-Identifier: Apache-2.0
#include "stapes/prepared_model.h"

#include <new>
#include <type_traits>

#include "runtime/execution_plan.h"

namespace stapes {
namespace {

std::size_t memory_for(std::span<const std::byte> blob, const Cpu& cpu) {
  ExecutionPlan plan;
  return make_plan(blob, cpu, plan) == Status::kOk ? plan.prepared_bytes : 0;
}

Status load_for(std::span<const std::byte> blob, std::span<std::byte> memory, const Cpu& cpu, ExecutionPlan& plan) {
  plan = {};
  ExecutionPlan made;
  const Status planned = make_plan(blob, cpu, made);
  if (planned != Status::kOk) return planned;
  const bool aligned = reinterpret_cast<std::uintptr_t>(memory.data()) % PreparedModel::kAlign == 0;
  if (memory.size() < made.prepared_bytes || !aligned) return Status::kArenaTooSmall;
  prepare_weights(made, memory.data());
  plan = made;
  return Status::kOk;
}

}  // namespace

PreparedModel::PreparedModel() noexcept {
  static_assert(sizeof(ExecutionPlan) <= kPlanBytes && alignof(ExecutionPlan) <= 16);
  static_assert(std::is_trivially_destructible_v<ExecutionPlan>);
  ::new (static_cast<void*>(plan_)) ExecutionPlan();
}

ExecutionPlan& PreparedModel::plan() noexcept { return *std::launder(reinterpret_cast<ExecutionPlan*>(plan_)); }
const ExecutionPlan& PreparedModel::plan() const noexcept {
  return *std::launder(reinterpret_cast<const ExecutionPlan*>(plan_));
}

std::size_t PreparedModel::memory_bytes(std::span<const std::byte> blob) noexcept {
  return memory_for(blob, Cpu::detect());
}
std::size_t PreparedModel::memory_bytes(std::span<const std::byte> blob, Isa isa) noexcept {
  return memory_for(blob, Cpu::detect().limited_to(isa));
}

Status PreparedModel::load(std::span<const std::byte> blob, std::span<std::byte> memory) noexcept {
  return load_for(blob, memory, Cpu::detect(), plan());
}
Status PreparedModel::load(std::span<const std::byte> blob, std::span<std::byte> memory, Isa isa) noexcept {
  return load_for(blob, memory, Cpu::detect().limited_to(isa), plan());
}

std::size_t PreparedModel::arena_bytes() const noexcept { return plan().arena_bytes; }

int PreparedModel::layer_count() const noexcept {
  return plan().model == nullptr ? 0 : static_cast<int>(plan().model->layers()->size());
}

Isa PreparedModel::layer_isa(int layer) const noexcept {
  const auto i = static_cast<std::uint32_t>(layer);
  return conv_isa(*plan().model, *plan().model->layers()->Get(i), plan().variant[i]);
}

}  // namespace stapes
