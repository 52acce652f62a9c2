// SPDX-License-Identifier: Apache-2.0
#include "base/scratch.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace stapes {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr std::chrono::seconds kTimeToEnd{5};
constexpr std::chrono::milliseconds kStep{5};

// The thread that ends the process takes the mutex and never releases it, so no path is added during the cleanup.
struct Registry {
  std::recursive_mutex mutex;
  std::vector<std::pair<pid_t, std::filesystem::path>> paths;  // with owner: a forked child removes only its own
  std::vector<pid_t> children;
};

Registry& registry() {
  static Registry* const all = new Registry;  // outlives every static object that may use it
  return *all;
}

template <class T>
void forget(std::vector<T>& list, const T& value) {
  const auto found = std::find(list.begin(), list.end(), value);
  if (found != list.end()) list.erase(found);
}

// Does not reap the child: its owner waits for it.
bool has_ended(pid_t child) {
  siginfo_t info{};
  const int found = ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT);
  return found != 0 || info.si_pid == child;
}

// SIGTERM first, so that compilers and our own programs can remove their temporary files.
void end_children(const std::vector<pid_t>& children) {
  for (const pid_t child : children) ::kill(-child, SIGTERM);
  const auto end = Clock::now() + kTimeToEnd;
  while (!std::all_of(children.begin(), children.end(), has_ended) && Clock::now() < end) {
    std::this_thread::sleep_for(kStep);
  }
  for (const pid_t child : children) ::kill(-child, SIGKILL);
}

// Retries, since another thread may still be writing files into the folder.
void remove_path(const std::filesystem::path& path) {
  std::error_code error;
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::filesystem::remove_all(path, error);
    if (!error) return;
    std::this_thread::sleep_for(kStep);
  }
}

[[noreturn]] void end_by(int signal, const sigset_t& handled) {
  registry().mutex.lock();
  end_children(registry().children);
  for (const auto& [owner, path] : registry().paths) {
    if (owner == ::getpid()) remove_path(path);
  }
  std::signal(signal, SIG_DFL);
  ::pthread_sigmask(SIG_UNBLOCK, &handled, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

// A signal that was ignored at startup, as with nohup, stays ignored.
sigset_t signals_to_handle() {
  sigset_t handled;
  sigemptyset(&handled);
  for (const int signal : kSignals) {
    struct sigaction now {};
    if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&handled, signal);
  }
  return handled;
}

}  // namespace

ScratchPath::ScratchPath(const std::filesystem::path& path) : path_(std::filesystem::absolute(path)) {
  const std::lock_guard lock(registry().mutex);
  registry().paths.emplace_back(::getpid(), path_);
}

ScratchPath::~ScratchPath() {
  const std::lock_guard lock(registry().mutex);
  forget(registry().paths, {::getpid(), path_});
}

std::unique_lock<std::recursive_mutex> hold_signals() { return std::unique_lock(registry().mutex); }

void end_with_us(pid_t child) {
  const std::lock_guard lock(registry().mutex);
  registry().children.push_back(child);
}

void forget_child(pid_t child) {
  const std::lock_guard lock(registry().mutex);
  forget(registry().children, child);
}

// A separate thread waits for the signals, and all others block them, so cleanup may call any function.
void end_cleanly_on_signals() {
  const sigset_t handled = signals_to_handle();
  ::pthread_sigmask(SIG_BLOCK, &handled, nullptr);
  std::thread([handled] {
    int signal = 0;
    while (::sigwait(&handled, &signal) != 0) {
    }
    end_by(signal, handled);
  }).detach();
}

void end_at_once_on_signals() {
  new (&registry().mutex) std::recursive_mutex;  // a new mutex: the old one may be held by a thread of the parent
  sigset_t all;
  sigemptyset(&all);
  for (const int signal : kSignals) sigaddset(&all, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
}

}  // namespace stapes
