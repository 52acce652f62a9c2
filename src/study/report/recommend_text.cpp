// SPDX-License-Identifier: Apache-2.0
// Results of recommend.h as text and JSON.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/names.h"
#include "evaluate/evaluation.h"
#include "study/report/recommend.h"
#include "study/report/report_data.h"

namespace stapes {
namespace {

constexpr double kSame = 0.05;  // percentage points: smaller differences are printed as 0.0

std::string hop_text(const AdviceCandidate& candidate) { return fmt::format("{:.3g} ms", candidate.hop_sound_ms); }

std::string percent_text(double value) { return fmt::format("{:.1f} %", value); }

// "12 %"; below 10 % with a decimal: "0.8 %"
std::string share(double part, double whole) {
  const double value = whole > 0 ? 100 * part / whole : 0;
  return value < 10 ? fmt::format("{:.1f} %", value) : fmt::format("{:.0f} %", value);
}

std::string memory_of(const Board& board) {
  return fmt::format("{} of flash and {} of RAM", kilobytes_text(board.flash_bytes), kilobytes_text(board.ram_bytes));
}

std::string shortfall_text(const AdviceCandidate& candidate) {
  std::vector<std::string> texts;
  for (const Shortfall& shortfall : candidate.shortfalls) texts.push_back(shortfall.text);
  return conjunction(texts);
}

// Boards with enough memory, assuming that the model needs as much there as on the target.
std::string boards_for(const AdviceCandidate& candidate) {
  std::vector<std::string> names;
  for (const Board& board : boards()) {
    if (!board.emulated() || board.flash_bytes < candidate.flash_bytes || board.ram_bytes < candidate.ram_bytes) {
      continue;
    }
    names.push_back(fmt::format("{} ({})", board.name, board.product));
  }
  if (names.empty()) return "none of the boards that Stapes knows has enough memory";
  return fmt::format("boards with enough memory: {}", fmt::join(names, ", "));
}

std::string none_fits(const Recommendation& recommendation) {
  const AdviceCandidate* nearest = recommendation.advice.nearest();
  if (nearest == nullptr) {
    return fmt::format("No model has figures for {}: {}.", chip_text(recommendation),
                       recommendation.advice.candidates.front().failure);
  }
  const std::string memory = recommendation.emulated() ? ", which has " + memory_of(*recommendation.board) : "";
  return fmt::format("No model fits {}{}. The nearest, {}, {}; {}.", chip_text(recommendation), memory, nearest->series,
                     shortfall_text(*nearest), boards_for(*nearest));
}

// "Listening at a hop of 100 ms keeps the processor busy 12 % of the time."
std::string duty_text(const AdviceCandidate& ship) {
  if (ship.hop_sound_ms <= 0) return "";
  const double duty = ship.duty_percent();
  if (duty > 100) {
    return fmt::format(
        " At a hop of {}, the model cannot keep up: each hop takes {} ms to compute; choose a longer hop.",
        hop_text(ship), figure(ship.hop_ms));
  }
  return fmt::format(" Listening at a hop of {} keeps the processor busy {} of the time.", hop_text(ship),
                     share(duty, 100));
}

std::string choice_text(const Recommendation& recommendation) {
  const Advice& advice = recommendation.advice;
  const AdviceCandidate& ship = *recommendation.ship();
  const AdviceCandidate& best = advice.candidates.front();
  const auto faster = [&](std::size_t i) { return advice.candidates[i].window_ms < ship.window_ms; };
  bool is_fastest = true;
  for (std::size_t i = 0; i < advice.fitting(); ++i) is_fastest &= !faster(i);
  if (advice.fitting() == 1) return advice.candidates.size() > 1 ? "It is the only model that fits." : "";
  if (&ship == &best) {
    return is_fastest
               ? fmt::format("It is the most accurate of the {} models that fit, and the fastest.", advice.fitting())
               : fmt::format(
                     "Of the models that fit, it is the most accurate; the faster ones are more than {:g} points "
                     "behind.",
                     kAboutAsAccurate);
  }
  return fmt::format("Of the models that fit, it is the fastest within {:g} points of the most accurate, {} ({}).",
                     kAboutAsAccurate, best.series, percent_text(best.accuracy.mean));
}

std::string against_full_precision(const Recommendation& recommendation) {
  const AdviceCandidate* reference = recommendation.reference();
  const AdviceCandidate& ship = *recommendation.ship();
  if (reference == nullptr) return ship.first_cell().result.form == "fp32" ? " It uses full precision." : "";
  const double points =
      recommendation.difference ? recommendation.difference->difference : ship.accuracy.mean - reference->accuracy.mean;
  std::string text = fmt::format(" Compared with full precision ({}, {}), it ", reference->series,
                                 percent_text(reference->accuracy.mean));
  text += std::abs(points) < kSame ? "loses nothing"
          : points < 0             ? fmt::format("loses {:.1f} points", -points)
                                   : fmt::format("gains {:.1f} points", points);
  if (const auto& paired = recommendation.difference; paired && paired->interval_95) {
    text += fmt::format(" (95 % interval {} to {}{})", signed_figure(paired->interval_95->low),
                        signed_figure(paired->interval_95->high), paired->is_clear() ? "" : ": no clear difference");
  }
  if (!reference->failure.empty())
    return text + fmt::format("; the cost of full precision is unknown: {}.", reference->failure);
  text += fmt::format(" and takes {} of the flash, {} of the RAM and {} of the {}.",
                      share(static_cast<double>(ship.flash_bytes), static_cast<double>(reference->flash_bytes)),
                      share(static_cast<double>(ship.ram_bytes), static_cast<double>(reference->ram_bytes)),
                      ship.instructions > 0
                          ? share(static_cast<double>(ship.instructions), static_cast<double>(reference->instructions))
                          : share(ship.window_ms, reference->window_ms),
                      ship.instructions > 0 ? "instructions" : "time");
  return text;
}

std::string others_that_do_not_fit(const Recommendation& recommendation) {
  std::string text;
  for (const AdviceCandidate& candidate : recommendation.advice.candidates) {
    if (candidate.fits()) continue;
    text += candidate.failure.empty()
                ? fmt::format(" {} does not fit: it {}.", candidate.series, shortfall_text(candidate))
                : fmt::format(" {} has no figures: {}.", candidate.series, candidate.failure);
  }
  return text;
}

std::optional<Interval> interval_of(const AdviceCandidate& candidate) {
  if (candidate.point.cells.size() > 1) return candidate.accuracy.interval_95;
  const auto& clips = candidate.point.cells.front()->result.clips;
  if (clips.empty()) return std::nullopt;
  const auto right =
      std::ranges::count_if(clips, [](const ClipDecision& clip) { return clip.ten_crops == clip.label; });
  return wilson_interval(static_cast<int>(right), static_cast<int>(clips.size()));
}

// In plan order, like the results.
std::vector<const AdviceCandidate*> in_order(const Recommendation& recommendation) {
  std::vector<const AdviceCandidate*> all;
  for (const AdviceCandidate& candidate : recommendation.advice.candidates) all.push_back(&candidate);
  std::ranges::sort(all, {}, [](const AdviceCandidate* one) { return one->point.cells.front(); });
  return all;
}

}  // namespace

std::string chip_text(const Recommendation& recommendation) {
  if (!recommendation.emulated()) {
    return recommendation.target() == "host" ? "this machine" : recommendation.target();
  }
  const Board& board = *recommendation.board;
  return fmt::format("{} ({}, {:g} MHz)", board.name, board.product, board.clock_hz / 1e6);
}

std::string accuracy_text(const AdviceCandidate& candidate) {
  std::string text = fmt::format("{:.1f}", candidate.accuracy.mean);
  if (const auto interval = interval_of(candidate))
    text += fmt::format(" ({:.1f} to {:.1f})", interval->low, interval->high);
  return text;
}

std::string ship_sentence(const Recommendation& recommendation) {
  const AdviceCandidate* ship = recommendation.ship();
  if (ship == nullptr) return none_fits(recommendation);
  const std::size_t clips = ship->first_cell().result.clips.size();
  const bool one_cell = ship->point.cells.size() == 1;
  return fmt::format(
      "Ship {} on {}: {} {}, {} of flash, {} of RAM and {}{} ms per window.{}", ship->series, chip_text(recommendation),
      percent_text(ship->accuracy.mean),
      one_cell
          ? fmt::format("accuracy on {} test {}", clips, recommendation.kind == InputKind::kImage ? "images" : "clips")
          : fmt::format("accuracy (mean of {} fold{})", ship->accuracy.count, ship->accuracy.count == 1 ? "" : "s"),
      kilobytes_text(ship->flash_bytes), kilobytes_text(ship->ram_bytes), ship->estimated ? "an estimated " : "",
      figure(ship->window_ms), duty_text(*ship));
}

std::string why_sentence(const Recommendation& recommendation) {
  if (recommendation.ship() == nullptr) return "";
  return choice_text(recommendation) + against_full_precision(recommendation) + others_that_do_not_fit(recommendation);
}

std::string recommendation_table(const Recommendation& recommendation) {
  constexpr auto kRow = "{:<{}}  {:>21} {:>9} {:>8} {:>9} {:>8} {:>7}  {}\n";
  const std::vector<const AdviceCandidate*> all = in_order(recommendation);
  std::size_t width = 5;
  double hop_ms = 0;
  for (const AdviceCandidate* one : all) {
    width = std::max(width, one->series.size());
    hop_ms = std::max(hop_ms, one->hop_sound_ms);
  }
  const bool counted = recommendation.emulated();
  std::string text = fmt::format(kRow, "model", width, "accuracy % (95 % CI)", "flash KB", "RAM KB",
                                 counted ? "M instr." : "", counted ? "est. ms" : "ms", hop_ms > 0 ? "duty" : "", "");
  for (const AdviceCandidate* one : all) {
    const bool known = one->failure.empty();
    const auto cell = [&](bool there, const std::string& value) { return known && there ? value : std::string("-"); };
    text += fmt::format(kRow, one->series, width, accuracy_text(*one),
                        cell(true, figure(kilobytes(static_cast<double>(one->flash_bytes)))),
                        cell(true, figure(kilobytes(static_cast<double>(one->ram_bytes)))),
                        counted ? cell(true, figure(millions(static_cast<double>(one->instructions)))) : "",
                        cell(true, figure(one->window_ms)),
                        hop_ms > 0 ? cell(one->hop_sound_ms > 0, share(one->duty_percent(), 100)) : "",
                        !known                         ? one->failure
                        : one == recommendation.ship() ? "<- ship this"
                        : one->fits()                  ? ""
                                                       : "does not fit");
  }
  if (hop_ms > 0) text += fmt::format("duty: share of each {:.3g} ms hop spent computing\n", hop_ms);
  return text;
}

nlohmann::json recommendation_json(const Recommendation& recommendation, const StudyResults& results) {
  nlohmann::json json = advice_json(recommendation.advice, results);
  json["ship"] = nullptr;
  json["verdict"] = ship_sentence(recommendation);
  json["why"] = why_sentence(recommendation);
  if (const AdviceCandidate* ship = recommendation.ship()) {
    json["ship"] = ship->series;
    json["model"] = model_file(*ship, results).string();
    json["command"] = export_command(*ship, recommendation.target(), results);
    json["full_precision"] =
        recommendation.reference() ? nlohmann::json(recommendation.reference()->series) : nlohmann::json();
    json["difference"] = recommendation.difference ? to_json(*recommendation.difference) : nlohmann::json();
  }
  return json;
}

}  // namespace stapes
