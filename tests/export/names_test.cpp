// SPDX-License-Identifier: Apache-2.0
#include "export/names.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "export/exports.h"

namespace stapes {
namespace {

TEST(ExportName, IsAnIdentifier) {
  for (const char* name : {"xnor", "acdnet20_int8", "X", "net2", "int8", "exporter"}) {
    EXPECT_NO_THROW(check_export_name(name)) << name;
  }
  const std::string long_name(41, 'a');
  for (const char* name : {"", "2net", "_net", "net_", "a__b", "a-b", "a b", "a;b", "a\nb", "n\xC3\xA9t",
                           long_name.c_str(), "../x", "\"", "*/"}) {
    EXPECT_THROW(check_export_name(name), UsageError) << name;
  }
}

TEST(ExportName, IsNoKeywordAndHidesNoHeader) {
  for (const char* name :
       {"int", "class", "restrict", "co_await", "typeof", "string", "math", "stdint", "Arduino", "arm_mve"}) {
    EXPECT_THROW(check_export_name(name), UsageError) << name;
  }
}

TEST(ExportName, IsNoTargetOfBuildFiles) {
  for (const char* name : {"all", "clean", "help", "install", "test", "self_test"}) {
    EXPECT_THROW(check_export_name(name), UsageError) << name;
  }
}

TEST(ExportName, ComesFromTheFile) {
  EXPECT_EQ(export_name_from("micro-int8.v2"), "micro_int8_v2");
  EXPECT_EQ(valid_export_name_from("micro-int8.v2"), "micro_int8_v2");
  for (const char* text : {"double", "8 bits", "", "a-"}) EXPECT_EQ(valid_export_name_from(text), "") << text;
  EXPECT_EQ(upper_case("micro_int8"), "MICRO_INT8");
}

TEST(CString, HasNothingThatEndsItOrMeansAnother) {
  EXPECT_EQ(c_string("dog"), "\"dog\"");
  EXPECT_EQ(c_string("a\"b\\c"), "\"a\\042b\\134c\"");
  EXPECT_EQ(c_string("?"
                     "?/"),
            "\"\\077\\077/\"");
  EXPECT_EQ(c_string("1\n2"), "\"1\\0122\"");
  EXPECT_EQ(c_string("\xC3\xA9"), "\"\\303\\251\"");
  EXPECT_EQ(c_string(std::string_view("\0"
                                      "7",
                                      2)),
            "\"\\0007\"");
}

TEST(PlainText, IsOneHarmlessLine) {
  EXPECT_EQ(plain_text("conv 1"), "conv 1");
  EXPECT_EQ(plain_text("*/ int x; //"), "?? int x; ??");
  EXPECT_EQ(plain_text("a\nb\\"), "a?b?");
  EXPECT_EQ(plain_text("| `x` <b> [l](u)"), "? ?x? ?b? ?l?(u)");
  EXPECT_EQ(plain_text("\xC3\xA9"), "??");
  EXPECT_EQ(printable_line("{\"a\":[]}\n# b\xC3\xA9"), "{\"a\":[]}?# b??");
}

TEST(LayerIdentifiers, AreNamesThatMeetNothingElse) {
  fb::ModelT model = test::tiny_int8();
  const char* names[] = {"conv1", "conv1", "int x;", "layer1", "input", "conv3_weights", "Head"};
  for (std::size_t i = 0; i < std::size(names); ++i) model.layers[i]->name = names[i];
  const ModelFile file = test::model_file(model);
  EXPECT_EQ(layer_identifiers(file.model()),
            (std::vector<std::string>{"conv1", "layer1", "layer2", "layer3", "layer4", "layer5", "layer6"}));
}

}  // namespace
}  // namespace stapes
