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

// Whether the bytes begin with a header length and a brace.
bool is_safetensors(std::span<const std::byte> bytes);

// Converts F32, F16, BF16 and F64 to float. Omits torch's step counters. Names are in the order of the data. Throws
// Error for a header longer than the file or 16 MiB, duplicate keys, unsupported types, shapes that do not match their
// bytes, NaN, Inf, and tensors that overlap, leave gaps or exceed the file.
StateDict read_safetensors(std::span<const std::byte> bytes);

}  // namespace stapes::imports
