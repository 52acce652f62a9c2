// SPDX-License-Identifier: Apache-2.0
// stapes data import | keywords | info.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/pictures.h"
#include "cli/run_program.h"
#include "data/data_set_writer.h"
#include "support/audio_files.h"
#include "support/image_files.h"
#include "support/shared_data.h"

namespace stapes::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kHeader = "filename,fold,target,category\n";

class DataCommand : public testing::Test {
 protected:
  DataCommand() {
    for (const char* name : {"frog/a-1.wav", "frog/a-2.wav", "bird/b.wav", "bird/c.wav"}) {
      write_audio(in_ / name, sine(2000, name[0] == 'f' ? 440 : 880, 20000, name[5] == 'a' ? 0.3 : 0.5), 20000);
    }
  }
  std::string in() const { return in_.path().string(); }
  std::string data() const { return (out_ / "a.data").string(); }
  Outcome import(std::vector<std::string> more = {}, const Surroundings& surroundings = {}) const {
    std::vector<std::string> arguments = {"data", "import", "folders", in(), "-o", data()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stapes(arguments, surroundings);
  }

  TempDir in_, out_;
};

TEST_F(DataCommand, ImportsAndDescribes) {
  const Outcome imported = import({"--json"});
  ASSERT_EQ(imported.status, 0) << imported.err;
  const json report = json::parse(imported.out);
  EXPECT_EQ(report.at("clips"), 4);
  EXPECT_EQ(report.at("labels"), json({"bird", "frog"}));
  EXPECT_EQ(report.at("sample_rate_hz"), 20000);
  EXPECT_EQ(report.at("skipped"), json::array());
  EXPECT_TRUE(report.at("seconds").is_number());

  const Outcome described = run_stapes({"data", "info", data(), "--json"});
  ASSERT_EQ(described.status, 0) << described.err;
  const json survey = json::parse(described.out);
  EXPECT_EQ(survey.at("hash"), report.at("hash"));
  EXPECT_EQ(survey.at("clips"), 4);
  EXPECT_EQ(survey.at("format"), "folders");
  EXPECT_EQ(survey.at("classes").size(), 2u);
  EXPECT_EQ(survey.at("classes")[1].at("label"), "frog");
  EXPECT_EQ(survey.at("classes")[1].at("clips"), 2);
  EXPECT_FALSE(survey.at("folds").empty());
  EXPECT_TRUE(survey.at("warnings").is_array());

  const Outcome table = run_stapes({"data", "info", data()});
  EXPECT_THAT(table.out, HasSubstr("frog"));
  EXPECT_THAT(table.out, HasSubstr(report.at("hash").get<std::string>()));
}

TEST_F(DataCommand, InfoProvesThatNoSourceStraddlesFolds) {
  const Outcome imported = import({"--folds", "2", "--source-pattern", "^([a-z])"});
  ASSERT_EQ(imported.status, 0) << imported.err;
  EXPECT_THAT(run_stapes({"data", "info", data()}).out, HasSubstr("3 sources, none in more than one fold"));
  const json survey = json::parse(run_stapes({"data", "info", data(), "--json"}).out);
  EXPECT_EQ(survey.at("sources"), 3);
  EXPECT_EQ(survey.at("sources_in_two_folds"), json::array());
  EXPECT_EQ(survey.at("folds").size(), 2u);
}

TEST_F(DataCommand, TheSeedDealsTheSourcesToFolds) {
  for (int i = 0; i < 30; ++i)
    write_audio(in_ / ("bird/n" + std::to_string(i) + ".wav"), sine(50, 300 + i, 20000), 20000);
  const auto hash = [&](const std::string& seed) {
    return json::parse(import({"--json", "--force", "--seed", seed}).out).at("hash");
  };
  EXPECT_EQ(hash("1"), hash("1"));
  EXPECT_NE(hash("1"), hash("2"));
}

TEST_F(DataCommand, APublishedSplitIsShownByItsNames) {
  const TempDir tree;
  for (const char* name : {"train/frog/a.wav", "train/bird/a.wav", "test/frog_1.wav", "test/bird_1.wav"}) {
    write_audio(tree / name, sine(500, 400 + 10.0 * name[6], 20000), 20000);
  }
  const Outcome imported = run_stapes({"data", "import", "audioevent", tree.path().string(), "-o", data()});
  ASSERT_EQ(imported.status, 0) << imported.err;
  const Outcome table = run_stapes({"data", "info", data()});
  EXPECT_THAT(table.out, testing::ContainsRegex("seconds +test +train"));
  EXPECT_THAT(table.out, HasSubstr("--fold 1 tests on the test part"));
}

TEST_F(DataCommand, AHostilePatternIsWrongUsage) {
  write_audio(in_ / ("bird/" + std::string(100, 'a') + ".wav"), sine(50, 300, 20000), 20000);
  EXPECT_TRUE(fails_cleanly(import({"--source-pattern", "^(a+)+$"}), 2, "processor time"));
  EXPECT_THAT(names_in(out_.path()), IsEmpty());
}

TEST_F(DataCommand, PublishedFoldsAndSourcesAreNotForTheUserToChoose) {
  for (const char* format : {"esc50", "urbansound8k", "audioevent", "speech-commands"}) {
    EXPECT_TRUE(
        fails_cleanly(run_stapes({"data", "import", format, in(), "-o", data(), "--folds", "3"}), 2, "--folds"));
  }
  EXPECT_TRUE(fails_cleanly(import({"--folds", "1"}), 2, "--folds"));
  EXPECT_TRUE(fails_cleanly(import({"--sources", "x.csv", "--source-pattern", "(.*)"}), 2, "--source-pattern"));
  EXPECT_TRUE(fails_cleanly(import({"--sources", (in_ / "none.csv").string()}), 1, "none.csv"));
}

TEST_F(DataCommand, ListsWhatItCouldNotReadAndGoesOn) {
  write_text_file(in_ / "bird/broken.wav", "no sound", Existing::kRefuse);
  const Outcome outcome = import();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("skipped: cannot decode " + (in_ / "bird/broken.wav").string()));
  EXPECT_THAT(outcome.out, HasSubstr("4 clips of 2 classes"));
  EXPECT_THAT(outcome.out, HasSubstr("1 file skipped, data hash"));
  const json report = json::parse(import({"--json", "--force"}).out);
  ASSERT_EQ(report.at("skipped").size(), 1u);
  EXPECT_EQ(report.at("skipped")[0].at("file"), "bird/broken.wav");
  EXPECT_THAT(report.at("skipped")[0].at("reason").get<std::string>(), HasSubstr("expected audio"));
}

