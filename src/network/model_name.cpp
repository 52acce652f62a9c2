// SPDX-License-Identifier: Apache-2.0
#include "network/model_name.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "network/acdnet.h"
#include "network/resnet.h"

namespace stapes {
namespace {

struct PublishedAcdnet {
  const char* name;
  std::vector<int> widths;
};

// arXiv:2103.03483; micro and nano are its published pruned members. 0: one filter per class.
const PublishedAcdnet kAcdnets[] = {
    {"acdnet", {8, 64, 32, 64, 64, 128, 128, 256, 256, 512, 512, 0}},
    {"micro-acdnet", {7, 20, 10, 14, 22, 31, 35, 41, 51, 67, 69, 48}},
    {"nano-acdnet", {7, 19, 10, 8, 18, 25, 29, 31, 31, 43, 49, 42}},
};
const std::vector<int> kResnet18 = {64, 128, 256, 512};

constexpr std::string_view kWidthsPrefix = "widths:", kResnetPrefix = "resnet18:";

// Numbers from 1 to kMaxWidth separated by commas; empty: the list is none of `counts` long or holds something else.
std::vector<int> parse_widths(std::string_view list, std::initializer_list<std::size_t> counts) {
  std::vector<int> widths;
  const char* at = list.data();
  const char* const end = list.data() + list.size();
  while (true) {
    int width = 0;
    const auto [next, error] = std::from_chars(at, end, width);
    if (error != std::errc() || width < 1 || width > kMaxWidth || (next != end && *next != ',')) return {};
    widths.push_back(width);
    if (next == end) break;
    at = next + 1;
  }
  return std::find(counts.begin(), counts.end(), widths.size()) == counts.end() ? std::vector<int>{} : widths;
}

}  // namespace

NamedModel find_model(std::string_view name, int class_count) {
  for (const PublishedAcdnet& known : kAcdnets) {
    if (name != known.name) continue;
    NamedModel model{Family::kAcdnet, known.widths};
    if (model.widths.back() == 0) model.widths.back() = class_count;
    return model;
  }
  if (name.starts_with(kWidthsPrefix)) {
    const std::string_view list = name.substr(kWidthsPrefix.size());
    NamedModel model{Family::kAcdnet, parse_widths(list, {kAcdnetConvs})};
    if (!model.widths.empty()) return model;
    throw UsageError("model {} needs {} numbers from 1 to {} separated by commas", name, kAcdnetConvs, kMaxWidth);
  }
  if (name == "resnet18") return {Family::kResnet, resnet_widths(kResnet18)};
  if (name.starts_with(kResnetPrefix)) {
    const std::vector<int> widths = parse_widths(name.substr(kResnetPrefix.size()), {kResnetStages, kResnetWidths});
    if (!widths.empty()) return {Family::kResnet, widths.size() == kResnetStages ? resnet_widths(widths) : widths};
    throw UsageError("model {} needs {} or {} numbers from 1 to {} separated by commas", name, kResnetStages,
                     kResnetWidths, kMaxWidth);
  }
  throw UsageError("unknown model {}; known are {}", name, kModelNames);
}

NetworkSpec named_network(std::string_view name, int class_count, int sample_rate_hz,
                          const std::optional<ImageSize>& image, int window_samples) {
  NamedModel model = find_model(name, class_count);
  if (image && model.family != Family::kResnet) {
    throw UsageError("{} is a network for sound, and the data are images; use --model resnet18", name);
  }
  if (!image && model.family == Family::kResnet) {
    throw UsageError("{} is a network for images, and the data are sound; use --model micro-acdnet", name);
  }
  if (image && window_samples > 0 && window_samples != image->values()) {
    throw UsageError("a window of {} samples is for sound; images of {} x {} x {} are taken whole", window_samples,
                     image->height, image->width, image->channels);
  }
  NetworkSpec spec;
  spec.family = model.family;
  spec.widths = std::move(model.widths);
  spec.class_count = class_count;
  spec.sample_rate_hz = sample_rate_hz;
  spec.image = image.value_or(ImageSize{});
  spec.window_samples = image                ? image->values()
                        : window_samples > 0 ? window_samples
                                             : usual_window_samples(sample_rate_hz);
  return spec;
}

std::string model_name(Family family, const std::vector<int>& widths) {
  return fmt::format("{}{}", family == Family::kResnet ? kResnetPrefix : kWidthsPrefix, fmt::join(widths, ","));
}

}  // namespace stapes
