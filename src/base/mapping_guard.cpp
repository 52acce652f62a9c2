// SPDX-License-Identifier: Apache-2.0
#include "base/mapping_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>

#include "base/error.h"

namespace stapes {
namespace {

// The handler reads the atomic members without a lock. A slot is in use while `begin` is set.
struct GuardedMapping {
  std::atomic<std::uintptr_t> begin = 0, end = 0;
  std::atomic<bool> broken = false;
  std::string path;  // written under the mutex, never read by the handler
};

std::array<GuardedMapping, 256> mappings;
std::mutex mutex;
std::atomic<bool> any_broken = false;
std::string first_broken;  // path of a broken mapping that was released
std::uintptr_t page_bytes;
struct sigaction previous_action;

void on_bus_error(int signal, siginfo_t* info, void*) {
  const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (GuardedMapping& mapping : mappings) {
    const std::uintptr_t begin = mapping.begin.load();
    if (begin == 0 || at < begin || at >= mapping.end.load()) continue;
    void* const page = reinterpret_cast<void*>(at / page_bytes * page_bytes);
    if (::mmap(page, page_bytes, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) break;
    mapping.broken = true;
    any_broken = true;
    return;
  }
  ::sigaction(signal, &previous_action, nullptr);  // not guarded: the access is repeated and fails as usual
}

void install_handler() {
  static const bool installed = [] {
    page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    return ::sigaction(SIGBUS, &action, &previous_action) == 0;
  }();
  (void)installed;
}

}  // namespace

void guard_mapping(std::span<const std::byte> mapping, const std::filesystem::path& path) {
  const std::lock_guard lock(mutex);
  install_handler();
  const auto begin = reinterpret_cast<std::uintptr_t>(mapping.data());
  for (GuardedMapping& slot : mappings) {
    if (slot.begin != 0) continue;
    slot.path = path.string();
    slot.broken = false;
    slot.end = begin + mapping.size();
    slot.begin = begin;
    return;
  }
}

void release_mapping(std::span<const std::byte> mapping) {
  const std::lock_guard lock(mutex);
  for (GuardedMapping& slot : mappings) {
    if (slot.begin != reinterpret_cast<std::uintptr_t>(mapping.data())) continue;
    if (slot.broken && first_broken.empty()) first_broken = slot.path;
    slot.begin = 0;
    return;
  }
}

void whole_mappings_or_throw() {
  if (!any_broken) return;
  const std::lock_guard lock(mutex);
  std::string path = first_broken;
  for (const GuardedMapping& slot : mappings) {
    if (path.empty() && slot.begin != 0 && slot.broken) path = slot.path;
  }
  throw Error("{} was truncated while being read: another program changed it; create it again", path);
}

}  // namespace stapes
