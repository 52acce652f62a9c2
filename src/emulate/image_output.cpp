// SPDX-License-Identifier: Apache-2.0
#include "emulate/image_output.h"

#include <charconv>
#include <sstream>

#include "base/error.h"
#include "base/process.h"

namespace stapes {
namespace {

class Words {
 public:
  explicit Words(const std::string& line) : line_(line), words_(line) { words_ >> key_; }

  const std::string& key() const { return key_; }

  std::int64_t number() { return parse<std::int64_t>(10); }
  std::uint32_t hex() { return parse<std::uint32_t>(16); }
  std::string word() {
    std::string word;
    if (!(words_ >> word)) fail();
    return word;
  }
  // The rest of the line, since names may have spaces.
  std::string rest() {
    std::string rest;
    std::getline(words_ >> std::ws, rest);
    return rest;
  }
  void end() {
    if (!rest().empty()) fail();
  }
  [[noreturn]] void fail() const { throw Error("the image printed an unexpected line: '{}'", line_); }

 private:
  template <class T>
  T parse(int base) {
    const std::string text = word();
    T value = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value, base);
    if (error != std::errc() || end != last) fail();
    return value;
  }

  const std::string line_;
  std::istringstream words_;
  std::string key_;
};

std::vector<std::string> command_for(const Board& board, const std::filesystem::path& image) {
  if (!board.emulated()) return {image.string()};
  std::vector<std::string> command = board.emulator;
  const std::string icount = fmt::format("shift={},sleep=off", board.icount_shift);
  for (const std::string& word :
       {std::string("-display"), std::string("none"), std::string("-monitor"), std::string("none"),
        std::string("-serial"), std::string("none"), std::string("-icount"), icount, std::string("-chardev"),
        std::string("stdio,id=out"), std::string("-semihosting-config"),
        std::string("enable=on,target=native,chardev=out"), std::string("-kernel"), image.string()}) {
    command.push_back(word);
  }
  return command;
}

}  // namespace

std::vector<std::string> run_image(const Board& board, const std::filesystem::path& image, std::chrono::seconds limit) {
  const ProgramEnd end = run_to_end(command_for(board, image), "install it", limit);
  std::istringstream text(end.output);
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    // The line gives the address of the fault. `addr2line` looks it up in the image kept by --keep.
    if (line.starts_with("fault ")) {
      throw Error("the model crashed on {}: {} (in {}; `stapes measure --keep` keeps the image)", board.name, line,
                  image.filename().string());
    }
    lines.push_back(line);
  }
  const bool whole = !lines.empty() && lines.back() == "end";
  if (end.status != 0 || !whole) {
    throw Error("the image for {} exited with status {}; its last line: '{}'", board.name, end.status,
                lines.empty() ? "" : lines.back());
  }
  lines.pop_back();
  return lines;
}

RunOutput parse_run(const std::vector<std::string>& lines) {
  RunOutput run;
  for (const std::string& line : lines) {
    Words words(line);
    if (words.key() == "instructions") {
      run.instructions = words.number();
    } else if (words.key() == "nanoseconds") {
      run.nanoseconds = words.number();
    } else if (words.key() == "stack_bytes") {
      run.stack_bytes = words.number();
    } else if (words.key() == "arena_bytes") {
      run.arena_bytes = words.number();
    } else if (words.key() == "state_bytes") {
      run.state_bytes = words.number();
    } else if (words.key() == "input_in_arena") {
      run.input_in_arena = words.number() != 0;
    } else if (words.key() == "score") {
      if (words.number() != static_cast<std::int64_t>(run.scores.size())) words.fail();
      const std::uint32_t got = words.hex();
      run.scores.push_back({got, words.hex()});
    } else if (words.key() == "self_test") {
      run.floats = true;
      run.failed_self_test = static_cast<int>(words.number());
    } else {
      words.fail();
    }
    words.end();
  }
  if (run.instructions + run.nanoseconds <= 0 || run.scores.empty()) throw Error("the image reported no measurement");
  return run;
}

std::vector<LayerOutput> parse_layers(const std::vector<std::string>& lines) {
  std::vector<LayerOutput> layers;
  for (const std::string& line : lines) {
    Words words(line);
    if (words.key() != "layer" || words.number() != static_cast<std::int64_t>(layers.size())) words.fail();
    LayerOutput layer;
    layer.elapsed = words.number();
    layer.parts = words.number();
    layer.checksum = words.hex();
    layer.expected = words.hex();
    layer.name = words.rest();
    if (layer.parts == 0) throw Error("layer {} of the exported model never ran", layer.name);
    layers.push_back(layer);
  }
  if (layers.empty()) throw Error("the traced image reported no layers");
  return layers;
}

std::vector<KnownWork> parse_known_work(const std::vector<std::string>& lines) {
  std::vector<KnownWork> all;
  for (const std::string& line : lines) {
    Words words(line);
    if (words.key() != "known") words.fail();
    KnownWork work;
    work.what = words.word();
    work.counted = words.number();
    work.instructions = words.number();
    work.painted = words.number();
    work.stack_bytes = words.number();
    words.end();
    all.push_back(work);
  }
  return all;
}

}  // namespace stapes
