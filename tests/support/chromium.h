// SPDX-License-Identifier: Apache-2.0
// chromium.h: a headless Chromium controlled over sockets, by the DevTools protocol. Pages run in real time, with a
// fake microphone and the test's choice of permissions.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/temp_dir.h"

namespace stapes::test {

class ChromiumProcess {
 public:
  explicit ChromiumProcess(std::vector<std::string> arguments) {
    std::vector<char*> argv;  // filled before fork(): the child must not allocate
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("socketpair failed");
    child_ = ::fork();
    if (child_ == 0) become(argv.data(), ends[1]);
    ::close(ends[1]);
    socket_ = ends[0];
    if (child_ < 0) {
      ::close(socket_);
      throw std::runtime_error("fork failed");
    }
    ::setpgid(child_, child_);
  }
  ~ChromiumProcess() {
    ::close(socket_);
    kill();
  }
  ChromiumProcess(const ChromiumProcess&) = delete;
  ChromiumProcess& operator=(const ChromiumProcess&) = delete;

  int socket() const { return socket_; }
  void kill() {
    if (child_ < 0) return;
    ::kill(-child_, SIGKILL);
    ::waitpid(std::exchange(child_, -1), nullptr, 0);
  }

 private:
  [[noreturn]] static void become(char* const* argv, int socket) {
    ::setpgid(0, 0);
    const int end = ::fcntl(socket, F_DUPFD_CLOEXEC, 10);
    for (const int both_ways : {3, 4}) ::dup2(end, both_ways);  // Chromium reads from 3 and writes to 4
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int stream = 0; stream < 3; ++stream) ::dup2(nowhere, stream);
    ::execvp(argv[0], argv);
    ::_exit(127);
  }

  pid_t child_ = -1;
  int socket_ = -1;
};

class Chromium {
 public:
  using Json = nlohmann::json;

  explicit Chromium(const std::vector<std::string>& flags = {}) : process_(arguments(flags)) {
    const std::string target = send("Target.createTarget", {{"url", "about:blank"}})["targetId"];
    session_ = send("Target.attachToTarget", {{"targetId", target}, {"flatten", true}})["sessionId"];
    for (const char* domain : {"Page.enable", "Runtime.enable", "Log.enable"}) send(domain, Json::object());
  }

  // `before` runs before the page's own scripts.
  void open(const std::filesystem::path& page, int width = 1280, const std::string& before = "") {
    errors_.clear();
    send("Emulation.setDeviceMetricsOverride",
         {{"width", width}, {"height", 900}, {"deviceScaleFactor", 1}, {"mobile", width < 600}});
    Json added;
    if (!before.empty()) added = send("Page.addScriptToEvaluateOnNewDocument", {{"source", before}});
    send("Page.navigate", {{"url", "file://" + page.string()}});
    wait_for("document.readyState === 'complete' && location.href.endsWith('" + page.filename().string() + "')");
    if (!before.empty()) send("Page.removeScriptToEvaluateOnNewDocument", added);
  }

  Json evaluate(const std::string& expression) {
    const Json answer =
        send("Runtime.evaluate", {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}});
    if (answer.contains("exceptionDetails")) throw std::runtime_error(answer["exceptionDetails"].dump().substr(0, 500));
    return answer["result"].value("value", Json());
  }

  void wait_for(const std::string& condition, std::chrono::seconds limit = std::chrono::seconds(60)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (evaluate(condition) != true) {
      if (std::chrono::steady_clock::now() > end) throw std::runtime_error("never true: " + condition);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  // As if the user had chosen `file` in the file input `selector`.
  void choose_file(const std::string& selector, const std::filesystem::path& file) {
    const Json root = send("DOM.getDocument", {{"depth", 0}})["root"]["nodeId"];
    const Json node = send("DOM.querySelector", {{"nodeId", root}, {"selector", selector}})["nodeId"];
    send("DOM.setFileInputFiles", {{"nodeId", node}, {"files", Json::array({file.string()})}});
  }

  void kill() { process_.kill(); }

  // Exceptions of the page and errors that the browser reported.
  const std::vector<std::string>& errors() const { return errors_; }

 private:
  std::vector<std::string> arguments(const std::vector<std::string>& flags) const {
    std::vector<std::string> all = {"chromium",          "--headless",
                                    "--no-sandbox",      "--disable-gpu",
                                    "--mute-audio",      "--disable-dev-shm-usage",
                                    "--hide-scrollbars", "--remote-debugging-pipe"};
    all.insert(all.end(), flags.begin(), flags.end());
    all.push_back("--user-data-dir=" + (folder_ / "profile").string());
    return all;
  }

  Json send(const std::string& method, const Json& parameters) {
    Json message = {{"id", ++last_id_}, {"method", method}, {"params", parameters}};
    if (!session_.empty()) message["sessionId"] = session_;
    std::string text = message.dump();
    text += '\0';
    for (std::size_t sent = 0; sent < text.size();) {
      // MSG_NOSIGNAL: Chromium may have exited.
      const ssize_t count = ::send(process_.socket(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) throw std::runtime_error("Chromium is gone");
      sent += static_cast<std::size_t>(count);
    }
    for (;;) {
      const Json received = receive();
      if (received.value("id", 0) == last_id_) {
        if (received.contains("error")) throw std::runtime_error(method + ": " + received["error"].dump());
        return received["result"];
      }
      note(received);
    }
  }

  void note(const Json& event) {
    const std::string method = event.value("method", "");
    if (method == "Runtime.exceptionThrown") errors_.push_back(event["params"]["exceptionDetails"].dump());
    if (method == "Log.entryAdded" && event["params"]["entry"]["level"] == "error")
      errors_.push_back(event["params"]["entry"]["text"]);
  }

  Json receive() {
    for (std::size_t end = buffer_.find('\0');; end = buffer_.find('\0')) {
      if (end != std::string::npos) {
        const Json message = Json::parse(buffer_.substr(0, end));
        buffer_.erase(0, end + 1);
        return message;
      }
      pollfd waiting{process_.socket(), POLLIN, 0};
      if (::poll(&waiting, 1, 90'000) <= 0) throw std::runtime_error("Chromium does not answer");
      char block[65536];
      const ssize_t count = ::read(process_.socket(), block, sizeof block);
      if (count <= 0) throw std::runtime_error("Chromium ended");
      buffer_.append(block, static_cast<std::size_t>(count));
    }
  }

  TempDir folder_;
  ChromiumProcess process_;
  int last_id_ = 0;
  std::string session_, buffer_;
  std::vector<std::string> errors_;
};

}  // namespace stapes::test
