// SPDX-License-Identifier: Apache-2.0
// toml_text.h: text as a TOML string.
#pragma once

#include <string>
#include <string_view>

namespace stapes {

// In double quotes; quotes, backslashes and control characters are escaped.
std::string toml_text(std::string_view text);

}  // namespace stapes
