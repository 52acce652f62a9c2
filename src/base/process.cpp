// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <utility>

#include "base/environment.h"
#include "base/error.h"
#include "base/files.h"
#include "base/scratch.h"

namespace stapes {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw Error("cannot create a pipe: {}", std::strerror(errno));
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    ::close(read_end);
    close_write_end();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_write_end() {
    if (write_end >= 0) ::close(std::exchange(write_end, -1));
  }
  int read_end = -1, write_end = -1;
};

enum class Errors { kDrop, kWithOutput };

pid_t spawn(const std::vector<std::string>& arguments, int output, Errors errors, const std::string& advice,
            const std::filesystem::path& temp_folder = {}) {
  const std::vector<char*> argv = exec_pointers(arguments);
  const std::vector<std::string> variables =
      environment_with(temp_folder.empty() ? Environment{} : Environment{{"TMPDIR", temp_folder.string()}});
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (errors == Errors::kWithOutput) {
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  posix_spawnattr_t attributes;  // own process group, none of our blocked signals
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&attributes, &none);
  pid_t child = -1;
  const auto held = hold_signals();
  const int error =
      ::posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), exec_pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw Error("cannot run {}: {}; {}", arguments.front(), std::strerror(error), advice);
  end_with_us(child);
  return child;
}

// Kills and reaps the child if reading fails, so that no zombie remains.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    forget_child(std::exchange(pid_, -1));
    return status;
  }

 private:
  pid_t pid_;
};

bool succeeded(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

using Clock = std::chrono::steady_clock;

// Waits until there is something to read. Throws Error at `end`.
void await(int from, Clock::time_point end, const std::string& name) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) throw Error("{} {}", name, kTimedOut);
    pollfd waiting{from, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw Error("cannot wait for {}: {}", name, std::strerror(errno));
  }
}

// Reads until the other side closes the pipe; `name` is for messages.
std::vector<std::byte> read_all(int from, const std::string& name, std::size_t max_bytes,
                                std::optional<Clock::time_point> end = {}) {
  std::vector<std::byte> output;
  std::array<std::byte, 16384> block;
  for (;;) {
    if (end) await(from, *end, name);
    const ssize_t n = ::read(from, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error("cannot read the output of {}: {}", name, std::strerror(errno));
    if (n == 0) return output;
    if (output.size() + static_cast<std::size_t>(n) > max_bytes) {
      throw Error("{} wrote more output than the {} bytes allowed", name, max_bytes);
    }
    output.insert(output.end(), block.begin(), block.begin() + n);
  }
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Runs in the child: no core file, no messages if it crashes, and no return to the caller.
[[noreturn]] void work_and_exit(int output, int cpu_seconds, const std::function<std::string()>& work) {
  end_at_once_on_signals();
  const rlimit no_core{0, 0};
  const rlimit time{static_cast<rlim_t>(cpu_seconds), static_cast<rlim_t>(cpu_seconds)};
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  const bool ready = ::setrlimit(RLIMIT_CORE, &no_core) == 0 && ::setrlimit(RLIMIT_CPU, &time) == 0 &&
                     ::dup2(nowhere, STDERR_FILENO) >= 0;
  try {
    if (!ready) ::_exit(1);
    const std::string answer = work();
    ::_exit(write_every_byte(output, std::as_bytes(std::span(answer))) ? 0 : 1);
  } catch (...) {
    ::_exit(1);
  }
}

}  // namespace

std::vector<std::byte> run_program(const std::vector<std::string>& arguments, const std::string& advice,
                                   std::size_t max_bytes) {
  Pipe pipe;
  Child child(spawn(arguments, pipe.write_end, Errors::kDrop, advice));
  pipe.close_write_end();
  std::vector<std::byte> output = read_all(pipe.read_end, arguments.front(), max_bytes);
  if (!succeeded(child.wait())) throw Error("`{}` failed; {}", fmt::join(arguments, " "), advice);
  return output;
}

ProgramEnd run_to_end(const std::vector<std::string>& arguments, const std::string& advice, std::chrono::seconds limit,
                      const std::filesystem::path& temp_folder, std::size_t max_bytes) {
  Pipe pipe;
  Child child(spawn(arguments, pipe.write_end, Errors::kWithOutput, advice, temp_folder));
  pipe.close_write_end();
  ProgramEnd end;
  end.output = text_of(read_all(pipe.read_end, arguments.front(), max_bytes, Clock::now() + limit));
  const int status = child.wait();
  end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return end;
}

std::string find_program(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

std::optional<std::string> run_in_copy(int cpu_seconds, const std::function<std::string()>& work) {
  Pipe pipe;
  auto held = hold_signals();
  const pid_t pid = ::fork();
  if (pid < 0) throw Error("cannot create a process: {}", std::strerror(errno));
  if (pid == 0) work_and_exit(pipe.write_end, cpu_seconds, work);
  ::setpgid(pid, pid);
  end_with_us(pid);
  held.unlock();
  Child child(pid);
  pipe.close_write_end();
  const std::vector<std::byte> output = read_all(pipe.read_end, "a copy of this process", std::size_t{1} << 30);
  if (!succeeded(child.wait())) return std::nullopt;
  return text_of(output);
}

}  // namespace stapes
