// SPDX-License-Identifier: Apache-2.0
// clip_kind.h: derives the kind of clips from their size.
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
