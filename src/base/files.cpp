// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/file_lock.h"
#include "base/mapping_guard.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

std::uint64_t regular_file_bytes(int fd, const fs::path& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) throw Error("cannot read {}: {}", path.string(), std::strerror(errno));
  if (!S_ISREG(info.st_mode)) throw Error("{} is not a regular file", path.string());
  return static_cast<std::uint64_t>(info.st_size);
}

template <class Container>
Container read_whole(const fs::path& path, std::uint64_t max_bytes) {
  const InputFile file(path);
  if (file.size_bytes() > max_bytes) {
    throw Error("{} has {} bytes; expected at most {}", path.string(), file.size_bytes(), max_bytes);
  }
  Container content(file.size_bytes(), typename Container::value_type{});
  file.read_at(0, std::as_writable_bytes(std::span(content)));
  return content;
}

}  // namespace

bool write_every_byte(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

void refuse_existing(const fs::path& path, Existing existing) {
  const fs::file_status there = fs::symlink_status(path);
  if (!fs::exists(there)) return;
  const bool ours_to_replace = fs::is_regular_file(there) || fs::is_directory(there) || fs::is_symlink(there);
  if (!ours_to_replace)
    throw Error("{} is not a regular file, so it is not replaced; choose another name", path.string());
  if (existing == Existing::kRefuse) {
    throw Error("{} exists; choose another name or pass --force to replace it", path.string());
  }
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  std::error_code absent;
  // Absolute first: weakly_canonical() leaves a relative path relative if no part of it exists.
  for (fs::path at = fs::weakly_canonical(fs::absolute(path), absent); at.has_relative_path(); at = at.parent_path()) {
    if (fs::equivalent(at, folder, absent)) return true;
  }
  return false;
}

void refuse_own_input(const fs::path& output, const std::vector<fs::path>& inputs) {
  for (const fs::path& input : inputs) {
    if (input.empty() || !lies_in(input, output)) continue;
    std::error_code absent;
    const bool same = fs::equivalent(input, output, absent);
    throw UsageError("the output {} {} the input {}; choose another name with -o", output.string(),
                     same ? "is the same as" : "contains", input.string());
  }
}

InputFile::InputFile(const fs::path& path) : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (fd_ < 0) throw Error("cannot open {}: {}", path.string(), std::strerror(errno));
  try {
    size_bytes_ = regular_file_bytes(fd_, path);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

InputFile::~InputFile() { ::close(fd_); }

void InputFile::read_at(std::uint64_t offset, std::span<std::byte> to) const {
  while (!to.empty()) {
    const ssize_t n = ::pread(fd_, to.data(), to.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error("cannot read {}: {}", path_.string(), std::strerror(errno));
    if (n == 0) throw Error("{} was truncated while being read", path_.string());
    offset += static_cast<std::uint64_t>(n);
    to = to.subspan(static_cast<std::size_t>(n));
  }
}

std::vector<std::byte> read_file(const fs::path& path, std::uint64_t max_bytes) {
  return read_whole<std::vector<std::byte>>(path, max_bytes);
}

std::string read_text_file(const fs::path& path, std::uint64_t max_bytes) {
  return read_whole<std::string>(path, max_bytes);
}

AtomicFile::AtomicFile(fs::path path, Existing existing)
    : path_(std::move(path)), partial_(path_.string() + ".partial") {
  refuse_existing(path_, existing);
  auto held = hold_signals();
  fd_ = open_locked(partial_);
  if (fd_ < 0 && errno == EWOULDBLOCK) throw Error("{} is being written by another process", path_.string());
  if (fd_ < 0) fail("cannot create");
  unfinished_.emplace(partial_);
  held.unlock();
  try {
    refuse_existing(path_, existing);                    // another process may have finished it meanwhile
    if (::ftruncate(fd_, 0) != 0) fail("cannot write");  // drops leftovers of a killed process
  } catch (...) {
    abandon();
    throw;
  }
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) abandon();
}

// Called while the lock is held, so that the next writer creates its own file.
void AtomicFile::abandon() {
  const auto held = hold_signals();
  ::unlink(partial_.c_str());
  unfinished_.reset();
  ::close(std::exchange(fd_, -1));
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (!write_every_byte(fd_, bytes)) fail("cannot write");
}

void AtomicFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (::lseek(fd_, static_cast<off_t>(offset), SEEK_SET) < 0) fail("cannot write");
  write(bytes);
  if (::lseek(fd_, 0, SEEK_END) < 0) fail("cannot write");
}

void AtomicFile::commit() {
  whole_mappings_or_throw();  // no output from an input that was truncated meanwhile
  if (::fsync(fd_) != 0) fail("cannot write");
  {
    const auto held = hold_signals();  // after the rename, a new partial file may belong to another process
    if (::rename(partial_.c_str(), path_.c_str()) != 0) fail("cannot write");
    unfinished_.reset();
  }
  ::close(std::exchange(fd_, -1));  // errors no longer matter: the file is on the disk
}

void AtomicFile::fail(const char* what) const { throw Error("{} {}: {}", what, path_.string(), std::strerror(errno)); }

void write_file(const fs::path& path, std::span<const std::byte> bytes, Existing existing) {
  AtomicFile file(path, existing);
  file.write(bytes);
  file.commit();
}

void write_text_file(const fs::path& path, std::string_view text, Existing existing) {
  write_file(path, std::as_bytes(std::span(text)), existing);
}

void append_text(const fs::path& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  const bool kept = fd >= 0 && write_every_byte(fd, std::as_bytes(std::span(text))) && ::fsync(fd) == 0;
  const int cause = errno;
  if (fd >= 0) ::close(fd);
  if (!kept) throw Error("cannot write {}: {}", path.string(), std::strerror(cause));
}

namespace {

// Swaps `partial` and `folder`, atomically where the system supports it.
void exchange(const fs::path& partial, const fs::path& folder) {
  if (::renameat2(AT_FDCWD, partial.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) return;
  fs::path old = folder;
  old += ".old.partial";  // the suffix marks it as ours; a user's "runs/a.old" stays
  fs::remove_all(old);
  auto held = hold_signals();
  fs::rename(folder, old);
  fs::rename(partial, folder);
  const ScratchPath replaced(old);  // not earlier: until the rename it was the user's only copy
  held.unlock();
  fs::remove_all(old);
}

}  // namespace

void write_folder(const fs::path& path, Existing existing,
                  const std::function<void(const fs::path& folder)>& refuse_foreign,
                  const std::function<void(const fs::path& partial)>& fill) {
  const fs::path folder = path.has_filename() ? path : path.parent_path();  // "runs/a/" is "runs/a"
  refuse_existing(folder, existing);
  const fs::path partial = folder.string() + ".partial", lock = folder.string() + ".partial.lock";
  try {
    if (folder.has_parent_path()) fs::create_directories(folder.parent_path());
    const FileLock alone(lock, folder.string(), FileLock::After::kRemoveFile);
    refuse_existing(folder, existing);  // another process may have finished it meanwhile
    const bool replaces = fs::exists(fs::symlink_status(folder));
    if (replaces) refuse_foreign(folder);
    const ScratchPath unfinished(partial);
    fs::remove_all(partial);  // leftovers of a killed process
    try {
      fs::create_directory(partial);
      fill(partial);
      replaces ? exchange(partial, folder) : fs::rename(partial, folder);
      fs::remove_all(partial);
    } catch (...) {
      std::error_code ignored;
      fs::remove_all(partial, ignored);
      throw;
    }
  } catch (const fs::filesystem_error& error) {
    throw Error("cannot write the folder {}: {}", folder.string(), error.code().message());
  }
}

void write_folder(const fs::path& path, Existing existing, const std::string& marker,
                  const std::function<void(const fs::path& partial)>& fill) {
  const auto refuse_foreign = [&](const fs::path& folder) {
    if (fs::exists(folder / marker)) return;
    throw Error("{} exists but contains no {}, so it is not replaced; choose another name", folder.string(), marker);
  };
  write_folder(path, existing, refuse_foreign, fill);
}

MappedFile::MappedFile(const fs::path& path) {
  const InputFile file(path);
  size_ = file.size_bytes();
  if (size_ == 0) return;
  void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
  if (mapped == MAP_FAILED) throw Error("cannot map {}: {}", path.string(), std::strerror(errno));
  data_ = static_cast<const std::byte*>(mapped);
  guard_mapping(bytes(), path);
}

MappedFile::~MappedFile() {
  if (data_ == nullptr) return;
  release_mapping(bytes());
  ::munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace stapes
