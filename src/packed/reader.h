// SPDX-License-Identifier: Apache-2.0
// reader.h: opens a packed model in place. No heap, no exceptions.
#pragma once

#include <cstddef>
#include <span>

#include "packed/model_generated.h"
#include "packed/shapes.h"
#include "stapes/status.h"

namespace stapes {

// Why a model was refused. `what` has static storage.
struct ModelFault {
  const char* what = "";
  int layer = -1;  // index into Model.layers; -1 = not about one layer
};

// Finds the model inside `blob`, which must stay unchanged while `model` is used. Checks everything, including that no
// sum overflows: kernels check nothing.
//   kNotAModel    wrong magic, or fewer bytes than the header promises
//   kTooNew       written by a later format version
//   kTooOld       written by a format version that is no longer read
//   kCorrupt      checksum mismatch, or parts that contradict each other
//   kUnsupported  a value above a limit of limits.h, an unknown operator or dtype, or blob.data() not a multiple of 64
// On any error `model` is null and `fault`, if given, says why.
[[nodiscard]] Status open_model(std::span<const std::byte> blob, const fb::Model*& model,
                                ModelFault* fault = nullptr) noexcept;

}  // namespace stapes
