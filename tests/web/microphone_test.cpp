// SPDX-License-Identifier: Apache-2.0
// The page and the microphone in a real browser.
#include <cmath>
#include <numbers>

#include "web/demo_in_browser.h"

namespace stapes::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

// Grants the microphone only when the test calls opened[i].give().
constexpr const char* kCountingMicrophones =
    "window.opened = []; const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
    "navigator.mediaDevices.getUserMedia = (wish) => new Promise((done) => opened.push({ give: () =>"
    " ask(wish).then((stream) => { opened.streams = [...(opened.streams ?? []), stream]; done(stream); }) })); 0";
constexpr const char* kRunningTracks =
    "(opened.streams ?? []).flatMap((stream) => stream.getTracks()).filter((t) => t.readyState === 'live').length";

// The fake microphone plays a file. The tone in that file must reach the model, and the scores must equal those
// computed on this machine from the samples that the page received.
TEST_F(DemoInBrowser, ListensToTheMicrophone) {
  constexpr double kToneHz = 500;
  std::vector<std::int16_t> tone;
  for (int i = 0; i < 4 * 48000; ++i)
    tone.push_back(static_cast<std::int16_t>(12000 * std::sin(2 * std::numbers::pi * kToneHz * i / 48000)));
  const auto file = folder_ / "tone.wav";
  write_file(file, wav_file(tone, 48000), Existing::kRefuse);
  Chromium browser({"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                    "--use-file-for-fake-audio-capture=" + file.string(),
                    "--autoplay-policy=no-user-gesture-required"});
  HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  browser.evaluate("openMicrophone()");
  ASSERT_EQ(browser.evaluate("byId('complaint').textContent"), "");
  browser.wait_for("session.samples > 8000 && session.windows.length > 100");
  EXPECT_THAT(browser.evaluate("byId('state').textContent"), HasSubstr("to 8000 Hz"));
  EXPECT_GT(browser.evaluate("parseFloat(byId('speed').textContent)").get<double>(), 1);
  browser.evaluate("closeMicrophone()");
  browser.wait_for("session.windows.length > 0 && session.windows.at(-1).end > session.samples - 48");
  const json heard = browser.evaluate("session.blocks.flatMap((block) => Array.from(block))");
  const auto pcm = heard.get<std::vector<std::int16_t>>();
  EXPECT_EQ(browser.evaluate(kWindowsThere), windows_here(detector, pcm));
  const auto last = std::span(pcm).last(4000);
  int crossings = 0;
  for (std::size_t i = 1; i < last.size(); ++i) crossings += (last[i - 1] < 0) != (last[i] < 0);
  EXPECT_NEAR(crossings * kRateHz / 2.0 / 4000, kToneHz, 10);
  EXPECT_THAT(browser.errors(), IsEmpty());
}

TEST_F(DemoInBrowser, SaysWhenTheMachineIsTooSlow) {
  Chromium browser;
  const HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  browser.evaluate("listenLive(); takeBlock(new Float32Array(1024))");
  EXPECT_EQ(browser.evaluate("[session.samples, byId('complaint').textContent]"), json({1024, ""}));
  browser.evaluate("session.done = -3 * ready.rate - ready.windowSamples; takeBlock(new Float32Array(1024))");
  EXPECT_EQ(browser.evaluate("session.samples"), 1024) << "a block that comes too late is left out";
  EXPECT_THAT(browser.evaluate("byId('complaint').textContent"), HasSubstr("cannot keep up"));
  browser.evaluate("session.done = session.samples - 1; takeBlock(new Float32Array(1024))");
  EXPECT_EQ(browser.evaluate("session.samples"), 1024) << "until it has caught up";
}

TEST_F(DemoInBrowser, BeginsAfreshAfterAGap) {
  Chromium browser;
  HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  const std::vector<std::int16_t> pcm = noise_pcm(4 * 1024);
  const std::string floats = "const floats = Float32Array.from(new Int16Array(" +
                             bytes_script(std::as_bytes(std::span(pcm))) +
                             ".buffer), (sample) => sample / 32768);"
                             "const hear = () => { for (let at = 0; at < floats.length; at += 1024)"
                             " takeBlock(floats.slice(at, at + 1024)); };";
  // 1000 samples after the last complete window, so that the next window would span the gap.
  browser.evaluate(floats + "window.hear = hear; listenLive(); hear(); takeBlock(floats.slice(0, 1000))");
  browser.wait_for("session.done === session.samples");
  const int before = browser.evaluate("session.number").get<int>();
  browser.evaluate("session.done -= 3 * ready.rate + ready.windowSamples; takeBlock(new Float32Array(1024))");
  browser.evaluate("session.done = session.samples; hear()");
  browser.wait_for("session.done === session.samples");
  EXPECT_EQ(browser.evaluate("session.number"), before + 1);
  EXPECT_EQ(browser.evaluate("session.samples"), pcm.size());
  EXPECT_EQ(browser.evaluate(kWindowsThere), windows_here(detector, pcm));
}

