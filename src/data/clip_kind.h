// SPDX-License-Identifier: Apache-2.0
// clip_kind.h: whether clips are sound, images or features: only images and features have a size.
#pragma once

#include <optional>

#include "base/feature_size.h"
#include "base/image_size.h"
#include "packed/input_kind.h"

namespace stapes {

inline InputKind kind_of(const std::optional<ImageSize>& image, const std::optional<FeatureSize>& features) {
  return image ? InputKind::kImage : features ? InputKind::kFeatures : InputKind::kSound;
}

}  // namespace stapes
