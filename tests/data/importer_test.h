// SPDX-License-Identifier: Apache-2.0
// importer_test.h: a fixture that builds a small folder tree, imports it and inspects the result.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/bad_clips.h"
#include "data/data_set.h"
#include "data/formats/import.h"
#include "support/temp_dir.h"

namespace stapes::test {

class ImporterTest : public testing::Test {
 protected:
  using Importer = ImportReport (*)(const std::filesystem::path&, const std::filesystem::path&, const ImportOptions&);
  explicit ImporterTest(Importer importer) : importer_(importer) {}

  void write_clip(const std::string& name) { write_audio(dir / "in" / name, sine(500, 440, 20000), 20000); }
  void write_text(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((dir / "in" / name).parent_path());
    write_text_file(dir / "in" / name, text, Existing::kReplace);
  }
  ImportReport import(ImportOptions options = {}) {
    options.existing = Existing::kReplace;
    return importer_(dir / "in", out, options);
  }
  void expect_refused(const std::string& why) {
    EXPECT_THAT([&] { import(); }, testing::ThrowsMessage<Error>(testing::HasSubstr(why)));
    EXPECT_FALSE(std::filesystem::exists(out)) << why;
  }
  // For each clip in file order "name: label, fold F, of SOURCE".
  std::vector<std::string> imported_clips() const {
    std::vector<std::string> clips;
    const DataSet data(out);
    for (const ClipView& clip : data.clips()) {
      clips.push_back(fmt::format("{}: {}, fold {}, of {}", clip.name,
                                  data.labels()[static_cast<std::size_t>(clip.label)], clip.fold, clip.source));
    }
    return clips;
  }
  static std::vector<std::string> names_of(const std::vector<SkippedFile>& files) {
    std::vector<std::string> names;
    for (const SkippedFile& file : files) names.push_back(file.name);
    return names;
  }

  TempDir dir;
  std::filesystem::path out = dir / "a.data";

 private:
  Importer importer_;
};

}  // namespace stapes::test
