// kernel_sources.h: which files a kernel needs.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace stapes {

// The file that defines a kernel, e.g. "kernels/conv_i8/conv_i8_scalar.cpp": in the operator's folder, named after the
// operator or its family, and the instruction set. Throws Error where there is none.
std::string kernel_source(std::string_view folder, std::string_view op, std::string_view family, std::string_view isa);

// Adds a file and all it includes in quotes, directly or not.
void add_with_includes(std::string_view path, std::set<std::string>& files);

}  // namespace stapes