TEST_F(DataCommand, ANameFullOfControlCharactersStaysOnItsLine) {
  write_text_file(in_ / "bird/x\n\x1b[2J\xff.wav", "no sound", Existing::kRefuse);
  const Outcome outcome = import();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos);
  EXPECT_EQ(json::parse(import({"--json", "--force"}).out).at("skipped").size(), 1u);
}

TEST_F(DataCommand, StrictListsWhatItSkippedAndWritesNothing) {
  write_text_file(in_ / "bird/broken.wav", "no sound", Existing::kRefuse);
  std::filesystem::create_symlink("loop", in_ / "loop");
  const Outcome outcome = import({"--strict"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("skipped: cannot decode " + (in_ / "bird/broken.wav").string()));
  EXPECT_THAT(outcome.err, HasSubstr("skipped: cannot read " + (in_ / "loop").string()));
  EXPECT_THAT(outcome.err, HasSubstr("was not written: files or folders were skipped (2 in all)"));
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(names_in(out_.path()), IsEmpty());
  EXPECT_EQ(json::parse(import({"--strict", "--json"}).out).at("written"), false);
  EXPECT_EQ(json::parse(import({"--json"}).out).at("written"), true);
}

// Data sets from earlier versions may contain any name.
TEST_F(DataCommand, NothingOnStdoutDrivesTheTerminal) {
  for (const std::string name : {"do\tg", "\x1b]0;x\abird", "a\nb", "caf\xe9",
                                 "\xc2\x9b"
                                 "2J"}) {
    DataSetWriter writer(data(), Existing::kReplace);
    for (int i = 0; i < 2; ++i) {
      writer.add({.name = "clip" + std::to_string(i), .source = "s", .label = i, .fold = 1},
                 std::vector<std::int16_t>(9, 5));
    }
    writer.finish("folders", 16000, {name, "plain"});
    const Outcome table = run_stapes({"data", "info", data()});
    EXPECT_EQ(table.status, 0) << table.err;
    EXPECT_EQ(table.out, printable_lines(table.out));
    EXPECT_THAT(table.out, HasSubstr(printable(name)));
    const Outcome elsewhere = run_stapes({"data", "import", "folders", in(), "-o", (out_ / name).string()});
    EXPECT_EQ(elsewhere.status, 0);
    EXPECT_EQ(elsewhere.out, printable_lines(elsewhere.out));
  }
}

TEST_F(DataCommand, ThereIsNoProgressWithoutATerminal) {
  for (int i = 0; i < 30; ++i)
    write_audio(in_ / ("bird/n" + std::to_string(i) + ".wav"), sine(50, 300 + i, 20000), 20000);
  EXPECT_THAT(import({"--source-pattern", "(.*)"}).err, testing::Not(HasSubstr("[")));
}

TEST_F(DataCommand, AnExistingOutputIsRefusedWithoutForce) {
  write_text_file(data(), "mine", Existing::kRefuse);
  EXPECT_TRUE(fails_cleanly(import(), 1, "--force"));
  EXPECT_EQ(read_text_file(data()), "mine");
  EXPECT_EQ(import({"--force"}).status, 0);
  EXPECT_NE(read_text_file(data()), "mine");
}

TEST_F(DataCommand, ImagesAreImportedAndDescribedAsImages) {
  const TempDir tree;
  write_image(tree / "train/frog/a.png", gradient_png(32, 32));
  write_image(tree / "train/bird/a.jpg", gradient_jpeg(60, 40));
  write_image(tree / "test/frog/a.png", gradient_png(20, 70));
  write_image(tree / "test/bird/a.jpg", gradient_jpeg(33, 32));
  const std::vector<std::string> arguments = {"data", "import", "images", tree.path().string(), "-o", data()};
  const Outcome imported = run_stapes(arguments);
  ASSERT_EQ(imported.status, 0) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("4 images of 2 classes, 32 x 32 pixels in color, in "));
  const Outcome table = run_stapes({"data", "info", data()});
  EXPECT_THAT(table.out, HasSubstr("4 images of 32 x 32 pixels in color, format images-split"));
  EXPECT_THAT(table.out, testing::ContainsRegex("class +images +test +train"));
  EXPECT_THAT(table.out, testing::Not(HasSubstr("seconds")));
  EXPECT_THAT(table.out + table.err, testing::Not(HasSubstr("Hz")));
  const json survey = json::parse(run_stapes({"data", "info", data(), "--json"}).out);
  EXPECT_EQ(survey.at("image"), json({{"height", 32}, {"width", 32}, {"channels", 3}}));
  EXPECT_FALSE(survey.contains("sample_rate_hz"));
  EXPECT_FALSE(survey.contains("seconds"));
  EXPECT_FALSE(survey.at("classes")[0].contains("seconds"));

  std::vector<std::string> again = arguments;
  again.insert(again.end(), {"--force", "--json", "--size", "8"});
  const json report = json::parse(run_stapes(again).out);
  EXPECT_EQ(report.at("clips"), 4);
  EXPECT_EQ(report.at("image").at("width"), 8);
  EXPECT_FALSE(report.contains("sample_rate_hz"));
}

