// SPDX-License-Identifier: Apache-2.0
#include "study/plan/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/nearest_name.h"
#include "base/quantity.h"
#include "data/background_mix.h"
#include "emulate/board.h"
#include "graph/binary_form.h"
#include "graph/network.h"
#include "graph/networks.h"
#include "graph/toml_table.h"
#include "runs/option_check.h"
#include "runs/prune/prune_options.h"
#include "runs/quantize/quantize_options.h"
#include "runs/train_options.h"
#include "study/plan/checked_name.h"
#include "study/plan/route_variants.h"

namespace stapes {
namespace {

using Names = std::vector<std::string>;

constexpr std::int64_t kMax = 1'000'000;  // maximum for folds and published_epochs

// Options that a plan may set. The study sets folders, data, folds, seeds and threads.
Names train_keys(Form form) {
  return option_names<TrainConfig>([&](const Option<TrainConfig>& option) {
    const bool fits = form == Form::kXnor || option.group != OptionGroup::kBinary;
    return fits && option.takes(form == Form::kInt8 ? kPrune : kTrain) && option.takes(kInPlans);
  });
}

Names prune_keys() {
  return option_names<PruneSettings>([](const Option<PruneSettings>& option) { return option.takes(kInPlans); });
}

Names quantize_keys() {
  return option_names<QuantizeSettings>([](const Option<QuantizeSettings>& option) { return option.takes(kInPlans); });
}

Names aware_keys() {
  return option_names<QuantizeSettings>([](const Option<QuantizeSettings>& option) {
    return option.takes(kInPlans) && option.group == OptionGroup::kAware;
  });
}

Form parse_form(const TomlTable& table, const std::string& key) {
  const std::string text = table.text(key);
  const std::optional<Form> form = value_called<Form>(text);
  if (!form) table.fail(key, unknown_name("form", text, names_of<Form>()));
  return *form;
}

PlanNetwork parse_network(const TomlTable& networks, const std::string& name) {
  PlanNetwork network{.name = checked_name(networks, name, name), .model = {}, .search = {}};
  const std::optional<TomlTable> table = networks.is_table(name) ? networks.table(name) : std::nullopt;
  if (!table) {
    network.model = networks.text(name);
    return network;
  }
  table->allow_only({"like", "form", "flash"});
  WidthSearch search{.like = table->text("like"), .form = parse_form(*table, "form"), .flash_bytes = 0};
  if (search.form == Form::kFp32) table->fail("form", "expected xnor or int8");
  search.flash_bytes = parse_bytes(table->text("flash"), "flash of network " + name);
  network.search = search;
  return network;
}

void refuse_twice(const std::vector<std::string>& names, const std::string& where, const std::string& what) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) throw UsageError("{}: {} {} is listed twice", where, what, name);
  }
}

void refuse_unknown(const std::string& name, const Names& known, const TomlTable& table, const std::string& key) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  if (known.empty()) table.fail(key, name + " is not declared; declare it first");
  table.fail(key, fmt::format("{} is not declared; did you mean {}? Declared so far: {}", name,
                              nearest_name(name, known), fmt::join(known, ", ")));
}

Names network_names(const StudyPlan& plan) {
  Names names;
  for (const PlanNetwork& network : plan.networks) names.push_back(network.name);
  return names;
}

Names series_names(const StudyPlan& plan) {
  Names names;
  for (const PlanRoute& route : plan.routes) {
    for (const std::string& network : route.networks) names.push_back(network + " " + route.name);
  }
  return names;
}

// The route of a series declared in the plan.
const PlanRoute& route_of(const StudyPlan& plan, const std::string& series) {
  const auto has_it = [&](const PlanRoute& route) {
    const auto is_it = [&](const std::string& network) { return network + " " + route.name == series; };
    return std::any_of(route.networks.begin(), route.networks.end(), is_it);
  };
  return *std::find_if(plan.routes.begin(), plan.routes.end(), has_it);
}

