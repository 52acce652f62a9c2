// SPDX-License-Identifier: Apache-2.0
// embedded_files.h: the sources for exports, embedded in the program (cmake/embed.cmake).
#pragma once

#include <map>
#include <string_view>

namespace stapes {

// Texts by path: "kernels/...", "stapes/isa.h" and "export/device/..." as they are included, "firmware/..." and
// "LICENSE".
const std::map<std::string_view, std::string_view>& embedded_files();

// Throws Error naming a missing path.
std::string_view embedded_file(std::string_view path);

}  // namespace stapes
