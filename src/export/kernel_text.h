// SPDX-License-Identifier: Apache-2.0
// kernel_text.h: rewrites the library's sources for exports. A program may contain exports of different versions. The
// kernels' namespace is named after a hash of their sources, so the linker merges only equal kernels. Includes are
// relative, so that they never find another export's headers.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace stapes {

using SourceTexts = std::map<std::string_view, std::string_view>;  // by path, as in embedded_files()

// "stapes_0123456789abcdef", a hash of all sources that exports may contain.
std::string kernel_namespace(const SourceTexts& sources);

// A library file as it appears in an export.
std::string kernel_text(const std::string& path, std::string_view text, const std::string& name_space);

// Wraps a source file so that a standard before C++14 causes a single error.
std::string for_cxx14(const std::string& text);

}  // namespace stapes
