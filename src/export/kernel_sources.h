// SPDX-License-Identifier: Apache-2.0
// kernel_sources.h: the files that a kernel needs.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace stapes {

struct KernelCall;

// The file that defines a kernel, such as "kernels/conv_i8/conv_i8_scalar.cpp"; a header for a template. The name is
// the operator, its family or its folder, plus one of `endings`. Throws Error if there is none.
std::string kernel_file(const KernelCall& call, const std::vector<std::string>& endings);

// Adds a file and all its quoted includes, recursively.
void add_with_includes(std::string_view path, std::set<std::string>& files);

}  // namespace stapes
