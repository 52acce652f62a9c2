// SPDX-License-Identifier: Apache-2.0
#include "runs/prune/prune_plan.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/quantity.h"

namespace stapes {
using nlohmann::json;

Pace parse_pace(const std::string& name) {
  if (name == "exact") return Pace::exact();
  if (name == "one-shot") return {};
  constexpr std::string_view kStep = "step:";
  if (name.starts_with(kStep)) {
    Pace pace;
    const char* const end = name.data() + name.size();
    const auto [next, error] = std::from_chars(name.data() + kStep.size(), end, pace.filters);
    if (error == std::errc() && next == end && pace.filters >= 1) return pace;
  }
  throw UsageError("unknown pace '{}'; choose exact, one-shot or step:K (K filters per step)", name);
}

std::string to_string(const Pace& pace) {
  if (pace.one_shot()) return "one-shot";
  return pace.filters == 1 ? "exact" : fmt::format("step:{}", pace.filters);
}

std::string describe(const Pace& pace) {
  if (pace.one_shot()) return "one-shot: faster than published, all filters at once, no training in between";
  if (pace.filters == 1) return "exact: as published, one filter per step, 2 epochs after each";
  return fmt::format("step:{0}: faster than published, {0} filters per step instead of one", pace.filters);
}

PrunePlan plan_of(const PruneSettings& settings) {
  const bool weight = settings.method == PruneMethod::kWeight, hybrid = settings.method == PruneMethod::kHybrid;
  const auto refuse = [&](bool given, const char* option) {
    if (given) throw UsageError("{} does not apply to --method {}", option, to_string(settings.method));
  };
  refuse(weight && settings.pace, "--pace");
  refuse(!hybrid && settings.rank, "--rank");
  refuse(!hybrid && settings.weight_ratio, "--weight-ratio");
  refuse(!hybrid && settings.weight_epochs, "--weight-epochs");
  PrunePlan plan{.method = settings.method};
  if (settings.flash) plan.budget.flash_bytes = parse_bytes(*settings.flash, "--flash");
  if (settings.ram) plan.budget.ram_bytes = parse_bytes(*settings.ram, "--ram");
  if (settings.macs) plan.budget.macs = parse_count(*settings.macs, "--macs");
  if (settings.ratio && plan.budget.any()) {
    throw UsageError("--ratio and a budget (--flash, --ram or --macs) are mutually exclusive; give one of them");
  }
  plan.ratio = settings.ratio.value_or(weight ? kPublishedWeightRatio : plan.ratio);
  if (settings.pace) plan.pace = parse_pace(*settings.pace);
  const bool by_taylor = hybrid || settings.method == PruneMethod::kTaylor;
  plan.rank = settings.rank.value_or(by_taylor ? FilterRank::kTaylor : FilterRank::kMagnitude);
  plan.weight_ratio = settings.weight_ratio.value_or(plan.weight_ratio);
  plan.weight_epochs = settings.weight_epochs.value_or(plan.weight_epochs);
  plan.from_scratch = settings.from_scratch;
  return plan;
}

json to_json(const PrunePlan& plan) {
  json object = {{"method", to_string(plan.method)}, {"scope", to_string(plan.scope)}};
  if (!plan.budget.any()) object["ratio"] = plan.ratio;
  if (plan.budget.flash_bytes) object["flash_bytes"] = *plan.budget.flash_bytes;
  if (plan.budget.ram_bytes) object["ram_bytes"] = *plan.budget.ram_bytes;
  if (plan.budget.macs) object["macs"] = *plan.budget.macs;
  if (plan.prunes_filters()) {
    object["pace"] = to_string(plan.pace);
    object["from_scratch"] = plan.from_scratch;
  }
  if (plan.method == PruneMethod::kHybrid) {
    object["rank"] = to_string(plan.rank);
    object["weight_ratio"] = plan.weight_ratio;
    object["weight_epochs"] = plan.weight_epochs;
  }
  return object;
}

std::string describe(const PrunePlan& plan) {
  const std::string where = plan.scope.first.empty() ? "" : ", from " + plan.scope.first + " on";
  if (!plan.prunes_filters()) {
    return fmt::format("method weight{}: {:g} % of the weights stay 0", where, 100 * plan.ratio);
  }
  return fmt::format("method {}{} ({})", to_string(plan.method), where, describe(plan.pace));
}

}  // namespace stapes
