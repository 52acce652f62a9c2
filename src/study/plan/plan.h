// SPDX-License-Identifier: Apache-2.0
// plan.h: the plan of a study, a TOML file (docs/guides/study.md). The parser checks everything that needs no data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/names.h"

namespace stapes {

enum class Form { kFp32, kXnor, kInt8 };

template <>
inline constexpr auto kNames<Form> =
    std::to_array<Named<Form>>({{Form::kFp32, "fp32"}, {Form::kXnor, "xnor"}, {Form::kInt8, "int8"}});

// An option without dashes, and its value; "" for a flag.
using Options = std::vector<std::pair<std::string, std::string>>;
std::optional<std::string> value_of(const Options& options, const std::string& name);

// The widest network of a family within a flash budget.
struct WidthSearch {
  std::string like;              // model to scale: "acdnet"
  Form form = Form::kInt8;       // packed form
  std::int64_t flash_bytes = 0;  // of the packed file
};

struct PlanNetwork {
  std::string name;
  std::string model;                  // value of --model; "n" stands for the number of classes
  std::optional<WidthSearch> search;  // instead of a model
};

// A way to make a model. Parents (start, teacher, flash_like) have the same classes, fold and seed.
struct PlanRoute {
  std::string name;
  Form form = Form::kFp32;
  std::vector<std::string> networks;
  std::string start;       // route of the same network to start from; required for int8. Empty = random weights
  std::string teacher;     // "ROUTE" or "NETWORK ROUTE" to distill from. Empty = none
  std::string flash_like;  // "ROUTE" or "NETWORK ROUTE"; its packed size limits `prune`. Empty = none
  bool averaged = false;   // pack the averaged weights instead of the last epoch's
  // An int8 route without `prune` is quantized without retraining.
  Options train, prune, quantize;

  bool trains() const { return form != Form::kInt8 || !prune.empty() || !flash_like.empty(); }
};

struct PlanPair {
  std::string name, first;          // first: a series, "NETWORK ROUTE"
  std::vector<std::string> second;  // one or more; the report uses the best (EqualFlashPair)
};

struct StudyPlan {
  std::string name, text;
  std::string data;  // path, relative to the current folder
  std::vector<std::string> classes;
  std::vector<int> folds;  // empty = all
  std::vector<std::uint64_t> seeds;
  std::vector<std::string> targets;  // boards to measure on
  int published_epochs = 0;          // cells with fewer epochs are marked under-trained; 0 = no marks
  int window_samples = 0;            // 0 = default for the sample rate
  std::vector<PlanNetwork> networks;
  std::vector<PlanRoute> routes;  // parents before children; lists of methods and ratios expanded
  std::vector<PlanPair> pairs;
};

// Throws UsageError for invalid TOML, an unknown key (suggests the nearest), a name that is undeclared or declared
// twice, or a plan without cells. Messages begin with `where`.
StudyPlan parse_plan(std::string_view text, const std::string& where);
StudyPlan read_plan(const std::filesystem::path& path);

}  // namespace stapes
