// SPDX-License-Identifier: Apache-2.0
// input_kind.h: the kind of data that networks read and data sets hold.
#pragma once

namespace stapes {

enum class InputKind {
  kSound,
  kImage,
  kFeatures,  // values computed by another program, such as a spectrogram
};

inline const char* plural_of(InputKind kind) noexcept {
  switch (kind) {
    case InputKind::kSound:
      return "sound";
    case InputKind::kImage:
      return "images";
    case InputKind::kFeatures:
      return "features";
  }
  return "";
}

}  // namespace stapes
