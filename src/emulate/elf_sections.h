// SPDX-License-Identifier: Apache-2.0
// elf_sections.h: section sizes of a linked image or object file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace stapes {

struct ElfSection {
  std::string name;
  std::int64_t bytes = 0;
  bool in_memory = false;  // part of the running program, unlike symbols and debugging data
};

// Little-endian ELF of 32 or 64 bits. Throws Error naming the file.
std::vector<ElfSection> elf_sections(const std::filesystem::path& file);

// Bytes of the sections in memory named NAME or NAME.SUFFIX.
std::int64_t bytes_of(const std::vector<ElfSection>& sections, const std::string& name);

}  // namespace stapes
