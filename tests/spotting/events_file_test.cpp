// SPDX-License-Identifier: Apache-2.0
#include "spotting/events_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string text_of(const std::vector<SoundEvent>& events) {
  std::string text;
  for (const SoundEvent& e : events) text += fmt::format("{} {} {} {};", e.line, e.start_s, e.end_s, e.label);
  return text;
}

TEST(EventsFile, ReadsCsv) {
  EXPECT_EQ(text_of(parse_events("start_s,end_s,label\n1.5,2,yes\n0.25,0.5,\"no, thanks\"\n", "e.csv")),
            "3 0.25 0.5 no, thanks;2 1.5 2 yes;");
  EXPECT_EQ(text_of(parse_events("\xEF\xBB\xBF"
                                 "1,2,yes\r\n\r\n 3 , 4 , yes \r\n",
                                 "e.csv")),
            "1 1 2 yes;3 3 4 yes;");
}

TEST(EventsFile, ReadsLabelsOfAudacity) {
  EXPECT_EQ(text_of(parse_events("1.000000\t2.500000\tyes\n\\\t100.0\t2000.0\n4\t4\tno\tway\r\n", "e.txt")),
            "1 1 2.5 yes;3 4 4 no\tway;");
}

TEST(EventsFile, AnEmptyFileHasNoEvents) {
  EXPECT_TRUE(parse_events("", "e.csv").empty());
  EXPECT_TRUE(parse_events("start_s,end_s,label\n", "e.csv").empty());
}

TEST(EventsFile, EventsMayTouchAndOthersMayOverlap) {
  EXPECT_EQ(parse_events("1,2,yes\n2,3,yes\n1.5,2.5,no\n", "e.csv").size(), 3u);
}

void expect_refused(const char* text, const char* why) {
  EXPECT_THAT([&] { parse_events(text, "e.csv"); }, ThrowsMessage<Error>(HasSubstr(why))) << text;
}

TEST(EventsFile, RefusesWhatIsWrongNamingTheLine) {
  expect_refused("1,2,yes\n3,2.5,yes\n", "e.csv line 2: the event ends at 2.5 s, before it starts at 3 s");
  expect_refused("1,3,yes\n5,6,no\n2.9,4,yes\n", "e.csv line 3: the event overlaps 'yes' on line 1; merge the two");
  expect_refused("1,2,yes\n1,2,yes\n", "e.csv line 2: the event overlaps");
  expect_refused("-1,2,yes\n", "e.csv line 1: expected seconds from 0 to 10^9, got '-1'");
  expect_refused("1,nan,yes\n", "got 'nan'");
  expect_refused("1,inf,yes\n", "got 'inf'");
  expect_refused("1,1e300,yes\n", "got '1e300'");
  expect_refused("1,2s,yes\n", "got '2s'");
  expect_refused(",2,yes\n", "got ''");
  expect_refused("begin,end,name\n1,2,yes\n", "got 'begin'");
  expect_refused("1,2\n", "expected 3 fields (start, end and label), got 2");
  expect_refused("1;2;yes\n", "got 1; separate them with commas");
  expect_refused("1,2,\n", "the event has no label");
  expect_refused("1\t2\n", "got 2");
  expect_refused("1,2,\"yes\n", "e.csv line 1");
  expect_refused("1,2,\x1b[31m\n1.5,3,\x1b[31m\n", "overlaps '\\x1b[31m' on line 1");
}

TEST(EventsFile, RefusesEventsThatDoNotFitTheRecording) {
  const std::vector<SoundEvent> events = parse_events("1,2,yes\n3,4,no\n", "e.csv");
  check_events(events, 4, {"yes", "no"}, "e.csv");
  check_events(events, 3.96, {"yes", "no"}, "e.csv");
  EXPECT_THAT(
      [&] {
        check_events(events, 3.9, {"yes", "no"}, "e.csv");
      },
      ThrowsMessage<Error>(HasSubstr("e.csv line 2: the event ends at 4 s, but the recording is 3.900 s long")));
  EXPECT_THAT(
      [&] {
        check_events(events, 5, {"yes", "noo"}, "e.csv");
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("e.csv line 2: unknown class 'no'"), HasSubstr("yes or noo"))));
}

}  // namespace
}  // namespace stapes
