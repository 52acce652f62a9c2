// SPDX-License-Identifier: Apache-2.0
// advice.h: what to do about a file that is not read, the same words everywhere.
#pragma once

namespace stapes::interop {

inline constexpr const char* kSaveWeights = "save the weights with torch.save(model.state_dict(), FILE)";

}  // namespace stapes::interop
