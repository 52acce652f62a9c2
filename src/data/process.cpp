#include "data/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/error.h"

extern char** environ;

namespace stapes {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw Error("cannot make a pipe: {}", std::strerror(errno));
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

pid_t spawn(const std::vector<std::string>& arguments, int output, const std::string& advice) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw Error("cannot run {}: {}; {}", arguments.front(), std::strerror(error), advice);
  return child;
}

// Waits for the child even when reading fails, so that no zombie stays.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

bool succeeded(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

// Everything until the other side closes the pipe; `name` is for messages.
std::vector<std::byte> read_all(int from, const std::string& name, std::size_t max_bytes) {
  std::vector<std::byte> output;
  std::array<std::byte, 16384> block;
  for (;;) {
    const ssize_t n = ::read(from, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error("cannot read the output of {}: {}", name, std::strerror(errno));
    if (n == 0) return output;
    if (output.size() + static_cast<std::size_t>(n) > max_bytes) {
      throw Error("{} wrote more than the {} bytes expected of it", name, max_bytes);
    }
    output.insert(output.end(), block.begin(), block.begin() + n);
  }
}

bool write_all(int to, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(to, text.data(), text.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// The copy: no core file, no words on the way down, and no return into the caller.
[[noreturn]] void work_and_exit(int output, int cpu_seconds, const std::function<std::string()>& work) {
  const rlimit no_core{0, 0};
  const rlimit time{static_cast<rlim_t>(cpu_seconds), static_cast<rlim_t>(cpu_seconds)};
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  const bool ready = ::setrlimit(RLIMIT_CORE, &no_core) == 0 && ::setrlimit(RLIMIT_CPU, &time) == 0 &&
                     ::dup2(nowhere, STDERR_FILENO) >= 0;
  try {
    ::_exit(ready && write_all(output, work()) ? 0 : 1);
  } catch (...) {
    ::_exit(1);
  }
}

}  // namespace

std::vector<std::byte> run_program(const std::vector<std::string>& arguments, const std::string& advice,
                                   std::size_t max_bytes) {
  Pipe pipe;
  Child child(spawn(arguments, pipe.write_end, advice));
  pipe.close_write_end();
  std::vector<std::byte> output = read_all(pipe.read_end, arguments.front(), max_bytes);
  if (!succeeded(child.wait())) throw Error("`{}` failed; {}", fmt::join(arguments, " "), advice);
  return output;
}

std::optional<std::string> run_in_copy(int cpu_seconds, const std::function<std::string()>& work) {
  Pipe pipe;
  const pid_t pid = ::fork();
  if (pid < 0) throw Error("cannot make a process: {}", std::strerror(errno));
  if (pid == 0) work_and_exit(pipe.write_end, cpu_seconds, work);
  Child child(pid);
  pipe.close_write_end();
  const std::vector<std::byte> output = read_all(pipe.read_end, "a copy of this process", std::size_t{1} << 30);
  if (!succeeded(child.wait())) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(output.data()), output.size());
}

}  // namespace stapes
