// SPDX-License-Identifier: Apache-2.0
// base64.h: encodes bytes as Base64 (RFC 4648).
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace stapes {

std::string base64(std::span<const std::byte> bytes);

}  // namespace stapes
