// SPDX-License-Identifier: Apache-2.0
#include "listen/portaudio_capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

const std::vector<RecordingDevice>& devices() {
  static const std::vector<RecordingDevice> all = {{2, "HDA Intel: Analog (hw:0,0), ALSA", 2, 48000, false},
                                                   {5, "USB Array: Audio (hw:1,0), ALSA", 8, 192000, false},
                                                   {7, "default, ALSA", 32, 44100, true}};
  return all;
}

TEST(FindDevice, TakesNumbersPartsOfNamesAndTheDefault) {
  EXPECT_EQ(find_device(devices(), "5").number, 5);
  EXPECT_EQ(find_device(devices(), "usb array").number, 5);
  EXPECT_EQ(find_device(devices(), "").number, 7);
}

TEST(FindDevice, TakesTheFirstWhereNoneIsTheDefault) {
  EXPECT_EQ(find_device({devices()[0], devices()[1]}, "").number, 2);
}

TEST(FindDevice, NamesThoseThereAre) {
  EXPECT_THAT([] { find_device(devices(), "bluetooth"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("no microphone matches 'bluetooth'"), HasSubstr("5 (USB Array"))));
  EXPECT_THAT([] { find_device(devices(), "alsa"); }, ThrowsMessage<Error>(HasSubstr("more than one")));
  EXPECT_THAT([] { find_device(devices(), "3"); }, ThrowsMessage<Error>(HasSubstr("no microphone matches '3'")));
}

TEST(FindDevice, SaysWhatToDoWithoutAMicrophone) {
  EXPECT_THAT([] { find_device({}, ""); }, ThrowsMessage<Error>(HasSubstr("no microphone found; connect one")));
}

TEST(TakeChannel, IsOneOrTheMeanOfAll) {
  const std::vector<float> frames = {0.5f, -0.25f, 0.125f, 1, 0.5f, 0};
  std::vector<float> mono(2);
  const auto taken = [&](int channel) {
    take_channel(frames, 3, {channel}, mono);
    return mono;
  };
  EXPECT_EQ(taken(1), (std::vector<float>{0.5f, 1}));
  EXPECT_EQ(taken(3), (std::vector<float>{0.125f, 0}));
  EXPECT_EQ(taken(0), (std::vector<float>{0.125f, 0.5f}));
  take_channel(std::span(frames).first(2), 1, {}, mono);
  EXPECT_EQ(mono, (std::vector<float>{0.5f, -0.25f}));
}

// Listing devices neither fails nor prints on any machine.
TEST(RecordingDevices, CanBeListed) {
  testing::internal::CaptureStderr();
  for (const RecordingDevice& device : recording_devices()) EXPECT_GE(device.channels, 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace stapes::test
