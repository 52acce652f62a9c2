// SPDX-License-Identifier: Apache-2.0
// An AudioWorklet that passes on microphone samples in blocks of 1024.
"use strict";

registerProcessor(
  "microphone",
  class extends AudioWorkletProcessor {
    constructor() {
      super();
      this.block = new Float32Array(1024);
      this.filled = 0;
    }
    process([input]) {
      if (input.length === 0) return true;
      for (const sample of input[0]) {
        this.block[this.filled++] = sample;
        if (this.filled === this.block.length) {
          this.port.postMessage(this.block.slice());
          this.filled = 0;
        }
      }
      return true;
    }
  }
);
