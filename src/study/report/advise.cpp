// SPDX-License-Identifier: Apache-2.0
#include "study/report/advise.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "base/error.h"
#include "export/names.h"
#include "export/target.h"

namespace stapes {
namespace {

constexpr double kSameAccuracy = 1e-6;  // percent points: what rounding leaves of equal means

std::string bytes_text(std::int64_t bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  return fmt::format("{:.1f} KiB", std::ceil(static_cast<double>(bytes) / 102.4) / 10);  // never less than it is
}

// A single name per class choice and count, in the order of the plan.
std::vector<std::pair<std::string, int>> choices_of(const std::vector<Series>& all) {
  std::vector<std::pair<std::string, int>> choices;
  for (const Series& series : all) {
    for (const SeriesPoint& point : series.points) {
      const std::pair choice{point.classes, point.class_count};
      if (std::ranges::find(choices, choice) == choices.end()) choices.push_back(choice);
    }
  }
  return choices;
}

std::pair<std::string, int> chosen_classes(const std::vector<Series>& all, const std::string& classes) {
  const auto choices = choices_of(all);
  if (classes.empty() && choices.size() == 1) return choices.front();
  std::vector<std::string> names;
  for (const auto& [name, count] : choices) {
    if (!classes.empty() && name == classes) return {name, count};
    names.push_back(name);
  }
  if (classes.empty()) {
    throw UsageError("the study has several choices of classes: name one with --classes: {}", fmt::join(names, ", "));
  }
  throw UsageError("--classes {}: no cell of it is finished; there are {}", classes, fmt::join(names, ", "));
}

const TargetCost* cost_on(const CellResult& result, std::string_view target) {
  const auto found = std::ranges::find_if(result.targets, [&](const TargetCost& cost) {
    return target_of_family(cost.target) == target_of_family(target);
  });
  return found == result.targets.end() ? nullptr : &*found;
}

void refuse_unmeasured(const StudyResults& results, const std::string& target) {
  std::set<std::string_view> measured;
  for (const FinishedCell& cell : results.finished) {
    for (const TargetCost& cost : cell.result.targets) {
      if (cost.failure.empty()) measured.insert(target_of_family(cost.target));
    }
  }
  if (measured.contains(target_of_family(target))) return;
  throw UsageError("--target {}: {} has no figures on it; {}", target, results.path.string(),
                   measured.empty() ? "it has none on any target: name some in the plan's targets"
                                    : fmt::format("it has those on {}", fmt::join(measured, ", ")));
}

void put_costs(const std::string& target, Contender& contender) {
  for (const FinishedCell* cell : contender.point.cells) {
    const TargetCost* cost = cost_on(cell->result, target);
    if (!cost) {
      contender.failure = fmt::format("{} was not measured on {}", cell->folder, target);
    } else if (!cost->failure.empty()) {
      contender.failure = fmt::format("no figures: {}", cost->failure);
    } else if (!cost->same_result) {
      contender.failure = fmt::format("{} computes something else on {} than here", cell->folder, target);
    } else {
      contender.flash_bytes = std::max(contender.flash_bytes, cost->flash_bytes);
      contender.ram_bytes = std::max(contender.ram_bytes, cost->ram_bytes);
      contender.window_ms = std::max(contender.window_ms, cost->window_ms);
      contender.estimated = contender.estimated || cost->estimated;
    }
  }
}

void put_lacks(const Limits& limits, Contender& contender) {
  const auto bytes = [&](std::int64_t need, const std::optional<std::int64_t>& limit, const char* memory) {
    if (!limit || need <= *limit) return;
    contender.lacks.push_back({fmt::format("needs {} more {}", bytes_text(need - *limit), memory),
                               static_cast<double>(need - *limit) / static_cast<double>(*limit)});
  };
  bytes(contender.flash_bytes, limits.flash_bytes, "flash");
  bytes(contender.ram_bytes, limits.ram_bytes, "RAM");
  if (const auto& limit = limits.latency_ms; limit && contender.window_ms > *limit) {
    const double over = contender.window_ms - *limit;
    contender.lacks.push_back({fmt::format("{:.1f} ms too slow", std::max(0.1, over)), over / *limit});
  }
  if (const auto& limit = limits.accuracy; limit && contender.accuracy.mean < *limit - kSameAccuracy) {
    const double missing = *limit - contender.accuracy.mean;
    contender.lacks.push_back(
        {fmt::format("{:.2f} points less accurate than asked", std::max(0.01, missing)), missing / *limit});
  }
}

Contender contender_of(const Series& series, const SeriesPoint& point, const AdviceRequest& request) {
  Contender contender;
  contender.series = series.name;
  contender.point = point;
  contender.accuracy = request.protocol == Protocol::kTenCrops ? point.ten_crops : point.single_window;
  put_costs(request.target, contender);
  if (contender.failure.empty()) put_lacks(request.limits, contender);
  return contender;
}

bool goes_before(const Contender& a, const Contender& b) {
  const auto key = [](const Contender& c) {
    const int group = c.fits() ? 0 : c.failure.empty() ? 1 : 2;
    return std::tuple(group, c.excess(), -std::llround(c.accuracy.mean / kSameAccuracy), c.flash_bytes);
  };
  return key(a) < key(b);
}

std::string behind(const Contender& best, const Contender& other) {
  const double points = best.accuracy.mean - other.accuracy.mean;
  if (points > kSameAccuracy) return fmt::format("{:.2f} points less accurate", std::max(0.01, points));
  if (other.flash_bytes == best.flash_bytes) return "as accurate and as large; later in the plan";
  return fmt::format("as accurate, and needs {} more flash", bytes_text(other.flash_bytes - best.flash_bytes));
}

// For a POSIX shell.
std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:+,@%";
  if (text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace

double Contender::excess() const {
  double largest = 0;
  for (const Lack& lack : lacks) largest = std::max(largest, lack.excess);
  return largest;
}

bool Contender::under_trained() const {
  return std::ranges::any_of(point.cells, [](const FinishedCell* cell) { return cell->result.under_trained(); });
}

const FinishedCell& Contender::first_cell() const {
  return **std::ranges::min_element(
      point.cells, {}, [](const FinishedCell* cell) { return std::pair(cell->result.id.fold, cell->result.id.seed); });
}

std::size_t Advice::fitting() const {
  return static_cast<std::size_t>(std::ranges::count_if(contenders, &Contender::fits));
}

const Contender* Advice::best() const { return fitting() > 0 ? &contenders[0] : nullptr; }
const Contender* Advice::runner_up() const { return fitting() > 1 ? &contenders[1] : nullptr; }
const Contender* Advice::nearest() const {
  return fitting() == 0 && contenders.front().failure.empty() ? &contenders.front() : nullptr;
}

Advice advise(const StudyResults& results, const AdviceRequest& request) {
  const std::vector<Series> all = series_of(results);
  if (all.empty()) throw Error("{}: no cell is finished yet; `stapes study` goes on", results.path.string());
  Advice advice;
  advice.request = request;
  advice.request.target = target_of_family(request.target);
  std::tie(advice.request.classes, advice.class_count) = chosen_classes(all, request.classes);
  refuse_unmeasured(results, request.target);
  for (const Series& series : all) {
    for (const SeriesPoint& point : series.points) {
      if (point.classes == advice.request.classes) {
        advice.contenders.push_back(contender_of(series, point, advice.request));
      }
    }
  }
  std::ranges::stable_sort(advice.contenders, goes_before);
  for (std::size_t i = 1; i < advice.fitting(); ++i) {
    advice.contenders[i].behind = behind(advice.contenders[0], advice.contenders[i]);
  }
  if (const Contender* second = advice.runner_up()) {
    advice.lead = paired_difference(advice.best()->point, second->point, request.protocol);
  }
  return advice;
}

std::string export_command(const Advice& advice, const StudyResults& results) {
  const Contender& best = *advice.best();
  const std::string name = export_name_from(best.series);
  std::string named = " --name " + name;
  try {
    check_export_name(name);
  } catch (const UsageError&) {
    named.clear();  // then it is called as the file is
  }
  const auto model = results.path / "cells" / best.first_cell().folder / "model.stapes";
  return fmt::format("stapes export {} --target {} -o {}_{}{}", shell_word(model.string()), advice.request.target, name,
                     advice.request.target, named);
}

std::string why_none(const Advice& advice) {
  if (advice.best()) return "";
  const std::string what = fmt::format("no model of {} fits {}", advice.request.classes, advice.request.target);
  const Contender* nearest = advice.nearest();
  if (!nearest) return fmt::format("{}: {}", what, advice.contenders.front().failure);
  std::vector<std::string> texts;
  for (const Lack& lack : nearest->lacks) texts.push_back(lack.text);
  return fmt::format("{} within these limits; the nearest, {}: {}", what, nearest->series, fmt::join(texts, ", "));
}

}  // namespace stapes
