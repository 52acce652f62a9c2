// SPDX-License-Identifier: Apache-2.0
#include "stapes/status.h"

namespace stapes {

const char* to_string(Status status) noexcept {
  switch (status) {
    case Status::kOk:
      return "no error";
    case Status::kNotAModel:
      return "wrong file type, or cut short";
    case Status::kTooNew:
      return "written by a later version of Stapes";
    case Status::kTooOld:
      return "written by an earlier version of Stapes";
    case Status::kCorrupt:
      return "damaged";
    case Status::kUnsupported:
      return "holds something this build cannot run";
    case Status::kArenaTooSmall:
      return "the arena is too small or not aligned";
    case Status::kBadHop:
      return "the hop is not a multiple of the front end's step";
    case Status::kBadSetting:
      return "a setting of the detector is out of range, or the arena is too small for the detector's mean";
  }
  return "unknown status";
}

}  // namespace stapes
