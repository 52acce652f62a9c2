// SPDX-License-Identifier: Apache-2.0
#include "base/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.h"
#include "base/scratch.h"

namespace stapes {
namespace {

// Runs in the child before exec(): may call only functions that are safe after fork() in a process with threads.
[[noreturn]] void become(char* const* argv, char* const* variables, int log, int failure, pid_t parent) {
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // Linux: an orphaned child would disturb a restarted study
  if (::getppid() != parent) ::_exit(127);
  ::setpgid(0, 0);
  end_at_once_on_signals();
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execvpe(argv[0], argv, variables);
  const int cause = errno;
  [[maybe_unused]] const ssize_t told = ::write(failure, &cause, sizeof cause);
  ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, const std::filesystem::path& log,
                           const Environment& environment) {
  const std::vector<std::string> variables = environment_with(environment);
  const std::vector<char*> argv = exec_pointers(arguments), envp = exec_pointers(variables);
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (output < 0) throw Error("cannot write {}: {}", log.string(), std::strerror(errno));
  int failure[2];
  if (::pipe2(failure, O_CLOEXEC) != 0) {
    ::close(output);
    throw Error("cannot create a pipe: {}", std::strerror(errno));
  }
  const pid_t parent = ::getpid();
  auto held = hold_signals();
  pid_ = ::fork();
  if (pid_ == 0) become(argv.data(), envp.data(), output, failure[1], parent);
  const int fork_error = errno;
  if (pid_ > 0) {
    ::setpgid(pid_, pid_);  // also in the child, since either may run first
    end_with_us(pid_);
  }
  held.unlock();
  ::close(output);
  ::close(failure[1]);
  int cause = 0;
  const ssize_t told = pid_ < 0 ? 0 : ::read(failure[0], &cause, sizeof cause);  // a successful exec closes the pipe
  ::close(failure[0]);
  if (pid_ < 0) throw Error("cannot create a process: {}", std::strerror(fork_error));
  if (told == sizeof cause) {
    wait();
    throw Error("cannot run {}: {}", arguments.front(), std::strerror(cause));
  }
}

ChildProcess::~ChildProcess() { kill(); }

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this == &other) return *this;
  kill();
  pid_ = std::exchange(other.pid_, -1);
  status_ = other.status_;
  return *this;
}

int ChildProcess::status_of(int raw) {
  forget_child(std::exchange(pid_, -1));
  status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return *status_;
}

std::optional<int> ChildProcess::ended() {
  if (pid_ < 0) return status_;
  int raw = 0;
  const pid_t found = ::waitpid(pid_, &raw, WNOHANG);
  if (found != pid_) return std::nullopt;
  return status_of(raw);
}

int ChildProcess::wait() {
  if (pid_ < 0) return status_.value_or(0);
  int raw = 0;
  while (::waitpid(pid_, &raw, 0) < 0 && errno == EINTR) {
  }
  return status_of(raw);
}

void ChildProcess::kill() {
  if (pid_ < 0) return;
  ::kill(-pid_, SIGKILL);  // the whole process group
  wait();
}

}  // namespace stapes
