// SPDX-License-Identifier: Apache-2.0
// kernel_text.h: the library's sources as an export holds them. A program may hold several exports, of different
// models and made by different versions: their kernels lie in a namespace named by their content, so that the linker
// merges equal ones and tells different ones apart. What they include is found from the file that includes it, never
// in the folder of another export that stands first in the include path.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace stapes {

using SourceTexts = std::map<std::string_view, std::string_view>;  // by path, as embedded_files()

// "stapes_0123456789abcdef": of all sources that exports may hold.
std::string kernel_namespace(const SourceTexts& sources);

// A file of the library for an export.
std::string kernel_text(const std::string& path, std::string_view text, const std::string& name_space);

// A source file of an export: where the compiler is set to less than C++14, it stops there with one error.
std::string for_cxx14(const std::string& text);

}  // namespace stapes
