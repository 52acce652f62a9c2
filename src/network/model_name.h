// SPDX-License-Identifier: Apache-2.0
// model_name.h: networks by the names that options and plans use.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "network/network.h"

namespace stapes {

inline constexpr const char* kModelNames =
    "acdnet, micro-acdnet, nano-acdnet or widths:7,20,... (12 numbers) for sound, resnet18 or resnet18:16,32,64,128 "
    "(4 stages, or 12 widths) for images";

struct NamedModel {
  Family family = Family::kAcdnet;
  std::vector<int> widths;
};

// acdnet's conv12 has one filter per class. Throws UsageError listing the names.
NamedModel find_model(std::string_view name, int class_count);

// The spec of a named full-precision network on sound of this rate (0 and `image`: on images). `window_samples` 0: the
// usual one. Throws UsageError like find_model(), and when the network is not made for such an input.
NetworkSpec named_network(std::string_view name, int class_count, int sample_rate_hz,
                          const std::optional<ImageSize>& image, int window_samples);

// The name by which find_model() finds a network: "widths:7,20,...", "resnet18:16,...".
std::string model_name(Family family, const std::vector<int>& widths);

}  // namespace stapes
