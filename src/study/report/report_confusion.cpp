// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "plot/heat_map.h"
#include "study/report/html.h"
#include "study/report/report_parts.h"

namespace stapes {
namespace {

constexpr std::size_t kMaxClassesDrawn = 200;
constexpr std::size_t kPairsListed = 8;  // most confused class pairs, per choice of classes
constexpr std::size_t kPairsInCaption = 3;

// Clips of class `first` classified as `second`.
using Confusions = std::map<std::pair<int, int>, int>;

// Decisions on ten crops, pooled over the folds and seeds of a point.
struct Pooled {
  const Series* series = nullptr;
  const SeriesPoint* point = nullptr;
  std::vector<std::string> labels;
  std::vector<int> clips;  // per class
  Confusions confusions;   // including correct decisions

  const std::string& label(int index) const { return labels[static_cast<std::size_t>(index)]; }
};

Pooled pool(const Series& series, const SeriesPoint& point) {
  Pooled pooled{&series, &point, point.cells.front()->result.labels, {}, {}};
  pooled.clips.resize(pooled.labels.size());
  for (const FinishedCell* cell : point.cells) {
    if (cell->result.labels != pooled.labels) continue;  // other classes: the cell belongs to another study
    for (const ClipDecision& clip : cell->result.clips) {
      ++pooled.clips[static_cast<std::size_t>(clip.label)];
      ++pooled.confusions[{clip.label, clip.ten_crops}];
    }
  }
  return pooled;
}

struct Mistake {
  int label = 0, taken_for = 0, count = 0;
};

// Most frequent first; ties in order of class.
std::vector<Mistake> mistakes_of(const Confusions& confusions) {
  std::vector<Mistake> mistakes;
  for (const auto& [pair, count] : confusions) {
    if (pair.first != pair.second) mistakes.push_back({pair.first, pair.second, count});
  }
  std::ranges::stable_sort(mistakes, [](const Mistake& a, const Mistake& b) { return a.count > b.count; });
  return mistakes;
}

std::string matrix_html(const Pooled& pooled) {
  const std::size_t classes = pooled.labels.size();
  const std::string title = fmt::format("{}{}, {} classes", pooled.series->name, dagger(training_of(*pooled.point)),
                                        pooled.point->class_count);
  if (classes > kMaxClassesDrawn) {
    return fmt::format("<p>{}: not drawn (more than {} classes).</p>\n", html_escaped(title), kMaxClassesDrawn);
  }
  HeatMap map{title, "true class", "predicted", pooled.labels,
              std::vector<std::vector<int>>(classes, std::vector<int>(classes))};
  for (const auto& [pair, count] : pooled.confusions) {
    map.counts[static_cast<std::size_t>(pair.first)][static_cast<std::size_t>(pair.second)] = count;
  }
  std::string caption;
  const std::vector<Mistake> mistakes = mistakes_of(pooled.confusions);
  for (std::size_t i = 0; i < std::min(kPairsInCaption, mistakes.size()); ++i) {
    caption += fmt::format("{}{} as {} ({} of {})", i == 0 ? "Most often mistaken: " : ", ",
                           pooled.label(mistakes[i].label), pooled.label(mistakes[i].taken_for), mistakes[i].count,
                           pooled.clips[static_cast<std::size_t>(mistakes[i].label)]);
  }
  return fmt::format(
      "<figure class=\"matrix\"><div class=\"wide\" tabindex=\"0\">{}</div><figcaption>{}</figcaption>"
      "</figure>\n",
      heat_map(map, SvgUse::kInline), html_escaped(caption.empty() ? "No mistakes." : caption + "."));
}

struct AtClasses {
  std::string classes;
  std::vector<Pooled> pooled;
};

std::vector<AtClasses> by_classes(const ReportData& data) {
  std::vector<AtClasses> all;
  for (const int count : data.class_counts) {
    for (const Series& series : data.series) {
      for (const SeriesPoint& point : series.points) {
        if (point.class_count != count) continue;
        auto found = std::ranges::find(all, point.classes, &AtClasses::classes);
        if (found == all.end()) found = all.insert(all.end(), {point.classes, {}});
        found->pooled.push_back(pool(series, point));
      }
    }
  }
  return all;
}

void add_rows(const AtClasses& at, std::vector<std::vector<HtmlCell>>& rows) {
  const Pooled& like = at.pooled.front();
  Confusions sum;
  std::vector<int> clips(like.labels.size());
  for (const Pooled& pooled : at.pooled) {
    if (pooled.labels != like.labels) continue;
    for (const auto& [pair, count] : pooled.confusions) sum[pair] += count;
    for (std::size_t i = 0; i < clips.size(); ++i) clips[i] += pooled.clips[i];
  }
  std::vector<Mistake> mistakes = mistakes_of(sum);
  mistakes.resize(std::min(mistakes.size(), kPairsListed));
  for (const Mistake& mistake : mistakes) {
    const std::pair pair{mistake.label, mistake.taken_for};
    int series = 0;
    for (const Pooled& pooled : at.pooled) series += pooled.labels == like.labels && pooled.confusions.contains(pair);
    const int of = clips[static_cast<std::size_t>(mistake.label)];
    const double share = 100.0 * mistake.count / of;
    rows.push_back({number_cell(like.point->class_count, std::to_string(like.point->class_count)),
                    text_cell(like.label(mistake.label)), text_cell(like.label(mistake.taken_for)),
                    number_cell(mistake.count, std::to_string(mistake.count)), number_cell(of, std::to_string(of)),
                    number_cell(share, fmt::format("{:.1f}", share)), number_cell(series, std::to_string(series))});
  }
}

}  // namespace

std::string confusion_section(const ReportData& data) {
  if (data.series.empty()) return "";
  std::string matrices;
  std::vector<std::vector<HtmlCell>> rows;
  for (const AtClasses& at : by_classes(data)) {
    std::string drawn;
    for (const Pooled& pooled : at.pooled) drawn += matrix_html(pooled);
    matrices += html_details(fmt::format("Show the matrices for {}", at.classes),
                             "<div class=\"matrices\">\n" + drawn + "</div>\n");
    add_rows(at, rows);
  }
  return section("confusion", "Confused classes",
                 html_table("confused", "Most confused classes over all series, folds and seeds",
                            {{"", "Classes", "", "", true},
                             {"", "True", "", "", false},
                             {"", "Predicted", "", "", false},
                             {"", "Clips", "", "measured", true},
                             {"", "of", "", "", true},
                             {"", "Share", "%", "measured", true},
                             {"", "Series", "", "", true}},
                            rows) +
                     fmt::format("<p class=\"note\">Predictions of the packed models on {}; a clip counts once for "
                                 "each model tested on it. Series: the number of series that made the mistake.</p>\n",
                                 crops_name(data)) +
                     matrices);
}

}  // namespace stapes
