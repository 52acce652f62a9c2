// process.h: another program's output.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace stapes {

// Runs `arguments` (the program first, found in PATH; no shell is involved) with an empty standard input and returns
// what it wrote to its standard output. Throws Error when the program is not there (the message ends with `advice`),
// when it fails, and when it writes more than `max_bytes`.
std::vector<std::byte> run_program(const std::vector<std::string>& arguments, const std::string& advice,
                                   std::size_t max_bytes = std::size_t{64} << 20);

}  // namespace stapes