void check_parents(const PlanRoute& route, const TomlTable& table, const StudyPlan& before) {
  const Names known = series_names(before);
  for (const std::string& network : route.networks) {
    if (!route.start.empty()) refuse_unknown(network + " " + route.start, known, table, "start");
    if (route.teacher.empty()) continue;
    const std::string teacher = series_on(network, route.teacher);
    refuse_unknown(teacher, known, table, "teacher");
    if (!route_of(before, teacher).trains()) {
      table.fail("teacher", teacher + " is only quantized; expected a series that is trained");
    }
  }
  const auto parent = std::find_if(before.routes.begin(), before.routes.end(),
                                   [&](const PlanRoute& r) { return r.name == route.start; });
  if (parent != before.routes.end() && parent->form != Form::kFp32) {
    table.fail("start", fmt::format("route {} has form {}; expected fp32", route.start, to_string(parent->form)));
  }
}

// The series that sets the budget must come earlier, so that no two cells wait for each other.
void check_flash_like(const PlanRoute& route, const std::vector<PlanRoute>& variants, const TomlTable& table,
                      const StudyPlan& before) {
  if (route.flash_like.empty()) return;
  const TomlTable flash = *table.table("prune")->table("flash");
  for (const std::string& network : route.networks) {
    const std::string series = series_on(network, route.flash_like);
    for (const PlanRoute& variant : variants) {
      if (series != network + " " + variant.name) continue;
      flash.fail("like", fmt::format("'{}' would depend on its own size; name another series", series));
    }
    refuse_unknown(series, series_names(before), flash, "like");
    if (route_of(before, series).form == Form::kFp32) {
      flash.fail("like", fmt::format("'{}' stays in full precision; expected a series of form xnor or int8", series));
    }
  }
}

// The commands would reject these values only after training earlier cells.
template <class Settings>
void check_values(const TomlTable& route, const std::string& section, const Options& options) {
  for (const auto& [name, text] : options) {
    const std::string problem = option_problem<Settings>(name, text);
    if (!problem.empty()) route.table(section)->fail(name, problem);
  }
}

bool has(const Options& options, const std::string& name) { return value_of(options, name).has_value(); }

void check_backgrounds(const PlanRoute& route, const TomlTable& table) {
  for (const char* key : {"snr", "background-share"}) {
    // A pruned model may inherit the backgrounds of its parent.
    if (!has(route.train, key) || has(route.train, "background") || route.form == Form::kInt8) continue;
    table.table("train")->fail(key, "needs background = \"DATA\"");
  }
  const std::optional<std::string> text = value_of(route.train, "snr");
  if (!text) return;
  std::vector<double> snr_db;
  for (std::size_t at = 0; at <= text->size();) {
    const std::size_t end = std::min(text->find(',', at), text->size());
    snr_db.push_back(number_in<double>(std::string_view(*text).substr(at, end - at)).value_or(NAN));
    at = end + 1;
  }
  const std::string problem = snr_problem(snr_db);
  if (!problem.empty()) table.table("train")->fail("snr", problem);
}

// The epochs are needed to mark under-trained cells and to estimate the time left. Options for quantization-aware
// training are dropped from variants without it, and are an error if no variant uses it.
void check_training(PlanRoute& route, const TomlTable& table) {
  if (route.trains() && !has(route.train, "epochs"))
    table.fail("train", "missing epochs; expected epochs = N, the number of training epochs");
  const bool aware = has(route.quantize, "aware");
  if (aware && !has(route.quantize, "epochs")) {
    table.fail("quantize", "missing epochs; expected epochs = N, the number of quantization-aware epochs");
  }
  if (aware) return;
  for (const std::string& key : aware_keys()) {
    if (!has(route.quantize, key)) continue;
    if (!table.table("quantize")->has("aware")) table.fail("quantize", key + " needs aware = true");
    std::erase_if(route.quantize, [&](const auto& option) { return option.first == key; });
  }
}