// Presses the button a second time before the microphone is granted.
TEST_F(DemoInBrowser, OpensOneMicrophoneHoweverOftenTheButtonIsPressed) {
  Chromium browser({"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                    "--autoplay-policy=no-user-gesture-required"});
  const HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  browser.evaluate(kCountingMicrophones);
  EXPECT_EQ(browser.evaluate("byId('listen').click(); byId('listen').disabled"), true);
  browser.evaluate("byId('listen').click()");
  browser.wait_for("opened.length > 0");
  browser.evaluate("opened[0].give()");
  browser.wait_for("session.samples > 0 && !byId('listen').disabled");
  EXPECT_EQ(browser.evaluate("opened.length"), 1);
  EXPECT_EQ(browser.evaluate("byId('listen').textContent"), "Stop");
  browser.evaluate("byId('listen').click()");
  EXPECT_EQ(browser.evaluate(kRunningTracks), 0);
  EXPECT_EQ(browser.evaluate("byId('listen').textContent"), "Listen to the microphone");
  EXPECT_THAT(browser.errors(), IsEmpty());
}

TEST_F(DemoInBrowser, ClosesTheMicrophoneWhenItFails) {
  Chromium browser({"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                    "--autoplay-policy=no-user-gesture-required"});
  const HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  browser.evaluate(kCountingMicrophones);
  browser.evaluate("byId('listen').click()");
  browser.wait_for("opened.length > 0");
  browser.evaluate("opened[0].give()");
  browser.wait_for("session.samples > 0 && microphone !== null");
  EXPECT_EQ(browser.evaluate(kRunningTracks), 1);
  browser.evaluate("engine.onerror({ message: 'gone' })");
  EXPECT_EQ(browser.evaluate(kRunningTracks), 0) << "the browser would show that the page listens";
  EXPECT_EQ(browser.evaluate("microphone"), json());
  EXPECT_EQ(browser.evaluate("byId('listen').disabled"), true);
  EXPECT_EQ(browser.evaluate("byId('complaint').textContent"), "This page cannot run: gone");
  EXPECT_EQ(browser.evaluate("document.body.dataset.state"), "failed");
  browser.evaluate("openFile(new File([], 'late.wav'))");
  EXPECT_EQ(browser.evaluate("byId('listen').disabled"), true) << "a file that comes later changes nothing";
  EXPECT_EQ(browser.evaluate("byId('complaint').textContent"), "This page cannot run: gone");
}

TEST_F(DemoInBrowser, AFileDroppedWhileTheMicrophoneIsAskedForReplacesIt) {
  Chromium browser({"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                    "--autoplay-policy=no-user-gesture-required"});
  HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  const std::vector<std::int16_t> pcm = noise_pcm(kRateHz);
  browser.evaluate(kCountingMicrophones);
  browser.evaluate("window.opening = openMicrophone(); 0");
  browser.wait_for("opened.length > 0");
  drop_sound(browser, pcm);
  browser.evaluate("opened[0].give(); opening");
  EXPECT_EQ(browser.evaluate("microphone"), json());
  EXPECT_EQ(browser.evaluate(kRunningTracks), 0) << "the browser would show that the page listens";
  EXPECT_EQ(browser.evaluate("byId('listen').disabled"), false);
  EXPECT_EQ(browser.evaluate("byId('listen').textContent"), "Listen to the microphone");
  EXPECT_EQ(browser.evaluate("session.live"), false);
  EXPECT_EQ(browser.evaluate(kWindowsThere), windows_here(detector, pcm));
  // The same while the worklet is loading.
  browser.evaluate(
      "const load = AudioWorklet.prototype.addModule; AudioWorklet.prototype.addModule = function (url) {"
      " return new Promise((done) => (window.loaded = done)).then(() => load.call(this, url)); };"
      "window.opening = openMicrophone(); opened[1].give(); 0");
  browser.wait_for("window.loaded !== undefined");
  browser.evaluate("silence(); loaded(); opening");
  EXPECT_EQ(browser.evaluate("microphone"), json());
  EXPECT_EQ(browser.evaluate(kRunningTracks), 0);
  EXPECT_EQ(browser.evaluate("session.live"), false);
  EXPECT_EQ(browser.evaluate("byId('complaint').textContent"), "");
  EXPECT_THAT(browser.errors(), IsEmpty());
}

}  // namespace
}  // namespace stapes::test
