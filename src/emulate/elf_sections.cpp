// SPDX-License-Identifier: Apache-2.0
#include "emulate/elf_sections.h"

#include <elf.h>

#include <cstring>
#include <span>

#include "base/error.h"
#include "base/files.h"

namespace stapes {
namespace {

class Elf {
 public:
  explicit Elf(const std::filesystem::path& file) : file_(file), mapped_(file), bytes_(mapped_.bytes()) {}

  std::vector<ElfSection> sections() const {
    const bool elf = bytes_.size() > EI_NIDENT && std::memcmp(bytes_.data(), ELFMAG, SELFMAG) == 0;
    if (!elf || ident(EI_DATA) != ELFDATA2LSB) fail("not a little-endian ELF file");
    if (ident(EI_CLASS) == ELFCLASS32) return read<Elf32_Ehdr, Elf32_Shdr>();
    if (ident(EI_CLASS) == ELFCLASS64) return read<Elf64_Ehdr, Elf64_Shdr>();
    fail("neither a 32-bit nor a 64-bit ELF file");
  }

 private:
  [[noreturn]] void fail(const char* what) const { throw Error("{}: {}", file_.string(), what); }

  int ident(std::size_t i) const { return std::to_integer<int>(bytes_[i]); }

  template <class T>
  T at(std::uint64_t offset) const {
    if (offset > bytes_.size() || sizeof(T) > bytes_.size() - offset) fail("truncated ELF file");
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  std::string text_at(std::uint64_t offset) const {
    std::string text;
    for (char c = at<char>(offset); c != 0; c = at<char>(++offset)) text += c;
    return text;
  }

  template <class Header, class Section>
  std::vector<ElfSection> read() const {
    const Header header = at<Header>(0);
    const auto section = [&](std::uint64_t i) { return at<Section>(header.e_shoff + i * sizeof(Section)); };
    const std::uint64_t names = section(header.e_shstrndx).sh_offset;
    std::vector<ElfSection> found;
    for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
      const Section s = section(i);
      found.push_back(
          {text_at(names + s.sh_name), static_cast<std::int64_t>(s.sh_size), (s.sh_flags & SHF_ALLOC) != 0});
    }
    return found;
  }

  std::filesystem::path file_;
  MappedFile mapped_;
  std::span<const std::byte> bytes_;
};

}  // namespace

std::vector<ElfSection> elf_sections(const std::filesystem::path& file) { return Elf(file).sections(); }

std::int64_t bytes_of(const std::vector<ElfSection>& sections, const std::string& name) {
  std::int64_t bytes = 0;
  for (const ElfSection& section : sections) {
    if (section.in_memory && (section.name == name || section.name.starts_with(name + "."))) bytes += section.bytes;
  }
  return bytes;
}

}  // namespace stapes
