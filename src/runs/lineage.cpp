// SPDX-License-Identifier: Apache-2.0
#include "runs/lineage.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace stapes {
namespace {

using nlohmann::json;

constexpr int kMaxGenerations = 32;  // bounds the recursion over provenance from files

void collect(const json& provenance, int generation, Ancestry& ancestry) {
  if (generation > kMaxGenerations) {
    ancestry.complete = false;
    return;
  }
  try {
    ancestry.known.push_back({provenance.at("data_hash"), provenance.at("test_fold")});
  } catch (const json::exception&) {
    ancestry.complete = false;  // not an object, a missing key or a wrong type
  }
  if (provenance.contains("selection") && provenance["selection"] == kBestOnTest) ancestry.selected_on_test = true;
  for (const char* parent : {"init", "teacher", "calibration", "background"}) {
    if (provenance.contains(parent)) collect(provenance[parent], generation + 1, ancestry);
  }
}

}  // namespace

Ancestry read_ancestry(const std::string& provenance) {
  Ancestry ancestry;
  const json parsed = json::parse(provenance, nullptr, /*allow_exceptions=*/false);
  collect(parsed, 0, ancestry);
  return ancestry;
}

void refuse_leak(const Ancestry& ancestry, const Lineage& own, const std::string& role) {
  for (const Lineage& seen : ancestry.known) {
    if (seen.data_hash != own.data_hash || seen.test_fold == own.test_fold) continue;
    throw UsageError("{} was trained with fold {} held out, so it has seen the clips of test fold {}; use --fold {}",
                     role, seen.test_fold, own.test_fold, seen.test_fold);
  }
}

std::string caveats(const Ancestry& ancestry) {
  std::string text;
  if (!ancestry.complete) text = "origin unknown";
  if (ancestry.selected_on_test) text += std::string(text.empty() ? "" : ", ") + "epoch selected on the test fold";
  return text;
}

}  // namespace stapes
