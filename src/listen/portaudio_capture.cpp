// SPDX-License-Identifier: Apache-2.0
#include "listen/portaudio_capture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <portaudio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"

namespace stapes {
namespace {

// Silences ALSA and JACK, which report missing devices on stderr.
class SilencedStderr {
 public:
  SilencedStderr() {
    std::fflush(stderr);
    kept_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0) return;
    if (kept_ >= 0) ::dup2(null, STDERR_FILENO);
    ::close(null);
  }
  ~SilencedStderr() {
    if (kept_ < 0) return;
    ::dup2(kept_, STDERR_FILENO);
    ::close(kept_);
  }
  SilencedStderr(const SilencedStderr&) = delete;
  SilencedStderr& operator=(const SilencedStderr&) = delete;

 private:
  int kept_ = -1;
};

// PortAudio finds devices only when it starts, so it is restarted for each microphone.
class PortAudio {
 public:
  PortAudio() {
    const SilencedStderr silence;
    const PaError error = Pa_Initialize();
    if (error != paNoError) throw Error("cannot list microphones: {}", Pa_GetErrorText(error));
  }
  ~PortAudio() {
    const SilencedStderr silence;
    Pa_Terminate();
  }
  PortAudio(const PortAudio&) = delete;
  PortAudio& operator=(const PortAudio&) = delete;

  std::vector<RecordingDevice> devices() const {
    std::vector<RecordingDevice> found;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); ++i) {
      const PaDeviceInfo* info = Pa_GetDeviceInfo(i);
      if (info == nullptr || info->maxInputChannels < 1) continue;
      const PaHostApiInfo* api = Pa_GetHostApiInfo(info->hostApi);
      found.push_back({i, fmt::format("{}, {}", info->name, api == nullptr ? "?" : api->name), info->maxInputChannels,
                       static_cast<int>(info->defaultSampleRate), i == Pa_GetDefaultInputDevice()});
    }
    return found;
  }
};

std::string list_of(const std::vector<RecordingDevice>& devices) {
  std::vector<std::string> lines;
  for (const RecordingDevice& device : devices) lines.push_back(fmt::format("{} ({})", device.number, device.name));
  return fmt::format("{}", fmt::join(lines, ", "));
}

class PortAudioCapture final : public Capture {
 public:
  explicit PortAudioCapture(const CaptureRequest& request) {
    const std::vector<RecordingDevice> devices = library_.devices();
    const RecordingDevice& device = find_device(devices, request.device);
    name_ = device.name;
    sample_rate_hz_ = request.sample_rate_hz.value_or(device.sample_rate_hz);
    channel_ = request.channel;
    channels_ = channel_.number > 0 ? channel_.number : device.channels;
    if (channels_ > device.channels) {
      throw Error("{} has {} channel{}; expected at least {} for --channel {}", name_, device.channels,
                  device.channels == 1 ? "" : "s", channels_, channels_);
    }
    open(device);
  }
  ~PortAudioCapture() override {
    const SilencedStderr silence;
    if (stream_ != nullptr) Pa_CloseStream(stream_);
  }

  int sample_rate_hz() const override { return sample_rate_hz_; }
  const std::string& name() const override { return name_; }
  const std::string& error() const override { return error_; }

  Result read(std::span<float> mono) override {
    interleaved_.resize(mono.size() * static_cast<std::size_t>(channels_));
    const PaError error = Pa_ReadStream(stream_, interleaved_.data(), mono.size());
    if (error != paNoError && error != paInputOverflowed) {
      error_ = Pa_GetErrorText(error);
      return Result::kLost;
    }
    take_channel(interleaved_, channels_, channel_, mono);
    return error == paInputOverflowed ? Result::kOverrun : Result::kRead;
  }

 private:
  void open(const RecordingDevice& device) {
    const SilencedStderr silence;
    const PaStreamParameters input{.device = device.number,
                                   .channelCount = channels_,
                                   .sampleFormat = paFloat32,
                                   .suggestedLatency = Pa_GetDeviceInfo(device.number)->defaultHighInputLatency,
                                   .hostApiSpecificStreamInfo = nullptr};
    PaError error = Pa_OpenStream(&stream_, &input, nullptr, sample_rate_hz_, paFramesPerBufferUnspecified,
                                  paClipOff | paDitherOff, nullptr, nullptr);
    if (error == paNoError) error = Pa_StartStream(stream_);
    if (error == paNoError) return;
    if (stream_ != nullptr) Pa_CloseStream(std::exchange(stream_, nullptr));
    throw Error("cannot record from {} at {} Hz: {}; choose another device (--devices lists them) or --rate", name_,
                sample_rate_hz_, Pa_GetErrorText(error));
  }

  PortAudio library_;
  PaStream* stream_ = nullptr;
  std::string name_, error_;
  int sample_rate_hz_ = 0, channels_ = 1;
  Channel channel_;
  std::vector<float> interleaved_;
};

}  // namespace

std::vector<RecordingDevice> recording_devices() { return PortAudio().devices(); }

const RecordingDevice& find_device(const std::vector<RecordingDevice>& devices, const std::string& wanted) {
  if (devices.empty()) {
    throw Error("no microphone found; connect one, or listen to a file or to raw samples on standard input (-)");
  }
  const std::optional<int> number = number_in<int>(wanted);
  std::vector<const RecordingDevice*> matching;
  for (const RecordingDevice& device : devices) {
    const bool matches = wanted.empty() ? device.is_default
                         : number       ? device.number == *number
                                        : lower_case(device.name).find(lower_case(wanted)) != std::string::npos;
    if (matches) matching.push_back(&device);
  }
  if (matching.size() == 1) return *matching.front();
  if (wanted.empty()) return devices.front();
  throw Error("{} microphone matches '{}'; choose one by number: {}", matching.empty() ? "no" : "more than one", wanted,
              list_of(devices));
}

void take_channel(std::span<const float> interleaved, int channels, Channel channel, std::span<float> mono) {
  const auto count = static_cast<std::size_t>(channels);
  for (std::size_t i = 0; i < mono.size(); ++i) {
    const std::span<const float> frame = interleaved.subspan(i * count, count);
    mono[i] = channel.number > 0 ? frame[static_cast<std::size_t>(channel.number) - 1]
                                 : static_cast<float>(std::accumulate(frame.begin(), frame.end(), 0.0) / channels);
  }
}

std::unique_ptr<Capture> open_microphone(const CaptureRequest& request) {
  return std::make_unique<PortAudioCapture>(request);
}

}  // namespace stapes
