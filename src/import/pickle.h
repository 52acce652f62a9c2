// SPDX-License-Identifier: Apache-2.0
// pickle.h: reads the part of Python's pickle format that weights need, protocols 2 to 5. Executes nothing: calls are
// only recorded, and only listed globals are accepted. Opcodes: CPython's pickletools module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stapes::imports {

// References are indices, so nesting, sharing and cycles in a hostile file do no harm.
using Ref = std::uint32_t;

enum class Kind { kNone, kBool, kInt, kBigInt, kFloat, kString, kTuple, kList, kDict, kGlobal, kCall, kPersistent };

struct Value {
  Kind kind = Kind::kNone;
  std::int64_t integer = 0;     // kInt; kBool: 0 or 1
  double real = 0;              // kFloat
  std::string_view text = {};   // kString; kGlobal: "module.name"; kBigInt: little-endian bytes. Borrows the input
  std::vector<Ref> items = {};  // kTuple, kList; kDict: key, value, ...; kCall: callee, arguments; kPersistent: id
};

struct Pickle {
  std::vector<Value> values;
  Ref root = 0;
  std::size_t end = 0;  // offset of the byte after the pickle

  const Value& operator[](Ref ref) const { return values[ref]; }
};

// Reads the pickle at `begin`; the result borrows `bytes`. OrderedDict and defaultdict become kDict, sets kList, bytes
// kString, and calls of other `allowed` globals kCall. Throws Error for unknown opcodes, disallowed globals, missing
// values, values of the wrong kind, and more than 2^20 values.
Pickle read_pickle(std::span<const std::byte> bytes, std::size_t begin, std::span<const std::string_view> allowed);

const char* to_string(Kind kind);
std::string with_article(Kind kind);  // "an int", "text"

}  // namespace stapes::imports
