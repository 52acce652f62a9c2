#include "compress/prune.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "base/error.h"

namespace stapes {
namespace {

std::string conv_name(int conv) { return "conv" + std::to_string(conv + 1) + ".weight"; }

// Removes index `at` of axis `axis`.
FloatTensor without_slice(const FloatTensor& tensor, std::size_t axis, int at) {
  std::size_t outer = 1, inner = 1;
  for (std::size_t a = 0; a < tensor.shape.size(); ++a) {
    if (a < axis) outer *= static_cast<std::size_t>(tensor.shape[a]);
    if (a > axis) inner *= static_cast<std::size_t>(tensor.shape[a]);
  }
  const std::size_t length = static_cast<std::size_t>(tensor.shape[axis]);
  FloatTensor smaller;
  smaller.shape = tensor.shape;
  --smaller.shape[axis];
  smaller.values.reserve(tensor.values.size() - outer * inner);
  for (std::size_t o = 0; o < outer; ++o) {
    for (std::size_t i = 0; i < length; ++i) {
      if (i == static_cast<std::size_t>(at)) continue;
      const auto first = tensor.values.begin() + static_cast<std::ptrdiff_t>((o * length + i) * inner);
      smaller.values.insert(smaller.values.end(), first, first + static_cast<std::ptrdiff_t>(inner));
    }
  }
  return smaller;
}

std::vector<double> magnitude_ranks(const FloatTensor& weights) {
  const std::size_t filters = static_cast<std::size_t>(weights.shape[0]);
  const std::size_t size = weights.values.size() / filters;
  std::vector<double> ranks(filters, 0);
  double squares = 0;
  for (std::size_t f = 0; f < filters; ++f) {
    for (std::size_t i = 0; i < size; ++i) ranks[f] += std::fabs(weights.values[f * size + i]);
    squares += ranks[f] * ranks[f];
  }
  const double norm = squares > 0 ? std::sqrt(squares) : 1;
  for (double& rank : ranks) rank /= norm;
  return ranks;
}

struct Candidate {
  int conv = -1;
  int filter = 0;
};

// The filter of lowest rank in any layer that keeps at least one.
Candidate weakest_filter(const TrainedNetwork& network) {
  Candidate weakest;
  double lowest = std::numeric_limits<double>::infinity();
  for (int conv = 0; conv < kAcdnetConvs; ++conv) {
    const std::vector<double> ranks = magnitude_ranks(network.tensors.at(conv_name(conv)));
    if (ranks.size() == 1) continue;
    for (std::size_t f = 0; f < ranks.size(); ++f) {
      if (ranks[f] >= lowest) continue;
      lowest = ranks[f];
      weakest = {conv, static_cast<int>(f)};
    }
  }
  return weakest;
}

}  // namespace

TrainedNetwork without_filter(const TrainedNetwork& network, int conv, int filter) {
  TrainedNetwork smaller = network;
  --smaller.spec.widths.at(static_cast<std::size_t>(conv));
  const auto shrink = [&](const std::string& name, std::size_t axis) {
    smaller.tensors[name] = without_slice(network.tensors.at(name), axis, filter);
  };
  shrink(conv_name(conv), 0);
  for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
    shrink("bn" + std::to_string(conv + 1) + part, 0);
  }
  const bool before_swap = conv == 1;  // conv3 sees conv2's filters as rows: its one input channel stays
  if (conv + 1 == kAcdnetConvs) {
    shrink("head.weight", 1);
  } else if (!before_swap) {
    shrink(conv_name(conv + 1), 1);
  }
  return smaller;
}

TrainedNetwork prune_by_magnitude(const TrainedNetwork& network, double ratio, PruneReport* report) {
  if (network.spec.binary) throw Error("a binary network cannot be pruned; prune its full-precision parent instead");
  if (!(ratio >= 0 && ratio < 1)) throw UsageError("the pruning ratio {} is not in [0, 1)", ratio);
  const auto& widths = network.spec.widths;
  const int filters = std::accumulate(widths.begin(), widths.end(), 0);
  const int removed = static_cast<int>(ratio * filters);
  if (removed > filters - kAcdnetConvs) {
    throw UsageError("ratio {} would empty a layer; the most that can be removed is {:.4f} ({} of {} filters)", ratio,
                     static_cast<double>(filters - kAcdnetConvs) / filters, filters - kAcdnetConvs, filters);
  }
  TrainedNetwork pruned = network;
  for (int i = 0; i < removed; ++i) {
    const Candidate weakest = weakest_filter(pruned);
    pruned = without_filter(pruned, weakest.conv, weakest.filter);
  }
  if (report != nullptr) *report = {filters, filters - removed};
  return pruned;
}

}  // namespace stapes
