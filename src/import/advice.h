// SPDX-License-Identifier: Apache-2.0
// advice.h: common advice about files that cannot be read.
#pragma once

namespace stapes::imports {

inline constexpr const char* kSaveWeights = "save the weights with torch.save(model.state_dict(), FILE)";

}  // namespace stapes::imports
