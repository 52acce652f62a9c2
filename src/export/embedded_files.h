// SPDX-License-Identifier: Apache-2.0
// embedded_files.h: the sources of exports, embedded in the program (cmake/embed.cmake).
#pragma once

#include <map>
#include <string_view>

namespace stapes {

// Texts by path: library files by #include path ("kernels/...", "stapes/isa.h", "export/device/..."), "firmware/..."
// and "LICENSE".
const std::map<std::string_view, std::string_view>& embedded_files();

// Throws Error naming a missing path.
std::string_view embedded_file(std::string_view path);

}  // namespace stapes
