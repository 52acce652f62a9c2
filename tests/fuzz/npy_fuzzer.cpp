// SPDX-License-Identifier: Apache-2.0
// Feeds hostile .npy files to the reader (libFuzzer). An accepted array must lie within the file.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "base/error.h"
#include "data/features/npy.h"

namespace stapes {
namespace {

void read_and_use(std::span<const std::byte> bytes) {
  try {
    const NpyArray array = read_npy(bytes, "fuzz.npy");
    std::uint64_t sum = 0, product = 1;
    for (const std::byte value : array.values) sum += std::to_integer<std::uint64_t>(value);
    for (const std::size_t axis : array.shape) product *= axis;
    if (product != array.count || array.values.size() % array.count != 0) std::abort();
    const std::vector<int> numbers = whole_numbers(array, "fuzz.npy", 0, 65535);
    if (numbers.size() != array.count || sum > 255 * array.values.size()) std::abort();
  } catch (const Error&) {
  }
}

}  // namespace
}  // namespace stapes

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  stapes::read_and_use(std::as_bytes(std::span(data, size)));
  return 0;
}
