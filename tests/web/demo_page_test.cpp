// SPDX-License-Identifier: Apache-2.0
// Tests the generated page without a browser.
#include "web/demo_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "listen/listened_model.h"
#include "web/base64.h"
#include "web/page_module.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string base64_of(const std::string& text) { return base64(std::as_bytes(std::span(text))); }

// Test vectors of RFC 4648.
TEST(Base64, PadsWhatIsNoMultipleOfThree) {
  EXPECT_EQ(base64_of(""), "");
  EXPECT_EQ(base64_of("f"), "Zg==");
  EXPECT_EQ(base64_of("fo"), "Zm8=");
  EXPECT_EQ(base64_of("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_of("\xff\xef"), "/+8=");
}

class DemoPageText : public testing::Test {
 protected:
  void SetUp() override {
    if (kPageModule.empty()) GTEST_SKIP() << "built without STAPES_WEB";
  }
};

TEST_F(DemoPageText, HoldsTheModelAndLoadsNothing) {
  const HostDetector detector(listened_model(), {});
  const std::vector<DemoFigure> measured = {{"Accuracy", "93.5 %", "measured"}};
  const std::string page = demo_page(detector, "my <model>", measured);
  EXPECT_THAT(page, HasSubstr(base64(detector.blob())));
  EXPECT_THAT(page, HasSubstr("my &lt;model&gt;"));
  EXPECT_THAT(page, HasSubstr("93.5 % <small>measured</small>"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("{{")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
}

TEST_F(DemoPageText, IsTheSameForTheSameModel) {
  const HostDetector detector(listened_model(), {});
  EXPECT_EQ(demo_page(detector, "m", {}), demo_page(detector, "m", {}));
}

TEST(DemoPageWithoutItsModule, IsRefused) {
  if (!kPageModule.empty()) GTEST_SKIP() << "built with STAPES_WEB";
  EXPECT_THROW(require_page_module(), Error);
}

}  // namespace
}  // namespace stapes::test
