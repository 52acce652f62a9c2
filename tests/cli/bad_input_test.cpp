// SPDX-License-Identifier: Apache-2.0
// Broken input files: one line, the right exit status, no output.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_program.h"
#include "cli/small_acdnet.h"

namespace stapes::test {
namespace {

using testing::IsEmpty;

class BadInput : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& content) {
    write_text_file(in_ / name, content, Existing::kReplace);
    return (in_ / name).string();
  }
  std::string output() const { return (out_ / "model.stapes").string(); }

  TempDir in_, out_;
};

TEST_F(BadInput, RefusesFilesThatAreNotModels) {
  const std::string missing = (in_ / "missing.stapes").string(), folder = in_.path().string();
  const std::string empty = file("empty.stapes", ""), text = file("text.stapes", std::string(1000, 'x'));
  for (const std::string& model : {missing, empty, text, folder}) {
    EXPECT_TRUE(fails_cleanly(run_stapes({"info", model}), 1, model));
    EXPECT_TRUE(fails_cleanly(run_stapes({"classify", model, "sound.wav"}), 1, model));
  }
}

TEST_F(BadInput, RefusesATruncatedModel) {
  const std::string pt = file("small.pt", SmallAcdnetFile().bytes());
  ASSERT_EQ(run_stapes({"import-torch", pt, "--samples", "8000", "-o", output()}).status, 0);
  const std::string whole = read_text_file(output());
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{63}, std::size_t{64}, whole.size() / 2, whole.size() - 1}) {
    const std::string cut = file("cut.stapes", whole.substr(0, size));
    EXPECT_TRUE(fails_cleanly(run_stapes({"info", cut}), 1, "cut.stapes")) << size;
  }
}

TEST_F(BadInput, RefusesFilesThatAreNotWeights) {
  using namespace pickled;
  const std::string attack = call(global("os", "system"), text("touch " + (out_ / "owned").string()));
  const std::string small = SmallAcdnetFile().bytes();
  const TensorText huge{.storage_count = 2'500'000'000, .sizes = {2'500'000'000}, .strides = {1}};
  const std::vector<std::pair<std::string, std::string>> files = {
      {"missing.pt", "missing.pt"},
      {file("empty.pt", ""), "empty.pt"},
      {file("text.pt", std::string(5000, 'x')), "text.pt"},
      {file("attack.pt", zip_file(attack, "")), "os.system"},
      {file("old.pt", old_file(attack, "0", 0, "")), "os.system"},
      {file("forged.pt", zip_file(state_dict_of(huge), "1234")), "declares 2500000000 values"},
      {file("cut.pt", small.substr(0, small.size() - 100)), "cut.pt"},
      {file("other.pt", zip_file(state_dict_of({}), std::string(24, '\0'))), "not part of an ACDNet"},
      {file("opcode.pt", zip_file("\x82", "")), "opcode 0x82"},
      {in_.path().string(), in_.path().string()},
  };
  for (const auto& [path, named] : files) {
    EXPECT_TRUE(fails_cleanly(run_stapes({"import-torch", path, "-o", output()}), 1, named)) << path;
    EXPECT_THAT(names_in(out_.path()), IsEmpty()) << path;
  }
}

TEST_F(BadInput, RefusesFilesThatAreNotDataSets) {
  const std::string pt = file("small.pt", SmallAcdnetFile().bytes()), model = (in_ / "m.stapes").string();
  ASSERT_EQ(run_stapes({"import-torch", pt, "--samples", "8000", "-o", model}).status, 0);
  for (const std::string& data :
       {(in_ / "missing.data").string(), file("empty.data", ""), file("text.data", std::string(1000, 'x')), model}) {
    EXPECT_TRUE(fails_cleanly(run_stapes({"data", "info", data}), 1, data));
    EXPECT_TRUE(fails_cleanly(run_stapes({"eval", model, data}), 1, data));
  }
  EXPECT_TRUE(
      fails_cleanly(run_stapes({"data", "import", "esc50", (in_ / "missing").string(), "-o", output()}), 1, "missing"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"data", "import", "cassettes", in_.path().string(), "-o", output()}), 2));
  EXPECT_THAT(names_in(out_.path()), IsEmpty());
}

TEST_F(BadInput, ControlCharactersInAFileNameStayOutOfTheMessage) {
  const Outcome outcome = run_stapes({"info", (in_ / "a\nb\x1b[31m.stapes").string()});
  EXPECT_TRUE(fails_cleanly(outcome, 1));
  EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace stapes::test