// Training keeps averaged weights unless `ema` is 0. Weight pruning keeps none, because averages are not sparse.
void check_weights(const PlanRoute& route, const TomlTable& table, const StudyPlan& before) {
  if (!route.averaged) return;
  if (value_of(route.prune, "method") == "weight") {
    table.fail("weights",
               "pruning with method weight keeps no averaged weights; choose last, or a method that prunes filters");
  }
  const auto check_ema = [&](const PlanRoute& trained) {
    const std::optional<std::string> ema = value_of(trained.train, "ema");
    if (!ema || std::strtod(ema->c_str(), nullptr) != 0) return;
    table.fail("weights",
               fmt::format("route {} keeps no averaged weights because its ema is 0; choose last, or leave ema out",
                           trained.name));
  };
  if (route.trains()) {
    check_ema(route);
  } else {
    for (const std::string& network : route.networks) check_ema(route_of(before, network + " " + route.start));
  }
  if (has(route.quantize, "aware")) {
    table.fail("weights", "quantization-aware training starts from the last weights; leave out weights or aware");
  }
}

// Options that a form requires or excludes.
void check_form_of_route(const PlanRoute& route, const TomlTable& table) {
  const bool int8 = route.form == Form::kInt8;
  if (int8 && route.start.empty())
    table.fail("start", "missing; expected the fp32 route that this int8 route starts from");
  if (!int8 && table.has("prune")) table.fail("prune", "only routes of form int8 can be pruned");
  if (!int8 && table.has("quantize")) table.fail("quantize", "only routes of form int8 can be quantized");
  if (int8 && !table.has("prune") && table.has("train")) {
    table.fail("train", "an int8 route without prune is not trained; put quantization-aware epochs in quantize");
  }
  if (route.form == Form::kFp32 && !route.start.empty())
    table.fail("start", "fp32 routes start from random weights; leave start out");
}

// A [[route]] that lists methods, ratios or kinds of quantization yields several routes.
std::vector<PlanRoute> parse_routes(const TomlTable& table, const StudyPlan& before) {
  table.allow_only({"name", "form", "networks", "start", "teacher", "train", "prune", "quantize", "weights"});
  PlanRoute route;
  route.name = checked_name(table, "name", table.text("name"));
  route.form = parse_form(table, "form");
  route.networks = table.has("networks") ? table.texts("networks") : network_names(before);
  for (const std::string& name : route.networks) refuse_unknown(name, network_names(before), table, "networks");
  if (table.has("networks") && route.networks.empty())
    table.fail("networks", "the list is empty; leave networks out to use all of them");
  route.start = table.text_or("start", "");
  route.teacher = table.text_or("teacher", "");
  const std::string weights = table.text_or("weights", "last");
  if (weights != "last" && weights != "averaged") {
    table.fail("weights", fmt::format("unknown value '{}'; choose last or averaged", weights));
  }
  route.averaged = weights == "averaged";
  check_form_of_route(route, table);
  check_parents(route, table, before);
  std::vector<PlanRoute> routes = route_variants(route, table, {train_keys(route.form), prune_keys(), quantize_keys()});
  for (PlanRoute& variant : routes) {
    checked_name(table, "name", variant.name);  // becomes part of a folder name
    check_values<TrainConfig>(table, "train", variant.train);
    check_values<PruneSettings>(table, "prune", variant.prune);
    check_values<QuantizeSettings>(table, "quantize", variant.quantize);
    check_flash_like(variant, routes, table, before);
    check_weights(variant, table, before);
    check_training(variant, table);
    check_backgrounds(variant, table);
  }
  return routes;
}

