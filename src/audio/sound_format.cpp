// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_format.h"

#include <algorithm>
#include <iterator>

#include "audio/chunks.h"
#include "audio/stream_end.h"

namespace stapes {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::uint64_t offset;
  std::string_view bytes;
  std::string_view format;
};

constexpr Signature kUnreadable[] = {
    {4, "ftyp"sv, "MPEG-4 (m4a, mp4, 3gp, mov)"},
    {4, "moov"sv, "QuickTime (mov)"},
    {0, "\x1A\x45\xDF\xA3"sv, "Matroska (webm, mka, mkv)"},
    {0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, "ASF (wma, wmv)"},
    {0, "#!AMR"sv, "AMR"},
    {0, "#!SILK"sv, "SILK"},
    {0, "MAC "sv, "Monkey's Audio (ape)"},
    {0, "wvpk"sv, "WavPack (wv)"},
    {0, "TTA1"sv, "True Audio (tta)"},
    {0, "MPCK"sv, "Musepack (mpc)"},
    {0, "MP+"sv, "Musepack (mpc)"},
    {0, "DSD "sv, "DSD (dsf)"},
    {0, "FRM8"sv, "DSD (dff)"},
    {0, "OFR "sv, "OptimFROG (ofr)"},
    {0, "ajkg"sv, "Shorten (shn)"},
    {0, "FLV\x01"sv, "Flash video (flv)"},
    {8, "AVI LIST"sv, "AVI"},
    {0, "\0\0\1\xBA"sv, "MPEG video (mpg)"},
    {0, ".RMF"sv, "RealMedia (rm)"},
    {0, ".ra\xFD"sv, "RealAudio (ra)"},
    {0, "ADIF"sv, "AAC"},
    {0, "\x0B\x77"sv, "Dolby Digital (ac3)"},
};

constexpr std::string_view kSndfile[] = {
    ".snd"sv,
    "dns."sv,
    "NIST_1A"sv,
    "Creative Voice File"sv,
    "2BIT"sv,
    "MATLAB 5.0 MAT-file"sv,
    " paf"sv,
    "fap "sv,
    "PVF1\n"sv,
    "ALawSoundFile**"sv,
    "Extended Instrument: "sv,
    "fLaC"sv,
    "OggS"sv,
    "\x64\xA3\x01\0"sv,
    "\0\1\xA3\x64"sv,
    "\x64\xA3\x02\0"sv,
    "\0\2\xA3\x64"sv,
};

}  // namespace

std::string_view unreadable_format(const ByteSource& file) {
  const auto* const found =
      std::find_if(std::begin(kUnreadable), std::end(kUnreadable),
                   [&](const Signature& signature) { return file.has(signature.offset, signature.bytes); });
  if (found != std::end(kUnreadable)) return found->format;
  const std::uint64_t begin = skip_id3v2(file, 0);
  if (file.at(begin) == 0xFF && (file.at(begin + 1) & 0xF6) == 0xF0) return "AAC (ADTS)";
  if (file.at(0) == 0x47 && file.at(188) == 0x47 && file.at(376) == 0x47) return "MPEG transport stream (ts)";
  return {};
}

bool has_sndfile_signature(const ByteSource& file) {
  if (chunk_layout(file) || is_flac(file)) return true;
  if (file.has(20, "samplerate")) return true;  // MAT 4
  return std::any_of(std::begin(kSndfile), std::end(kSndfile),
                     [&](std::string_view signature) { return file.has(0, signature); });
}

std::optional<ByteRange> mpeg_in_wav(const ByteSource& file) {
  const std::optional<ChunkLayout> layout = chunk_layout(file);
  if (!layout || layout->data_name != "data" || layout->container == "CAF") return std::nullopt;
  const std::optional<Chunk> format = find_chunk(file, *layout, "fmt ");
  const std::optional<Chunk> data = find_data_chunk(file, *layout);
  if (!format || !data) return std::nullopt;
  std::uint64_t tag = file.number(format->begin, 2, layout->order);
  if (tag == 0xFFFE) tag = file.number(format->begin + 24, 2, layout->order);  // WAVE_FORMAT_EXTENSIBLE: in the GUID
  if (tag != 0x50 && tag != 0x55) return std::nullopt;
  return ByteRange{data->begin, data->begin + std::min(data->length, file.size() - data->begin)};
}

bool begins_like_mpeg(const ByteSource& file) {
  return file.has(0, "ID3") || (file.at(0) == 0xFF && (file.at(1) & 0xE0) == 0xE0);
}

}  // namespace stapes
