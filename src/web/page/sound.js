// SPDX-License-Identifier: Apache-2.0
// Converts sound to the model's input: mono, 16-bit PCM at the model's rate, rounded as in `stapes listen`.
"use strict";

// Rounds to the nearest integer, ties to even; saturates.
const toPcm16 = (sample) => {
  const value = Math.min(Math.max(Math.fround(sample) * 32768, -32768), 32767);
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
};

const pcmOf = (samples) => Int16Array.from(samples, toPcm16);

// The channels of a 16-bit WAV file in `buffer`; null for other files.
const readWav16 = (buffer) => {
  const view = new DataView(buffer);
  const name = (at) => String.fromCharCode(...new Uint8Array(buffer, at, 4));
  if (buffer.byteLength < 44 || name(0) !== "RIFF" || name(8) !== "WAVE") return null;
  let format = null;
  for (let at = 12; at + 8 <= buffer.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name(at) === "fmt " && size >= 16 && body + size <= buffer.byteLength) {
      const tag = view.getUint16(body, true);
      const coding = tag === 0xfffe && size >= 26 ? view.getUint16(body + 24, true) : tag;
      if (coding !== 1 || view.getUint16(body + 14, true) !== 16) return null;
      format = { channels: view.getUint16(body + 2, true), rate: view.getUint32(body + 4, true) };
    } else if (name(at) === "data" && format !== null && format.channels > 0) {
      const bytes = Math.min(size, buffer.byteLength - body);
      return { ...format, view: new DataView(buffer, body, bytes), frames: Math.floor(bytes / 2 / format.channels) };
    }
    at = body + size + (size % 2);
  }
  return null;
};

// The mean of the channels.
const mixWav16 = ({ channels, view, frames }) => {
  const pcm = new Int16Array(frames);
  for (let i = 0; i < frames; ++i) {
    let sum = 0;
    for (let c = 0; c < channels; ++c) sum += view.getInt16(2 * (i * channels + c), true) / 32768;
    pcm[i] = toPcm16(Math.fround(sum / channels));
  }
  return pcm;
};

const mixDecoded = (decoded) => {
  const mixed = new Float32Array(decoded.length);
  for (let c = 0; c < decoded.numberOfChannels; ++c) {
    decoded.getChannelData(c).forEach((sample, i) => (mixed[i] += sample / decoded.numberOfChannels));
  }
  return pcmOf(mixed);
};

// A file's sound at `rate`. `exact`: the samples of a 16-bit WAV file at that rate, neither decoded nor resampled by
// the browser.
const soundOfFile = async (file, rate) => {
  const buffer = await file.arrayBuffer();
  const wav = readWav16(buffer);
  if (wav !== null && wav.rate === rate) return { pcm: mixWav16(wav), exact: true };
  const context = new OfflineAudioContext(1, 1, rate);
  return { pcm: mixDecoded(await context.decodeAudioData(buffer)), exact: false };
};

const wavFile = (blocks, rate) => {
  const samples = blocks.reduce((sum, block) => sum + block.length, 0);
  const header = new DataView(new ArrayBuffer(44));
  const word = (at, text) => [...text].forEach((letter, i) => header.setUint8(at + i, letter.charCodeAt(0)));
  word(0, "RIFF");
  header.setUint32(4, 36 + 2 * samples, true);
  word(8, "WAVEfmt ");
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, rate, true);
  header.setUint32(28, 2 * rate, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  word(36, "data");
  header.setUint32(40, 2 * samples, true);
  return new Blob([header, ...blocks], { type: "audio/wav" });
};
