// SPDX-License-Identifier: Apache-2.0
// safetensors.h: weights as a JSON header and raw tensors.
//
//   bytes 0 to 7    uint64 n, little-endian: bytes of the header
//   n bytes         JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...},
//                   possibly with "__metadata__" (strings) and trailing spaces
//   the rest        the tensors, row-major, little-endian; offsets count from here
//
// Source: github huggingface/safetensors, README.md, section "Format".
#pragma once

#include <cstddef>
#include <span>

#include "import/state_dict.h"

namespace stapes::imports {

// Whether the bytes begin like a safetensors file, with a length and a brace. (A leading brace means plain JSON.)
bool is_safetensors(std::span<const std::byte> bytes);

// F32, F16, BF16 and F64 become float; torch's step counters are left out. Names are in the order of the data.
// Throws Error for a header longer than the file or than 16 MiB, duplicate keys, a type that is unknown or cannot hold
// weights, a shape that does not match its bytes exactly, tensors that overlap, leave gaps or extend past the file, NaN
// and Inf.
StateDict read_safetensors(std::span<const std::byte> bytes);

}  // namespace stapes::imports
