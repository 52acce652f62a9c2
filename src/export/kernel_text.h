// SPDX-License-Identifier: Apache-2.0
// kernel_text.h: the library's sources in the form used by exports. A program may hold several exports, of different
// models and made by different versions: their kernels are in a namespace named after their content, so that the linker
// merges equal ones and keeps different ones apart. Headers are found relative to the including file, never in the
// folder of another export that comes first in the include path.
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
