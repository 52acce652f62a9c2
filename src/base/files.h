// SPDX-License-Identifier: Apache-2.0
// files.h: reads and writes whole files. Outputs have temporary names until they are complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/scratch.h"

namespace stapes {

enum class Existing { kRefuse, kReplace };  // what to do if an output exists (--force)

// Throws Error if `path` exists and must not be replaced. Files, folders and links can be replaced; devices and pipes
// cannot.
void refuse_existing(const std::filesystem::path& path, Existing existing);

// Throws UsageError if `output` is one of `inputs`, even by another path, or contains one. Ignores empty inputs.
void refuse_own_input(const std::filesystem::path& output, const std::vector<std::filesystem::path>& inputs);

// Whether `path` is `folder` or inside it, after resolving links. `path` need not exist; `folder` may be a file.
bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder);

// Throws Error if the file is missing, not regular, or larger than `max_bytes`.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t max_bytes = std::uint64_t{1} << 32);
std::string read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes = std::uint64_t{1} << 26);

// Writes to an open file or pipe. Returns false, with the cause in errno, if some bytes could not be written.
bool write_every_byte(int descriptor, std::span<const std::byte> bytes);

// An output file under construction. commit() flushes it to the disk and makes it visible at `path`. Without commit(),
// the destructor removes the file. Throws Error naming the path and the cause, also if another process is writing the
// same output.
class AtomicFile {
 public:
  AtomicFile(std::filesystem::path path, Existing existing);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);  // overwrites earlier bytes, e.g. a header
  void commit();

 private:
  void abandon();
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path path_;
  std::filesystem::path partial_;
  std::optional<ScratchPath> unfinished_;
  int fd_ = -1;
};

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes, Existing existing);
void write_text_file(const std::filesystem::path& path, std::string_view text, Existing existing);

// Waits until the text is on the disk.
void append_text(const std::filesystem::path& path, std::string_view text);

// Writes a folder atomically: `fill` writes into a temporary folder next to `path`, which is then renamed. Replaces an
// existing folder only if `refuse_foreign` does not throw. Throws Error if the folder cannot be written or another
// process is writing it.
void write_folder(const std::filesystem::path& path, Existing existing,
                  const std::function<void(const std::filesystem::path& folder)>& refuse_foreign,
                  const std::function<void(const std::filesystem::path& partial)>& fill);

// The same, but replaces an existing folder only if it holds a file called `marker`.
void write_folder(const std::filesystem::path& path, Existing existing, const std::string& marker,
                  const std::function<void(const std::filesystem::path& partial)>& fill);

// A file of any size, read in pieces. Throws Error like read_file.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::uint64_t size_bytes() const { return size_bytes_; }  // when it was opened
  // Fills `to` from `offset`. Throws Error if the file ends too early.
  void read_at(std::uint64_t offset, std::span<std::byte> to) const;
  int descriptor() const { return fd_; }

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_bytes_ = 0;
};

// A file mapped read-only. Movable. Throws Error like read_file. If the file is truncated while mapped, its lost pages
// read as zeros and whole_mappings_or_throw() (mapping_guard.h) throws.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace stapes
