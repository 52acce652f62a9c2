// SPDX-License-Identifier: Apache-2.0
// Damaged and hostile .onnx files: each is read or rejected in one line.
#include "import/onnx/onnx_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/philox.h"
#include "import/onnx/onnx_network.h"
#include "import/onnx_graphs.h"
#include "support/temp_dir.h"

namespace stapes::onnx_file {
namespace {

using testing::HasSubstr;

std::string refusal_of(const std::vector<std::byte>& bytes) {
  try {
    network_of(import_onnx(read_onnx(bytes, "hostile.onnx", {})), {});
    return "";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
    return error.what();
  }
}

TEST(OnnxFile, OtherFilesAreNamed) {
  EXPECT_THAT(refusal_of(std::vector<std::byte>(100)), HasSubstr("not an ONNX model"));
  EXPECT_THAT(refusal_of({}), HasSubstr("not an ONNX model"));
}

TEST(OnnxFile, ATruncatedFileIsRefused) {
  const std::vector<std::byte> whole = test::depthwise_graph().bytes();
  ASSERT_EQ(refusal_of(whole), "");
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    EXPECT_NE(refusal_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}), "") << size;
  }
}

TEST(OnnxFile, FlippedBytesNeverCrash) {
  for (const auto& builder : {test::depthwise_graph(), test::wave_graph(), test::keras_graph()}) {
    const std::vector<std::byte> whole = builder.bytes();
    Philox random(3, Philox::Purpose::kTest);
    for (int trial = 0; trial < 400; ++trial) {
      std::vector<std::byte> damaged = whole;
      for (int flips = 0; flips < 3; ++flips) {
        damaged[random.below(static_cast<std::uint32_t>(damaged.size()))] = static_cast<std::byte>(random.below(256));
      }
      refusal_of(damaged);
    }
  }
}

std::string refusal_with(const std::function<void(onnx::ModelProto&)>& change) {
  test::OnnxBuilder builder = test::depthwise_graph();
  change(builder.model());
  return refusal_of(builder.bytes());
}

TEST(OnnxFile, WrongSizesAndVersionsAreNamed) {
  EXPECT_THAT(refusal_with([](auto& m) { m.mutable_opset_import(0)->set_version(6); }), HasSubstr("opset 6; expected"));
  EXPECT_THAT(refusal_with([](auto& m) { m.clear_opset_import(); }), HasSubstr("opset 0; expected"));
  EXPECT_THAT(refusal_with([](auto& m) { m.clear_graph(); }), HasSubstr("no graph"));
  EXPECT_THAT(refusal_with([](auto& m) { m.mutable_graph()->mutable_initializer(0)->set_dims(0, 7); }),
              HasSubstr("constant 'stem_w': 480 bytes of data do not match the shape 7x1x5x4"));
  EXPECT_THAT(refusal_with([](auto& m) { m.mutable_graph()->mutable_initializer(0)->set_dims(0, -1); }),
              HasSubstr("constant 'stem_w': a dimension of -1"));
  EXPECT_THAT(
      refusal_with([](auto& m) { m.mutable_graph()->mutable_initializer(0)->set_dims(0, std::int64_t{1} << 40); }),
      HasSubstr("a dimension of 1099511627776"));
  EXPECT_THAT(refusal_with([](auto& m) { m.mutable_graph()->mutable_initializer(0)->set_data_type(10); }),
              HasSubstr("constant 'stem_w': data type 10"));
  EXPECT_THAT(refusal_with([](auto& m) { m.mutable_graph()->mutable_initializer(0)->set_name("depth_w"); }),
              HasSubstr("two constants are named 'depth_w'"));
  EXPECT_THAT(refusal_with([](auto& m) { m.add_functions()->set_name("mine"); }),
              HasSubstr("functions are not supported"));
}

class OnnxExternal : public testing::Test {
 protected:
  OnnxExternal() { std::filesystem::create_directory(dir_ / "model"); }

  // The error if `location` holds the first constant, or "".
  std::string refusal_at(const std::string& location, std::uint64_t offset = 0) {
    test::OnnxBuilder builder = test::depthwise_graph();
    onnx::TensorProto& tensor = *builder.model().mutable_graph()->mutable_initializer(0);
    data_ = tensor.raw_data();
    tensor.clear_raw_data();
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto add = [&](const std::string& key, const std::string& value) {
      auto* entry = tensor.add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    };
    add("location", location);
    add("offset", std::to_string(offset));
    write_file(dir_ / "model/net.onnx", builder.bytes(), Existing::kReplace);
    try {
      read_ = read_onnx(dir_ / "model/net.onnx");
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }
  void write(const std::string& name, const std::string& before = "") {
    refusal_at("none");  // sets data_
    write_text_file(dir_ / name, before + data_, Existing::kReplace);
  }

  test::TempDir dir_;
  std::string data_;
  OnnxGraph read_;
};

TEST_F(OnnxExternal, DataInTheFolderOfTheFileAreRead) {
  write("model/weights.bin", "12345678");
  ASSERT_EQ(refusal_at("weights.bin", 8), "");
  EXPECT_EQ(read_.constants.at("stem_w").reals, test::depthwise_graph().graph().constants.at("stem_w").reals);
  EXPECT_THAT(refusal_at("weights.bin", 9), HasSubstr("its data extends beyond the end of 'weights.bin'"));
  EXPECT_THAT(refusal_at("weights.bin", ~std::uint64_t{0}), HasSubstr("its data extends beyond the end of"));
}

TEST(OnnxFile, ExternalDataNeedAFolder) {
  EXPECT_THAT(refusal_with([](auto& m) {
                onnx::TensorProto& tensor = *m.mutable_graph()->mutable_initializer(0);
                tensor.clear_raw_data();
                tensor.set_data_location(onnx::TensorProto::EXTERNAL);
                auto* entry = tensor.add_external_data();
                entry->set_key("location");
                entry->set_value("weights.bin");
              }),
              HasSubstr("its data is in 'weights.bin', but the model was read without a folder"));
}

TEST_F(OnnxExternal, DataElsewhereAreRefused) {
  write("weights.bin");
  EXPECT_THAT(refusal_at("../weights.bin"), HasSubstr("outside the folder of the file"));
  EXPECT_THAT(refusal_at((dir_ / "weights.bin").string()), HasSubstr("outside the folder of the file"));
  std::filesystem::create_symlink(dir_ / "weights.bin", dir_ / "model/link.bin");
  EXPECT_THAT(refusal_at("link.bin"), HasSubstr("outside the folder of the file"));
  EXPECT_THAT(refusal_at("missing.bin"), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal_at(""), HasSubstr("its data is in another file, which is not named"));
  EXPECT_THAT(refusal_at(std::string("a\0b", 3)), HasSubstr("not a file name"));
}

}  // namespace
}  // namespace stapes::onnx_file
