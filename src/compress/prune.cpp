#include "compress/prune.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace stapes {
namespace {

constexpr int kConv2 = 1, kConv3 = 2;  // the swap lies between them

std::string conv_name(int conv) { return "conv" + std::to_string(conv + 1) + ".weight"; }

std::size_t index(int i) { return static_cast<std::size_t>(i); }

void refuse_binary(const TrainedNetwork& network) {
  if (network.spec.binary) throw Error("a binary network cannot be pruned; prune its full-precision parent instead");
}

// Keeps slices `kept` (ascending) of axis `axis`.
FloatTensor with_slices(const FloatTensor& tensor, std::size_t axis, const std::vector<int>& kept) {
  std::size_t outer = 1, inner = 1;
  for (std::size_t a = 0; a < tensor.shape.size(); ++a) {
    if (a < axis) outer *= static_cast<std::size_t>(tensor.shape[a]);
    if (a > axis) inner *= static_cast<std::size_t>(tensor.shape[a]);
  }
  const std::size_t length = static_cast<std::size_t>(tensor.shape[axis]);
  FloatTensor smaller;
  smaller.shape = tensor.shape;
  smaller.shape[axis] = static_cast<std::int64_t>(kept.size());
  smaller.values.reserve(outer * kept.size() * inner);
  for (std::size_t o = 0; o < outer; ++o) {
    for (const int slice : kept) {
      const auto first = tensor.values.begin() + static_cast<std::ptrdiff_t>((o * length + index(slice)) * inner);
      smaller.values.insert(smaller.values.end(), first, first + static_cast<std::ptrdiff_t>(inner));
    }
  }
  return smaller;
}

void keep_filters(TrainedNetwork& network, int conv, const std::vector<int>& kept) {
  const auto keep = [&](const std::string& name, std::size_t axis) {
    FloatTensor& tensor = network.tensors.at(name);
    tensor = with_slices(tensor, axis, kept);
  };
  keep(conv_name(conv), 0);
  for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
    keep("bn" + std::to_string(conv + 1) + part, 0);
  }
  network.spec.widths[index(conv)] = static_cast<int>(kept.size());
  if (conv + 1 == kAcdnetConvs) {
    keep("head.weight", 1);
  } else if (conv != kConv2) {  // conv3 sees conv2's filters as rows: its one input channel stays
    keep(conv_name(conv + 1), 1);
  }
}

// Scores while filters go: those left, and their L2 norms.
class Ranking {
 public:
  Ranking(FilterScores scores, PruneScope scope) : scores_(std::move(scores)), scope_(scope) {
    for (int conv = 0; conv < kAcdnetConvs; ++conv) {
      left_[index(conv)].resize(scores_.of_filter[index(conv)].size());
      std::iota(left_[index(conv)].begin(), left_[index(conv)].end(), 0);
    }
  }

  // The filter of lowest rank in any layer that keeps at least one; conv -1: there is none.
  FilterId weakest() const {
    FilterId weakest{-1, 0};
    double lowest = std::numeric_limits<double>::infinity();
    for (int conv = 0; conv < kAcdnetConvs; ++conv) {
      if (!in_scope(conv, scope_) || left_[index(conv)].size() < 2) continue;
      const double norm = norm_of(conv);
      for (const int filter : left_[index(conv)]) {
        const double rank = score(conv, filter) / norm;
        if (rank >= lowest) continue;
        lowest = rank;
        weakest = {conv, filter};
      }
    }
    return weakest;
  }

  void remove(const FilterId& removed) {
    std::erase(left_[index(removed.conv)], removed.filter);
    const bool has_reader = removed.conv + 1 < kAcdnetConvs && removed.conv != kConv2;
    if (!has_reader) return;
    const std::size_t reader = index(removed.conv + 1);
    const std::vector<double>& parts = scores_.by_input[reader];
    if (parts.empty()) return;
    std::vector<double>& scores = scores_.of_filter[reader];
    const std::size_t inputs = parts.size() / scores.size();
    for (std::size_t f = 0; f < scores.size(); ++f) {
      scores[f] = std::max(0.0, scores[f] - parts[f * inputs + index(removed.filter)]);  // rounding
    }
  }

 private:
  double score(int conv, int filter) const { return scores_.of_filter[index(conv)][index(filter)]; }

