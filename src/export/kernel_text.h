// SPDX-License-Identifier: Apache-2.0
// kernel_text.h: rewrites the library's sources for exports. A program may contain exports of several models, made by
// different versions. So kernels are in a namespace named after a hash of their sources: the linker merges equal
// kernels and keeps different ones apart. Headers are included by relative paths, since another export's folder may
// come first in the include path.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace stapes {

using SourceTexts = std::map<std::string_view, std::string_view>;  // by path, as in embedded_files()

// "stapes_0123456789abcdef", a hash of all sources that exports may contain.
std::string kernel_namespace(const SourceTexts& sources);

// A library file rewritten for an export.
std::string kernel_text(const std::string& path, std::string_view text, const std::string& name_space);

// Wraps a source file of an export so that a compiler set to a standard before C++14 stops with one error.
std::string for_cxx14(const std::string& text);

}  // namespace stapes
