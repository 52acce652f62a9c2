// SPDX-License-Identifier: Apache-2.0
// page_module.h: the runtime compiled to WebAssembly, as bytes.
#pragma once

#include <span>

namespace stapes {

// Empty in a program that was built without STAPES_WEB.
extern const std::span<const unsigned char> kPageModule;

}  // namespace stapes
