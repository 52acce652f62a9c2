// SPDX-License-Identifier: Apache-2.0
#include "web/page_module.h"

namespace stapes {

const std::span<const unsigned char> kPageModule;

}  // namespace stapes