TEST_F(DataCommand, ALimitIsDrawnByTheSeed) {
  for (int i = 0; i < 12; ++i)
    write_audio(in_ / ("bird/n" + std::to_string(i) + "x.wav"), sine(50, 300 + i, 20000), 20000);
  const auto report = [&](const std::string& seed) {
    return json::parse(import({"--json", "--force", "--folds", "2", "--limit", "3", "--seed", seed}).out);
  };
  EXPECT_LE(report("1").at("clips"), 8);
  EXPECT_EQ(report("1").at("hash"), report("1").at("hash"));
  EXPECT_NE(report("1").at("hash"), report("2").at("hash"));
  EXPECT_TRUE(fails_cleanly(import({"--limit", "0"}), 2, "--limit"));
}

TEST_F(DataCommand, OptionsThatSayNothingAboutTheDataAreRefused) {
  const TempDir tree;
  write_image(tree / "train/frog/a.png", gradient_png(4, 4));
  write_image(tree / "test/frog/a.png", gradient_png(4, 4));
  const auto run = [&](const std::string& format, const std::string& option) {
    return run_stapes({"data", "import", format, tree.path().string(), "-o", data(), option, "16000"});
  };
  for (const char* format : {"images", "cifar10", "cifar100"}) {
    EXPECT_TRUE(fails_cleanly(run(format, "--sample-rate"), 2, "--sample-rate is for sound")) << format;
  }
  for (const char* format : {"folders", "esc50", "cifar10", "cifar100"}) {
    EXPECT_TRUE(
        fails_cleanly(run_stapes({"data", "import", format, tree.path().string(), "-o", data(), "--size", "16"}), 2,
                      "--size is for the format images"));
  }
  for (const char* format : {"images", "cifar10"}) {
    EXPECT_TRUE(fails_cleanly(
        run_stapes({"data", "import", format, tree.path().string(), "-o", data(), "--folds", "3"}), 2, "--folds"));
  }
  EXPECT_TRUE(fails_cleanly(run("images", "--size"), 2, "--size"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"data", "import", "cifar10", tree.path().string(), "-o", data()}), 1,
                            "batches.meta.txt does not exist"));
  EXPECT_THAT(names_in(out_.path()), IsEmpty());
}

