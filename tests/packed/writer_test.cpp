// SPDX-License-Identifier: Apache-2.0
#include "packed/writer.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "base/error.h"
#include "packed/model_file.h"
#include "support/temp_dir.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Writer, WritesWhatItWasGiven) {
  const fb::ModelT model = test::tiny_int8();
  const auto blob = serialize_model(model);
  const ModelFile file(blob, "tiny");
  fb::ModelT back;
  file.model().UnPackTo(&back);
  EXPECT_EQ(serialize_model(back), blob);
  EXPECT_EQ(back.labels, model.labels);
  EXPECT_EQ(back.layers[0]->op.AsConvI8()->weights, model.layers[0]->op.AsConvI8()->weights);
}

TEST(Writer, SameModelSameBytes) { EXPECT_EQ(serialize_model(test::tiny_xnor()), serialize_model(test::tiny_xnor())); }

TEST(Writer, RefusesWhatTheReaderWouldRefuse) {
  fb::ModelT model = test::tiny_fp32();
  model.layers[1]->op.AsConvF32()->bias.pop_back();
  EXPECT_THAT(message_of([&] { serialize_model(model); }),
              AllOf(HasSubstr("wrong number of biases"), HasSubstr("layer 1")));
}

TEST(Writer, AModelInMemoryIsAsReadBackFromItsFile) {
  const test::TempDir dir;
  write_model(dir / "m.stapes", test::tiny_xnor(), Existing::kRefuse);
  const ModelFile file(dir / "m.stapes");
  const auto in_memory = packed_in_memory(test::tiny_xnor(), "just made");
  EXPECT_TRUE(std::ranges::equal(in_memory->blob(), file.blob()));
  EXPECT_EQ(in_memory->name(), "just made");
  fb::ModelT broken = test::tiny_fp32();
  broken.labels.pop_back();
  EXPECT_THAT(message_of([&] { packed_in_memory(broken, "just made"); }), HasSubstr("cannot use just made"));
}

TEST(Writer, LeavesNoFileBehindAfterARefusal) {
  const test::TempDir dir;
  fb::ModelT model = test::tiny_fp32();
  model.labels.pop_back();
  EXPECT_THROW(write_model(dir / "m.stapes", model, Existing::kRefuse), Error);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(Writer, RefusesToReplaceUnlessTold) {
  const test::TempDir dir;
  write_model(dir / "m.stapes", test::tiny_fp32(), Existing::kRefuse);
  EXPECT_THAT(message_of([&] { write_model(dir / "m.stapes", test::tiny_int8(), Existing::kRefuse); }),
              HasSubstr("exists"));
  EXPECT_EQ(ModelFile(dir / "m.stapes").model().route()->str(), "fp32");
  write_model(dir / "m.stapes", test::tiny_int8(), Existing::kReplace);
  EXPECT_EQ(ModelFile(dir / "m.stapes").model().route()->str(), "int8");
}

TEST(ModelFile, IsAlignedWhereverItsBytesWere) {
  const auto blob = serialize_model(test::tiny_fp32());
  std::vector<std::byte> shifted(blob.size() + 1);
  std::ranges::copy(blob, shifted.begin() + 1);
  const ModelFile file(std::span{shifted}.subspan(1), "shifted");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file.blob().data()) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file.model().layers()->Get(0)->op_as_ConvF32()->weights()->data()) % 64,
            0u);
}

TEST(ModelFile, StaysValidWhenMoved) {
  ModelFile file(serialize_model(test::tiny_fp32()), "tiny");
  const fb::Model* model = &file.model();
  const ModelFile moved = std::move(file);
  EXPECT_EQ(&moved.model(), model);
  EXPECT_EQ(moved.model().labels()->Get(1)->str(), "no");
}

TEST(ModelFile, NamesTheFileAndTheReasonInOneLine) {
  const test::TempDir dir;
  const auto path = dir / "m.stapes";
  EXPECT_THAT(message_of([&] { ModelFile{path}; }), AllOf(HasSubstr(path.string()), HasSubstr("No such file")));
  write_text_file(path, "", Existing::kReplace);
  EXPECT_THAT(message_of([&] { ModelFile{path}; }),
              AllOf(HasSubstr(path.string()), HasSubstr("expected a packed model")));
  auto blob = serialize_model(test::tiny_fp32());
  blob.back() ^= std::byte{1};
  write_file(path, blob, Existing::kReplace);
  EXPECT_THAT(message_of([&] { ModelFile{path}; }),
              AllOf(HasSubstr(path.string()), HasSubstr("damaged (header or checksum)"), Not(HasSubstr("\n"))));
}

}  // namespace
}  // namespace stapes
