// SPDX-License-Identifier: Apache-2.0
// A worker that runs the model in the WebAssembly module (src/web/module): receives sound, posts scores and detections.
"use strict";

let runtime = null;
let session = 0; // number given by the page
let pushed = 0; // samples of the session
let busy = { samples: 0, ms: 0 };

const textAt = (address) => {
  const bytes = new Uint8Array(runtime.memory.buffer);
  let end = address;
  while (bytes[end] !== 0) ++end;
  return new TextDecoder().decode(bytes.subarray(address, end));
};

const start = async ({ module, model }) => {
  const { instance } = await WebAssembly.instantiate(module);
  runtime = instance.exports;
  runtime._initialize?.();
  const blob = runtime.page_allocate(model.byteLength);
  if (blob === 0) throw new Error("the browser does not have enough memory for this model");
  new Uint8Array(runtime.memory.buffer).set(new Uint8Array(model), blob);
  const status = runtime.page_load(blob, model.byteLength);
  if (status !== 0) throw new Error(`the model in this page cannot be run: ${textAt(runtime.page_status_text(status))}`);
  postMessage({
    kind: "ready",
    rate: runtime.page_sample_rate_hz(),
    windowSamples: runtime.page_window_samples(),
    hopSamples: runtime.page_hop_samples(),
    thresholds: Array.from({ length: runtime.page_class_count() }, (_, c) => runtime.page_threshold(c)),
    memoryBytes: runtime.memory.buffer.byteLength,
  });
};

// Results of the window that ends after `end` samples.
const windowAt = (end) => {
  const classes = runtime.page_class_count();
  const scores = new Float32Array(classes);
  const means = new Float32Array(classes);
  for (let c = 0; c < classes; ++c) {
    scores[c] = runtime.page_score(c);
    means[c] = runtime.page_mean(c);
  }
  const detected = runtime.page_detected_class();
  return { end, scores, means, detected, detectedScore: detected < 0 ? 0 : runtime.page_detected_score() };
};

// Runs the model on `pcm`. `first`: position of its first sample in the session.
const push = (pcm, first) => {
  const windows = [];
  const capacity = runtime.page_block_samples();
  const begin = performance.now();
  for (let at = 0; at < pcm.length; at += capacity) {
    const part = pcm.subarray(at, at + capacity);
    new Int16Array(runtime.memory.buffer, runtime.page_block(), capacity).set(part);
    for (let from = 0; from < part.length; ) {
      const taken = runtime.page_push(from, part.length);
      from += Math.abs(taken);
      if (taken < 0) windows.push(windowAt(first + at + from));
    }
  }
  busy.ms += performance.now() - begin;
  busy.samples += pcm.length;
  return windows;
};

onmessage = async ({ data }) => {
  try {
    if (data.kind === "start") {
      await start(data);
    } else if (data.kind === "session") {
      runtime.page_reset();
      session = data.number;
      pushed = 0;
      busy = { samples: 0, ms: 0 };
    } else if (data.kind === "threshold") {
      runtime.page_set_threshold(data.index, data.level);
    } else if (data.kind === "pcm") {
      const windows = push(data.pcm, pushed);
      pushed += data.pcm.length;
      postMessage({ kind: "windows", session, windows, samples: pushed, busy });
    }
  } catch (error) {
    postMessage({ kind: "failed", why: error.message });
  }
};