  double norm_of(int conv) const {
    double squares = 0;
    for (const int filter : left_[index(conv)]) squares += score(conv, filter) * score(conv, filter);
    return squares > 0 ? std::sqrt(squares) : 1;
  }

  FilterScores scores_;
  PruneScope scope_;
  std::array<std::vector<int>, kAcdnetConvs> left_;
};

}  // namespace

PruneScope parse_prune_scope(const std::string& name) {
  for (const PruneScope scope : {PruneScope::kNetwork, PruneScope::kTfeb}) {
    if (name == to_string(scope)) return scope;
  }
  throw UsageError("unknown scope {}; known are network and tfeb (conv3 and what follows)", name);
}

const char* to_string(PruneScope scope) {
  switch (scope) {
    case PruneScope::kNetwork:
      return "network";
    case PruneScope::kTfeb:
      return "tfeb";
  }
  return "";
}

bool in_scope(int conv, PruneScope scope) { return scope == PruneScope::kNetwork || conv >= kConv3; }

int filters_in_scope(const AcdnetSpec& spec, PruneScope scope) {
  int filters = 0;
  for (int conv = 0; conv < kAcdnetConvs; ++conv) {
    if (in_scope(conv, scope)) filters += spec.widths[index(conv)];
  }
  return filters;
}

int removable_filters(const AcdnetSpec& spec, PruneScope scope) {
  return filters_in_scope(spec, scope) - (scope == PruneScope::kNetwork ? kAcdnetConvs : kAcdnetConvs - kConv3);
}

int filters_to_remove(const AcdnetSpec& spec, PruneScope scope, double ratio) {
  if (!(ratio >= 0 && ratio < 1)) throw UsageError("the pruning ratio {} is not in [0, 1)", ratio);
  const int filters = filters_in_scope(spec, scope), removable = removable_filters(spec, scope);
  const int removed = static_cast<int>(ratio * filters);
  if (removed > removable) {
    throw UsageError("ratio {} would empty a layer; the most that can be removed is {:.4f} ({} of {} filters)", ratio,
                     static_cast<double>(removable) / filters, removable, filters);
  }
  return removed;
}

FilterScores magnitude_scores(const TrainedNetwork& network) {
  refuse_binary(network);
  FilterScores scores;
  for (int conv = 0; conv < kAcdnetConvs; ++conv) {
    const FloatTensor& weights = network.tensors.at(conv_name(conv));
    const auto filters = static_cast<std::size_t>(weights.shape[0]),
               inputs = static_cast<std::size_t>(weights.shape[1]);
    const std::size_t kernel = weights.values.size() / (filters * inputs);
    std::vector<double>& parts = scores.by_input[index(conv)];
    for (std::size_t part = 0; part < filters * inputs; ++part) {
      const auto first = weights.values.begin() + static_cast<std::ptrdiff_t>(part * kernel);
      parts.push_back(std::accumulate(first, first + static_cast<std::ptrdiff_t>(kernel), 0.0,
                                      [](double sum, float w) { return sum + std::fabs(w); }));
    }
    for (std::size_t f = 0; f < filters; ++f) {
      const auto first = parts.begin() + static_cast<std::ptrdiff_t>(f * inputs);
      scores.of_filter[index(conv)].push_back(std::accumulate(first, first + static_cast<std::ptrdiff_t>(inputs), 0.0));
    }
  }
  return scores;
}

std::vector<FilterId> removal_order(FilterScores scores, PruneScope scope, int count) {
  Ranking ranking(std::move(scores), scope);
  std::vector<FilterId> order;
  while (static_cast<int>(order.size()) < count) {
    const FilterId weakest = ranking.weakest();
    if (weakest.conv < 0) break;
    ranking.remove(weakest);
    order.push_back(weakest);
  }
  return order;
}

TrainedNetwork without_filters(const TrainedNetwork& network, std::span<const FilterId> removed) {
  refuse_binary(network);
  TrainedNetwork smaller = network;
  for (int conv = 0; conv < kAcdnetConvs; ++conv) {
    std::vector<int> kept;
    for (int filter = 0; filter < network.spec.widths[index(conv)]; ++filter) {
      if (std::find(removed.begin(), removed.end(), FilterId{conv, filter}) == removed.end()) kept.push_back(filter);
    }
    if (kept.size() < index(network.spec.widths[index(conv)])) keep_filters(smaller, conv, kept);
  }
  return smaller;
}

}  // namespace stapes
