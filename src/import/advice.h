// SPDX-License-Identifier: Apache-2.0
// advice.h: advice about files that cannot be read, in the same words everywhere.
#pragma once

namespace stapes::imports {

inline constexpr const char* kSaveWeights = "save the weights with torch.save(model.state_dict(), FILE)";

}  // namespace stapes::imports
