// SPDX-License-Identifier: Apache-2.0
// kernel_call.h: the kernel of an exported layer, with all arguments known at export.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "export/c_array.h"
#include "runtime/execution_plan.h"

namespace stapes {

struct KernelCall {
  std::string folder, op, family;  // "conv_i8", "conv_i8_from_i16", "conv_i8"
  std::string function;            // "conv_i8_from_i16_armdsp"
  std::string file;                // defines the kernel: a source, or a header for a template
  bool is_fixed = false;           // a template on the shape
  std::string header;              // of the arguments: "kernels/conv_i8/conv_i8.h"
  std::string args_type;           // "ConvI8Args<int16_t, int8_t>"
  std::string input_type, output_type;
  std::string other_type;  // of an addition's second input; otherwise empty

  ConvShape shape{};  // all 0 unless a convolution; `members` refer to it by name

  // All members of the arguments in order, such as {"bias", "conv3_bias"}. A value may be the name of one of `arrays`.
  std::vector<std::pair<std::string, std::string>> members;
  std::vector<CArray> arrays;
  std::size_t scratch_bytes = 0;
  bool prepared = false;            // the weights are stored only in the kernel's layout
  bool prepares_constants = false;  // that layout also holds bias, multiplier and shift
};

// The call of layer `i`. `id`: prefix of its array names and of its shape_name().
KernelCall kernel_call(const ExecutionPlan& plan, std::size_t i, const std::string& id);

// A convolution's shape as an initializer.
std::string shape_text(const ConvShape& shape);

// The name of a layer's shape in source: "kStemShape".
std::string shape_name(const std::string& id);

// The C type of a stored element; packed bits are uint32_t words.
const char* c_type(fb::DType dtype);

}  // namespace stapes
