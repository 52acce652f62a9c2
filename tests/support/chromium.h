// SPDX-License-Identifier: Apache-2.0
// chromium.h: a headless Chromium that a test talks to in the DevTools protocol, over pipes: pages run in real time,
// with a fake microphone and permissions of the test's choice.
#pragma once

#include <fcntl.h>
#include <poll.h>
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
#include <vector>

#include "support/temp_dir.h"

namespace stapes::test {

class Chromium {
 public:
  using Json = nlohmann::json;

  explicit Chromium(std::vector<std::string> flags = {}) {
    for (const char* flag : {"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                             "--hide-scrollbars", "--remote-debugging-pipe", "--mute-audio"}) {
      arguments_.emplace_back(flag);
    }
    arguments_.insert(arguments_.end(), flags.begin(), flags.end());
    arguments_.push_back("--user-data-dir=" + (folder_ / "profile").string());
    start();
    const std::string target = send("Target.createTarget", {{"url", "about:blank"}})["targetId"];
    session_ = send("Target.attachToTarget", {{"targetId", target}, {"flatten", true}})["sessionId"];
    for (const char* domain : {"Page.enable", "Runtime.enable", "Log.enable"}) send(domain, Json::object());
  }
  ~Chromium() {
    ::close(to_);
    ::close(from_);
    ::kill(-child_, SIGKILL);
    int status = 0;
    ::waitpid(child_, &status, 0);
  }
  Chromium(const Chromium&) = delete;
  Chromium& operator=(const Chromium&) = delete;

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

  // What the open page threw and what the browser complained about.
  const std::vector<std::string>& errors() const { return errors_; }

 private:
  void start() {
    int down[2], up[2];
    if (::pipe2(down, O_CLOEXEC) != 0 || ::pipe2(up, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("fork failed");
    if (child_ == 0) {
      ::setpgid(0, 0);
      const int in = ::fcntl(down[0], F_DUPFD, 10), out = ::fcntl(up[1], F_DUPFD, 10);
      ::dup2(in, 3);  // where it reads, and where it writes
      ::dup2(out, 4);
      const int nowhere = ::open("/dev/null", O_RDWR);
      for (int stream = 0; stream < 3; ++stream) ::dup2(nowhere, stream);
      std::vector<char*> argv;
      for (std::string& argument : arguments_) argv.push_back(argument.data());
      argv.push_back(nullptr);
      ::execvp(argv[0], argv.data());
      ::_exit(127);
    }
    ::setpgid(child_, child_);
    ::close(down[0]);
    ::close(up[1]);
    to_ = down[1];
    from_ = up[0];
  }

  Json send(const std::string& method, const Json& parameters) {
    Json message = {{"id", ++last_id_}, {"method", method}, {"params", parameters}};
    if (!session_.empty()) message["sessionId"] = session_;
    std::string text = message.dump();
    text += '\0';
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t count = ::write(to_, text.data() + sent, text.size() - sent);
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
      pollfd waiting{from_, POLLIN, 0};
      if (::poll(&waiting, 1, 90'000) <= 0) throw std::runtime_error("Chromium does not answer");
      char block[65536];
      const ssize_t count = ::read(from_, block, sizeof block);
      if (count <= 0) throw std::runtime_error("Chromium ended");
      buffer_.append(block, static_cast<std::size_t>(count));
    }
  }

  TempDir folder_;
  std::vector<std::string> arguments_;
  pid_t child_ = -1;
  int to_ = -1, from_ = -1, last_id_ = 0;
  std::string session_, buffer_;
  std::vector<std::string> errors_;
};

}  // namespace stapes::test
