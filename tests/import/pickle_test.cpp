// SPDX-License-Identifier: Apache-2.0
#include "import/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/error.h"
#include "import/torch_file.h"

namespace stapes::imports {
namespace {

using namespace test::pickled;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::array<std::string_view, 1> kAllowed = {"torch.FloatStorage"};

struct Read {
  explicit Read(const std::string& body)
      : bytes(kBegin + body + kEnd), pickle(read_pickle(test::bytes_of(bytes), 0, kAllowed)) {}
  const Value& root() const { return pickle[pickle.root]; }
  const Value& item(std::size_t i) const { return pickle[root().items.at(i)]; }
  std::string bytes;
  Pickle pickle;
};

void read(const std::string& body) { Read ignored(body); }

TEST(Pickle, ReadsEveryKindOfNumber) {
  const Read all(
      tuple("K\xff"
            "M\xff\xff"
            "J\xfe\xff\xff\xff" +
            std::string("\x8a\x00", 2) +
            "\x8a\x01\x80"
            "\x8a\x02\xff\x7f" +
            number(INT64_MIN)));
  const std::vector<std::int64_t> want = {255, 65535, -2, 0, -128, 32767, INT64_MIN};
  ASSERT_EQ(all.root().items.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_EQ(all.item(i).integer, want[i]) << "number " << i;
}

TEST(Pickle, ReadsAFloatBigEndian) {
  const Read one(std::string("G\x3f\xf8\0\0\0\0\0\0", 9));
  EXPECT_EQ(one.root().kind, Kind::kFloat);
  EXPECT_EQ(one.root().real, 1.5);
}

TEST(Pickle, KeepsALongerIntegerAsBytes) {
  const Read one(
      std::string("\x8a\x09"
                  "123456789"));
  EXPECT_EQ(one.root().kind, Kind::kBigInt);
  EXPECT_EQ(one.root().text, "123456789");
}

TEST(Pickle, AnOrderedDictKeepsTheOrderOfItsKeys) {
  const Read one(ordered_dict(text("z") + number(1) + text("a") + number(2)));
  EXPECT_EQ(one.root().kind, Kind::kDict);
  EXPECT_EQ(one.item(0).text, "z");
  EXPECT_EQ(one.item(2).text, "a");
  EXPECT_EQ(one.item(3).integer, 2);
}

TEST(Pickle, AttributesOfAnOrderedDictAreDropped) {
  const Read one(ordered_dict(text("w") + number(1)) + dict(text("_metadata") + number(9)) + "b");
  EXPECT_EQ(one.root().items.size(), 2u);
}

TEST(Pickle, TheMemoGivesBackTheSameValue) {
  const Read one(tuple(text("abc") + "q\x05"
                                     "h\x05"
                                     "h\x05"));
  EXPECT_EQ(one.root().items[0], one.root().items[2]);
}

TEST(Pickle, ACallIsRecordedNotMade) {
  const Read one(call(global("torch", "FloatStorage"), number(3)));
  EXPECT_EQ(one.root().kind, Kind::kCall);
  EXPECT_EQ(one.item(0).text, "torch.FloatStorage");
}

TEST(Pickle, AnObjectIsRecordedNotMade) {
  const Read one(global("torch", "FloatStorage") + ")\x81" + dict(text("state") + number(1)) + "b");
  EXPECT_EQ(one.root().kind, Kind::kCall);
  EXPECT_THAT([] { read("NN\x81"); }, ThrowsMessage<Error>(HasSubstr("not a global")));
  EXPECT_THAT([] { read(text("os") + text("system") + "\x93)\x81"); }, ThrowsMessage<Error>(HasSubstr("os.system")));
}

TEST(Pickle, ReadsWhatLaterProtocolsWrite) {
  const Read all(
      tuple("C\x02"
            "ab" +
            ("B" + test::little_endian(std::uint32_t{1})) + "c" + ("\x8d" + test::little_endian(std::uint64_t{2})) +
            "de" + ("\x8e" + test::little_endian(std::uint64_t{1})) + "f" + "\x8f(K\x01K\x02\x90"));
  ASSERT_EQ(all.root().items.size(), 5u);
  EXPECT_EQ(all.item(0).text, "ab");
  EXPECT_EQ(all.item(1).text, "c");
  EXPECT_EQ(all.item(2).text, "de");
  EXPECT_EQ(all.item(3).text, "f");
  EXPECT_EQ(all.item(4).items.size(), 2u);
  EXPECT_THROW(read("\x8d" + test::little_endian(UINT64_MAX)), Error);
}

TEST(Pickle, EndsBehindTheStopOpcode) {
  const std::string bytes = "junk" + kBegin + "N" + kEnd + "more";
  EXPECT_EQ(read_pickle(test::bytes_of(bytes), 4, {}).end, 8u);
}

TEST(Pickle, AGlobalNotOnTheListIsRefusedByName) {
  EXPECT_THAT([] { read(call(global("os", "system"), text("touch /tmp/owned"))); },
              ThrowsMessage<Error>(HasSubstr("os.system")));
  EXPECT_THAT([] { read(text("builtins") + text("eval") + "\x93"); }, ThrowsMessage<Error>(HasSubstr("builtins.eval")));
  EXPECT_THAT([] { read(global("torch.FloatStorage", "")); }, ThrowsMessage<Error>(HasSubstr("torch.FloatStorage.")));
}

TEST(Pickle, AnUnknownOpcodeIsNamedWithItsOffset) {
  EXPECT_THAT([] { read("N\x82"); }, ThrowsMessage<Error>(HasSubstr("opcode 0x82 at byte 3")));
  for (const char* opcode : {"i", "o", "\x92", "P", "I", "\x83", "\x84"}) {  // opcodes that would create objects
    EXPECT_THAT([&] { read(std::string("(NN") + opcode); }, ThrowsMessage<Error>(HasSubstr("opcode"))) << opcode;
  }
}

TEST(Pickle, DamagedStacksAreErrorsNotCrashes) {
  const std::string forged_text = "X" + test::little_endian(std::uint32_t{0xffffffff});
  for (const std::string& body : {std::string(""),
                                  std::string("t"),
                                  std::string("\x87"),
                                  std::string("(N\x86"),
                                  std::string("NN\x87"),
                                  std::string("a"),
                                  std::string("Na"),
                                  std::string("]a"),
                                  std::string("}(Nu"),
                                  std::string("s"),
                                  std::string("h\x01"),
                                  std::string("q\x01"),
                                  std::string("N)R"),
                                  std::string("R"),
                                  std::string("b"),
                                  std::string("Nb"),
                                  std::string("NNb"),
                                  std::string("Q"),
                                  std::string("c"),
                                  std::string("cab"),
                                  std::string("\x93"),
                                  std::string("NN\x93"),
                                  std::string("j\xff\xff\xff\xff"),
                                  std::string("Nr\xff\xff\xff\xff"),
                                  forged_text,
                                  global("torch", "FloatStorage") + "NR",
                                  ordered_dict("") + "("}) {
    EXPECT_THROW(read(body), Error) << testing::PrintToString(body);
  }
}

TEST(Pickle, AProtocolOfTheFutureIsRefused) {
  EXPECT_THAT([] { read("\x80\x06N"); }, ThrowsMessage<Error>(HasSubstr("protocol 6")));
}

TEST(Pickle, DeepNestingCostsNoStack) {
  std::string body = "N";
  for (int i = 0; i < 500000; ++i) body += "\x85";
  EXPECT_EQ(Read(body).pickle.values.size(), 500001u);
}

TEST(Pickle, AValueMayContainItself) {
  const Read one(
      "]q\x01"
      "h\x01"
      "a");
  EXPECT_EQ(one.root().items[0], one.pickle.root);
}

TEST(Pickle, AMillionValuesAreTooMany) {
  const std::string nones(std::size_t{1} << 21, 'N'), marks(std::size_t{1} << 21, '(');
  EXPECT_THAT([&] { read(nones); }, ThrowsMessage<Error>(HasSubstr("more values")));
  EXPECT_THAT([&] { read(marks); }, ThrowsMessage<Error>(HasSubstr("more values")));
}

}  // namespace
}  // namespace stapes::imports
