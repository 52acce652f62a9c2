// SPDX-License-Identifier: Apache-2.0
// input_kind.h: what networks read and data sets hold.
#pragma once

namespace stapes {

enum class InputKind {
  kSound,
  kImage,
  kFeatures,  // values that another program computed, a spectrogram for example
};

inline const char* plural_of(InputKind kind) noexcept {
  return kind == InputKind::kSound ? "sound" : kind == InputKind::kImage ? "images" : "features";
}

}  // namespace stapes
