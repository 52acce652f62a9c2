// SPDX-License-Identifier: Apache-2.0
// status.h: the runtime's status codes. No exceptions, no text beyond to_string().
#pragma once

namespace stapes {

enum class Status {
  kOk,
  kNotAModel,      // wrong magic, or fewer bytes than the header promises
  kTooNew,         // written by a later format version
  kTooOld,         // written by a format version that is no longer read; pack the model again
  kCorrupt,        // checksum mismatch, or a structure the verifier refuses
  kUnsupported,    // something this build cannot run, or a blob that is not aligned
  kArenaTooSmall,  // the arena is smaller than arena_bytes() or not aligned
  kBadHop,         // a hop is not a multiple of the step; see StreamClassifier::nearest_hop_samples()
  kBadSetting,     // a detector's setting is out of range, or the arena is too small for its mean
};

// One English sentence, in static storage.
const char* to_string(Status status) noexcept;

}  // namespace stapes
