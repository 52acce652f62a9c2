// SPDX-License-Identifier: Apache-2.0
#include "spotting/score_track.h"

#include <cmath>

#include "base/error.h"
#include "listen/listener.h"

namespace stapes {

ScoreTrack score_sound(HostDetector& detector, SoundSource& source, const std::string& name) {
  ScoreTrack track{.classes = detector->class_count(),
                   .sample_rate_hz = detector.sample_rate_hz(),
                   .window_samples = detector->window_samples(),
                   .hop_samples = detector->hop_samples()};
  Listener listener(detector, source.sample_rate_hz(), [](const TimedDetection&) {});
  listener.on_window([&] {
    for (int c = 0; c < track.classes; ++c) {
      track.probabilities.push_back(static_cast<std::uint8_t>(std::lround(detector->score(c) * 256)));
    }
    track.loud.push_back(detector->is_loud() ? 1 : 0);
  });
  for (SoundSource::Block block = source.next(); !block.end; block = source.next()) listener.add(block.samples);
  listener.finish();
  track.samples = listener.samples();
  if (track.windows() == 0) {
    throw Error("{} is shorter than a window: {:.3f} s, expected at least {:.3f} s", name, track.seconds(),
                track.end_s(0));
  }
  return track;
}

}  // namespace stapes
