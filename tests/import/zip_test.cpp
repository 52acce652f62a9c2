// SPDX-License-Identifier: Apache-2.0
#include "import/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "import/torch_file.h"

namespace stapes::imports {
namespace {

using test::ZipText;
using testing::HasSubstr;
using testing::ThrowsMessage;

const ZipText kGood{{{.name = "m/data.pkl", .data = "first"},
                     {.name = "m/data/0", .data = "second one"},
                     {.name = "m/empty", .data = ""}}};

void open(const ZipText& zip) {
  const std::string file = zip.file();
  ZipArchive ignored(test::bytes_of(file));
}

TEST(Zip, ReadsItsEntries) {
  const std::string file = kGood.file();
  const ZipArchive archive(test::bytes_of(file));
  const auto data = archive.read("m/data/0");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(data.data()), data.size()), "second one");
  EXPECT_TRUE(archive.read("m/empty").empty());
  EXPECT_EQ(archive.find_unique("data.pkl"), "m/data.pkl");
  EXPECT_FALSE(archive.contains("data.pkl"));
}

TEST(Zip, ACommentAtTheEndIsAllowed) {
  std::string file = kGood.file();
  file[file.size() - 2] = 5;
  file += "hello";
  EXPECT_EQ(ZipArchive(test::bytes_of(file)).read("m/data.pkl").size(), 5u);
}

TEST(Zip, ACompressedEntryIsRefused) {
  ZipText zip = kGood;
  zip.entries[1].method = 8;
  EXPECT_THAT([&] { open(zip); }, ThrowsMessage<Error>(HasSubstr("m/data/0 is compressed")));
}

TEST(Zip, AnEncryptedEntryIsRefused) {
  ZipText zip = kGood;
  zip.entries[1].flags = 1;
  EXPECT_THAT([&] { open(zip); }, ThrowsMessage<Error>(HasSubstr("encrypted")));
}

TEST(Zip, AWrongChecksumIsRefused) {
  ZipText zip = kGood;
  zip.entries[1].crc_error = 1;
  EXPECT_THAT([&] { open(zip); }, ThrowsMessage<Error>(HasSubstr("m/data/0 is damaged")));
}

TEST(Zip, AForgedSizeIsRefused) {
  ZipText zip = kGood;
  zip.entries[2].extra_size = 1u << 31;
  EXPECT_THROW(open(zip), Error);
  zip.entries[2].extra_size = 0xffffffff;
  EXPECT_THAT([&] { open(zip); }, ThrowsMessage<Error>(HasSubstr("zip64")));
}

TEST(Zip, OverlappingEntriesAreRefused) {
  ZipText zip = kGood;
  zip.entries[0].extra_size = 20;  // overlaps the second entry
  EXPECT_THAT([&] { open(zip); }, ThrowsMessage<Error>(HasSubstr("overlap")));
}

TEST(Zip, TwoEntriesOfOneNameAreRefused) {
  ZipText zip = kGood;
  zip.entries.push_back(zip.entries[0]);
  EXPECT_THAT([&] { open(zip); }, ThrowsMessage<Error>(HasSubstr("twice")));
}

TEST(Zip, AnEntryThatIsNotThereIsRefused) {
  ZipText zip = kGood;
  zip.entries[1].place_error = 3;
  EXPECT_THROW(open(zip), Error);
  zip.entries[1].place_error = 1 << 20;
  EXPECT_THROW(open(zip), Error);
}

TEST(Zip, TwoCandidatesAreNotOne) {
  ZipText zip = kGood;
  zip.entries.push_back({.name = "n/data.pkl", .data = "x"});
  const std::string file = zip.file();
  const ZipArchive archive(test::bytes_of(file));
  EXPECT_THROW(archive.find_unique("data.pkl"), Error);
  EXPECT_THROW(archive.find_unique("none"), Error);
}

}  // namespace
}  // namespace stapes::imports