std::vector<PlanPair> parse_pairs(const TomlTable& file, const StudyPlan& plan) {
  std::vector<PlanPair> pairs;
  for (const TomlTable& table : file.tables("equal_flash")) {
    table.allow_only({"name", "first", "second"});
    PlanPair pair{table.text("name"), table.text("first"), table.texts("second")};
    if (pair.second.empty()) table.fail("second", "expected a series or an array of series");
    refuse_unknown(pair.first, series_names(plan), table, "first");
    for (const std::string& second : pair.second) {
      refuse_unknown(second, series_names(plan), table, "second");
      if (pair.first == second) table.fail("second", second + " is also the first; name another series");
      if (std::count(pair.second.begin(), pair.second.end(), second) > 1) {
        table.fail("second", fmt::format("'{}' is listed twice; name each series once", second));
      }
    }
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

void parse_grid(const TomlTable& file, StudyPlan& plan) {
  plan.classes = file.has("classes") ? file.texts("classes") : Names{"all"};
  if (file.is_text("folds")) {
    if (file.text("folds") != "all") file.fail("folds", "expected numbers or \"all\"");
  } else if (file.has("folds")) {
    for (const std::int64_t fold : file.whole_numbers("folds", {1, kMax})) plan.folds.push_back(static_cast<int>(fold));
    if (plan.folds.empty()) file.fail("folds", "the list is empty; leave folds out to use all of them");
  }
  for (const std::int64_t seed : file.whole_numbers("seeds", {0}))
    plan.seeds.push_back(static_cast<std::uint64_t>(seed));
  if (!file.has("seeds")) plan.seeds = {1};
  plan.targets = file.texts("targets");
  for (const std::string& target : plan.targets) find_board(target);
  plan.published_epochs = static_cast<int>(file.whole_number_or("published_epochs", 0, {0, kMax}));
  plan.window_samples = static_cast<int>(file.whole_number_or("samples", 0, {1, kMaxWindowSamples}));
}

void refuse_empty_or_twice(const StudyPlan& plan, const std::string& where) {
  if (plan.networks.empty())
    throw UsageError("{}: no networks; expected a table [networks] with NAME = \"MODEL\"", where);
  if (plan.routes.empty()) throw UsageError("{}: no cells: expected at least one [[route]]", where);
  if (plan.classes.empty() || plan.seeds.empty())
    throw UsageError("{}: no cells: {} is empty", where, plan.classes.empty() ? "classes" : "seeds");
  refuse_twice(plan.classes, where, "classes entry");
  refuse_twice(plan.targets, where, "target");
  refuse_twice(series_names(plan), where, "two cells would share a folder: series");
  Names numbers;
  for (const int fold : plan.folds) numbers.push_back(std::to_string(fold));
  refuse_twice(numbers, where, "fold");
  numbers.clear();
  for (const std::uint64_t seed : plan.seeds) numbers.push_back(std::to_string(seed));
  refuse_twice(numbers, where, "seed");
}

StudyPlan plan_of(const toml::table& parsed, std::string_view text, const std::string& where) {
  const TomlTable file(parsed, where, "");
  file.allow_only({"name", "data", "classes", "folds", "seeds", "targets", "published_epochs", "samples", "networks",
                   "route", "equal_flash"});
  StudyPlan plan;
  plan.text = std::string(text);
  plan.name = checked_name(file, "name", file.text("name"));
  plan.data = file.text_or("data", "");
  parse_grid(file, plan);
  if (const auto networks = file.table("networks")) {
    for (const std::string& name : networks->keys()) plan.networks.push_back(parse_network(*networks, name));
  }
  for (const TomlTable& table : file.tables("route")) {
    for (PlanRoute& route : parse_routes(table, plan)) plan.routes.push_back(std::move(route));
  }
  refuse_empty_or_twice(plan, where);
  plan.pairs = parse_pairs(file, plan);
  return plan;
}

}  // namespace

std::optional<std::string> value_of(const Options& options, const std::string& name) {
  const auto is_it = [&](const auto& option) { return option.first == name; };
  const auto found = std::find_if(options.begin(), options.end(), is_it);
  return found == options.end() ? std::nullopt : std::optional(found->second);
}

StudyPlan parse_plan(std::string_view text, const std::string& where) {
  return plan_of(parse_toml(text, where), text, where);
}

StudyPlan read_plan(const std::filesystem::path& path) {
  constexpr std::uint64_t kMaxPlanBytes = 1 << 20;
  return parse_plan(read_text_file(path, kMaxPlanBytes), path.string());
}

}  // namespace stapes
