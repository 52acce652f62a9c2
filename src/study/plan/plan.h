// SPDX-License-Identifier: Apache-2.0
// plan.h: what a study is asked to compare: a TOML file (docs/study.md). Reading it checks all that can be known
// without the data.
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

// An option of one of our commands, without its dashes, and its value; "" for a flag.
using Options = std::vector<std::pair<std::string, std::string>>;
std::optional<std::string> value_of(const Options& options, const std::string& name);

// The widest member of a family whose packed model fits a size.
struct WidthSearch {
  std::string like;              // model whose widths are scaled: "acdnet"
  Form form = Form::kInt8;       // kXnor or kInt8
  std::int64_t flash_bytes = 0;  // of the packed file
};

struct PlanNetwork {
  std::string name;
  std::string model;                  // as --model takes it; "n" stands for the number of classes
  std::optional<WidthSearch> search;  // instead of a model
};

// A way to make a model. Parents are series of the same classes, fold and seed, so equal work is done once.
struct PlanRoute {
  std::string name;
  Form form = Form::kFp32;
  std::vector<std::string> networks;
  std::string start;  // route of the same network that provides the starting weights; required for int8. Empty = random
  std::string teacher;  // "ROUTE" or "NETWORK ROUTE" to distill from. Empty = none
  std::string
      flash_like;  // "ROUTE" or "NETWORK ROUTE" that sets the flash budget of `prune` by its packed file. Empty = none
  bool averaged = false;           // pack the averaged weights, not those of the last epoch
  Options train, prune, quantize;  // int8 without `prune`: quantized without further training

  bool trains() const { return form != Form::kInt8 || !prune.empty() || !flash_like.empty(); }
};

struct PlanPair {
  std::string name, first;          // a series: "NETWORK ROUTE"
  std::vector<std::string> second;  // one or more; the report uses the best (EqualFlashPair)
};

struct StudyPlan {
  std::string name, text;
  std::string data;  // path; relative to the folder one is in, like on a command line
  std::vector<std::string> classes;
  std::vector<int> folds;  // empty = all
  std::vector<std::uint64_t> seeds;
  std::vector<std::string> targets;  // boards to measure on
  int published_epochs = 0;          // cells with fewer are marked under-trained; 0 = none are
  int window_samples = 0;            // 0 = that of the rate
  std::vector<PlanNetwork> networks;
  std::vector<PlanRoute> routes;  // parents before children; lists of methods and ratios written out
  std::vector<PlanPair> pairs;
};

// `where` is named in errors. Throws UsageError: not TOML, an unknown key (with the nearest known one), a name that no
// table declares or two do, nothing to compare.
StudyPlan parse_plan(std::string_view text, const std::string& where);
StudyPlan read_plan(const std::filesystem::path& path);

}  // namespace stapes