TEST_F(DataCommand, ImportsThePicturesThatAreHere) {
  STAPES_NEEDS_TEST_DATA(kPictures);
  const TempDir tree;
  ASSERT_NO_FATAL_FAILURE(unpack_pictures(tree));
  const Outcome imported =
      run_stapes({"data", "import", "images", tree.path().string(), "-o", data(), "--limit", "5", "--json"});
  ASSERT_EQ(imported.status, 0) << imported.err;
  const json report = json::parse(imported.out);
  EXPECT_EQ(report.at("clips"), 100);
  EXPECT_EQ(report.at("labels").size(), 10u);
  EXPECT_EQ(report.at("skipped"), json::array());
  EXPECT_EQ(report.at("warnings"), json::array());
}

TEST_F(DataCommand, AFullDiskLeavesNothing) {
  EXPECT_TRUE(fails_cleanly(import({}, {.largest_file_bytes = 5000}), 1, data()));
  EXPECT_THAT(names_in(out_.path()), IsEmpty());
}

TEST_F(DataCommand, AFolderThatCannotBeWrittenIsNamed) {
  for (const std::string& out : {std::string("/proc/a.data"), (out_ / "none/a.data").string()}) {
    EXPECT_TRUE(fails_cleanly(run_stapes({"data", "import", "folders", in(), "-o", out}), 1, out));
  }
}

TEST_F(DataCommand, ABrokenManifestLeavesNothing) {
  write_audio(in_ / "audio/a.wav", {0.5f}, 20000);
  std::filesystem::create_directory(in_ / "meta");
  for (const char* row : {"../a.wav,1,0,dog\n", "/a.wav,1,0,dog\n", "b.wav,9,0,dog\n", "a.wav,1,0,dog\n"}) {
    write_text_file(in_ / "meta/esc50.csv", std::string(kHeader) + "a.wav,1,0,dog\n" + row, Existing::kReplace);
    EXPECT_TRUE(fails_cleanly(run_stapes({"data", "import", "esc50", in(), "-o", data()}), 1, "esc50.csv line 3"))
        << row;
  }
  EXPECT_THAT(names_in(out_.path()), IsEmpty());
}

TEST_F(DataCommand, WrongUsageIsStatusTwo) {
  EXPECT_TRUE(fails_cleanly(run_stapes({"data", "import", "folders", in()}), 2, "--output"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"data", "import", "cassettes", in(), "-o", data()}), 2, "cassettes"));
  EXPECT_TRUE(fails_cleanly(import({"--sample-rate", "0"}), 2, "--sample-rate"));
  EXPECT_TRUE(fails_cleanly(import({"--source-pattern", "(open"}), 2, "(open"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"data", "keywords", "-o", data(), "--classes", "1"}), 2, "--classes"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"data"}), 2));
  EXPECT_THAT(names_in(out_.path()), IsEmpty());
}

TEST_F(DataCommand, DamageIsFound) {
  ASSERT_EQ(import().status, 0);
  std::string file = read_text_file(data());
  file[100] ^= 1;  // a sample
  write_text_file(data(), file, Existing::kReplace);
  EXPECT_TRUE(fails_cleanly(run_stapes({"data", "info", data()}), 1, "do not match their hash"));
  write_text_file(data(), file.substr(0, file.size() - 1), Existing::kReplace);
  EXPECT_TRUE(fails_cleanly(run_stapes({"data", "info", data()}), 1, data()));
}

}  // namespace
}  // namespace stapes::test
