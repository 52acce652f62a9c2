// SPDX-License-Identifier: Apache-2.0
#include "data/sample_spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/files.h"

namespace stapes {
namespace {

constexpr std::size_t kPieceSamples = std::size_t{1} << 16;

[[noreturn]] void fail(const std::filesystem::path& folder) {
  throw SpoolError(fmt::format("cannot write a temporary file in {}: {}", folder.string(), std::strerror(errno)));
}

// Unlinked immediately if the file system does not support unnamed files.
int unnamed_file(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) return fd;
  std::string name = (folder / ".stapes-spool-XXXXXX").string();
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named < 0) fail(folder);
  ::unlink(name.c_str());
  return named;
}

}  // namespace

SampleSpool::~SampleSpool() {
  if (fd_ >= 0) ::close(fd_);
}

SampleSpool::SampleSpool(SampleSpool&& other) noexcept
    : folder_(std::move(other.folder_)),
      waiting_(std::move(other.waiting_)),
      spooled_(std::exchange(other.spooled_, 0)),
      fd_(std::exchange(other.fd_, -1)) {}

SampleSpool& SampleSpool::operator=(SampleSpool&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(waiting_, other.waiting_);
  std::swap(spooled_, other.spooled_);
  std::swap(fd_, other.fd_);
  return *this;
}

void SampleSpool::add(std::span<const std::int16_t> samples) {
  while (!samples.empty()) {
    const std::size_t n = std::min(samples.size(), kSamplesInMemory - waiting_.size());
    waiting_.insert(waiting_.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(n));
    samples = samples.subspan(n);
    if (waiting_.size() == kSamplesInMemory) flush();
  }
}

void SampleSpool::flush() {
  if (fd_ < 0) fd_ = unnamed_file(folder_);
  if (!write_every_byte(fd_, std::as_bytes(std::span(waiting_)))) fail(folder_);
  spooled_ += waiting_.size();
  waiting_.clear();
}

void SampleSpool::give(const std::function<void(std::span<const std::int16_t>)>& sink) const {
  std::vector<std::int16_t> piece(std::min(spooled_, kPieceSamples));
  for (std::size_t at = 0; at < spooled_;) {
    const std::size_t wanted = std::min(piece.size(), spooled_ - at) * sizeof(std::int16_t);
    const ssize_t n = ::pread(fd_, piece.data(), wanted, static_cast<off_t>(at * sizeof(std::int16_t)));
    if (n < 0 && errno == EINTR) continue;
    if (n < static_cast<ssize_t>(sizeof(std::int16_t))) fail(folder_);
    const std::size_t got = static_cast<std::size_t>(n) / sizeof(std::int16_t);
    sink(std::span<const std::int16_t>(piece).first(got));
    at += got;
  }
  if (!waiting_.empty()) sink(waiting_);
}

}  // namespace stapes
