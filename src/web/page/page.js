// SPDX-License-Identifier: Apache-2.0
// The page: where sound comes from, and what is shown of it. engine.js computes.
"use strict";

const byId = (id) => document.getElementById(id);
const facts = JSON.parse(byId("facts").textContent);

const bytesOf = (id) => Uint8Array.from(atob(byId(id).textContent.trim()), (letter) => letter.charCodeAt(0)).buffer;
const scriptUrl = (id) => URL.createObjectURL(new Blob([byId(id).textContent], { type: "text/javascript" }));

const complain = (text) => {
  byId("complaint").textContent = text;
  byId("complaint").hidden = text === "";
};
const say = (text) => (byId("state").textContent = text);

// ---- One session per file, or from one press of the button to the next ----
const kKeptSeconds = 120; // of a microphone
const session = { number: 0, name: "", windows: [], detections: [], blocks: [], samples: 0, done: 0, dropped: 0 };
let ready = null; // what the engine said when it was ready
let engine = null;

const beginSession = (name) => {
  Object.assign(session, { name, windows: [], detections: [], blocks: [], samples: 0, done: 0, dropped: 0 });
  session.number += 1;
  engine.postMessage({ kind: "reset" });
  byId("detections").tBodies[0].replaceChildren();
  byId("none").hidden = false;
  byId("save-sound").disabled = byId("save-scores").disabled = true;
};

const listenTo = (pcm, last) => {
  session.blocks.push(pcm);
  session.samples += pcm.length;
  const most = kKeptSeconds * ready.rate;
  while (session.blocks.length > 1 && session.samples - session.dropped - session.blocks[0].length > most) {
    session.dropped += session.blocks.shift().length;
  }
  engine.postMessage({ kind: "pcm", session: session.number, pcm, last });
};

// ---- Scores ----
const rows = facts.labels.map((label, c) => {
  const row = byId("scores").tBodies[0].insertRow();
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = label;
  const canvas = document.createElement("canvas");
  const value = document.createElement("td");
  value.className = "n";
  value.textContent = "–";
  row.append(head);
  row.insertCell().append(canvas);
  row.append(value);
  return { row, canvas, value, index: c };
});

byId("scores").classList.toggle("many", rows.length > 12);

const timeText = (samples) => {
  const seconds = samples / ready.rate;
  return `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;
};

// The means of one class over time, the threshold as a line and detections as dots.
const drawRow = ({ canvas, index }, begin, end, colours) => {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const paint = canvas.getContext("2d");
  paint.clearRect(0, 0, width, height);
  const x = (sample) => ((sample - begin) / (end - begin)) * width;
  const y = (level) => height - 1 - level * (height - 2);
  const threshold = thresholds[index];
  if (threshold <= 1) {
    paint.fillStyle = colours.rule;
    paint.fillRect(0, y(threshold), width, scale);
  }
  paint.fillStyle = colours.accent;
  const wide = Math.max((ready.hopSamples / (end - begin)) * width, scale);
  for (const { end: at, means } of session.windows) {
    if (at > begin) paint.fillRect(x(at) - wide, y(means[index]), Math.ceil(wide), height - y(means[index]));
  }
  paint.fillStyle = colours.text;
  for (const found of session.detections) {
    if (found.detected !== index || found.end <= begin) continue;
    paint.beginPath();
    paint.arc(Math.min(x(found.end), width - 3 * scale), 4 * scale, 3 * scale, 0, 7);
    paint.fill();
  }
};

// The latest means; of a file, the highest.
const shownLevels = () => {
  if (session.windows.length === 0) return [];
  if (microphone !== null) return Array.from(session.windows.at(-1).means);
  return facts.labels.map((_, c) => session.windows.reduce((most, { means }) => Math.max(most, means[c]), 0));
};

let drawing = false;
const draw = () => {
  drawing = false;
  if (ready === null) return;
  const style = getComputedStyle(document.documentElement);
  const colours = Object.fromEntries(["accent", "rule", "text"].map((n) => [n, style.getPropertyValue(`--${n}`)]));
  const shown = microphone === null ? Math.max(session.samples, ready.windowSamples) : 20 * ready.rate;
  const end = Math.max(session.samples, shown);
  const levels = shownLevels();
  const most = levels.indexOf(Math.max(...levels));
  for (const row of rows) {
    drawRow(row, end - shown, end, colours);
    row.value.textContent = levels.length === 0 ? "–" : levels[row.index].toFixed(2);
    row.row.classList.toggle("most", row.index === most);
  }
};
const drawSoon = () => {
  if (!drawing) requestAnimationFrame(draw);
  drawing = true;
};

const showDetection = (found) => {
  const row = byId("detections").tBodies[0].insertRow(0);
  for (const text of [timeText(found.end), facts.labels[found.detected], found.detectedScore.toFixed(3)]) {
    row.insertCell().textContent = text;
  }
  row.cells[0].className = row.cells[2].className = "n";
  byId("none").hidden = true;
};

const showSpeed = (busy) => {
  if (busy.ms === 0 || busy.samples === 0) return;
  const factor = ((busy.samples / ready.rate) * 1000) / busy.ms;
  const hopMs = (1000 * ready.hopSamples) / ready.rate;
  byId("speed").textContent = `${factor.toFixed(factor < 10 ? 1 : 0)} × (${(hopMs / factor).toFixed(2)} ms for ${hopMs.toFixed(0)} ms of sound)`;
};

const onWindows = ({ session: number, windows, samples, busy, last }) => {
  if (number !== session.number) return; // of a session that is over
  session.done = samples;
  session.windows.push(...windows);
  const most = (kKeptSeconds * ready.rate) / ready.hopSamples;
  if (microphone !== null && session.windows.length > most) session.windows.splice(0, session.windows.length - most);
  for (const found of windows) {
    if (found.detected < 0) continue;
    session.detections.push(found);
    showDetection(found);
  }
  byId("save-sound").disabled = byId("save-scores").disabled = session.windows.length === 0;
  showSpeed(busy);
  drawSoon();
  if (last) endFile();
};

// ---- Files ----
const endFile = () => {
  const seconds = (session.samples / ready.rate).toFixed(2);
  const scored = session.windows.length;
  const few = `${session.name} is shorter than a window (${seconds} s, expected at least ${(ready.windowSamples / ready.rate).toFixed(2)} s); nothing was scored`;
  say(scored === 0 ? few : `${session.name}: ${seconds} s, ${scored} windows. ${session.exact ? kAsTheyAre : kDecoded}`);
  document.body.dataset.state = "done";
};
const kAsTheyAre = facts.integers
  ? "Samples used unchanged: the scores match those of stapes listen exactly."
  : "Samples used unchanged: the scores match those of stapes listen up to float rounding.";
const kDecoded = "The browser decoded or resampled this file, so scores may differ slightly from those of stapes listen.";

const openFile = async (file) => {
  complain("");
  await closeMicrophone();
  document.body.dataset.state = "working";
  say(`Reading ${file.name}`);
  try {
    const sound = await soundOfFile(file, ready.rate);
    beginSession(file.name);
    session.exact = sound.exact;
    if (sound.pcm.length === 0) throw new Error("it contains no sound");
    // A second at a time, so that scores appear while the rest is computed.
    for (let at = 0; at < sound.pcm.length; at += ready.rate) {
      listenTo(sound.pcm.slice(at, at + ready.rate), at + ready.rate >= sound.pcm.length);
    }
  } catch (error) {
    say("");
    complain(`Cannot read ${file.name}: ${error.message || "this browser does not know its format"}. Choose a sound file, such as WAV, FLAC or MP3.`);
    document.body.dataset.state = "failed";
  }
};

// ---- The microphone ----
let microphone = null;

const closeMicrophone = async () => {
  if (microphone === null) return;
  const { stream, context } = microphone;
  microphone = null;
  for (const track of stream.getTracks()) track.stop();
  await context.close();
  byId("listen").textContent = "Listen to the microphone";
  say("");
  drawSoon();
};

// If the model is slower than the sound, samples are dropped, and no window spans the gap.
const kMostBehindSeconds = 2;
const takeBlock = (samples) => {
  if (session.samples - session.done > kMostBehindSeconds * ready.rate) {
    engine.postMessage({ kind: "gap" });
    complain("This machine cannot keep up with the microphone: sound is lost. Close other programs, or use a smaller model.");
    return;
  }
  listenTo(pcmOf(samples), false);
};

const refusals = {
  NotAllowedError: "The browser blocks the microphone for this page. Allow it in the site settings next to the address and press the button again, or drop a sound file.",
  NotFoundError: "No microphone found. Connect one and press the button again, or drop a sound file.",
  NotReadableError: "The microphone cannot be opened; another program may be using it. Close that program and press the button again, or drop a sound file.",
  NotSupportedError: "This browser cannot resample its microphone to the model's rate. Use a browser that can, such as Chromium, or drop a sound file.",
};

const openMicrophone = async () => {
  complain("");
  if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode) {
    complain("This browser does not allow the microphone on a page opened this way. Serve the page over https or from localhost, or drop a sound file.");
    return;
  }
  let stream = null;
  let context = null;
  try {
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
    stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
    context = new AudioContext({ sampleRate: ready.rate });
    // As data: Chromium loads no blob into the worklet of a page that was opened as a file.
    await context.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(byId("microphone-script").textContent)}`);
    const node = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    const opened = { stream, context };
    node.port.onmessage = ({ data }) => {
      if (microphone === opened) takeBlock(data);
    };
    microphone = opened;
    beginSession("microphone");
    context.createMediaStreamSource(stream).connect(node);
    await context.resume();
    const own = stream.getAudioTracks()[0].getSettings().sampleRate;
    const from = own === undefined ? "" : ` from ${own} Hz`;
    say(own === ready.rate ? "Listening." : `Listening; the browser resamples the microphone${from} to ${ready.rate} Hz.`);
    byId("listen").textContent = "Stop";
    stream.getAudioTracks()[0].onended = () => {
      closeMicrophone();
      complain("The microphone was disconnected. Connect it and press the button again.");
    };
  } catch (error) {
    microphone = null;
    stream?.getTracks().forEach((track) => track.stop());
    context?.close();
    say("");
    complain(refusals[error.name] ?? `Cannot open the microphone: ${error.message}`);
  }
};

// ---- Saving ----
const save = (blob, name) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
};

const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
const scoresCsv = () => {
  const head = ["sample", "seconds", ...facts.labels.map(quoted), "detected"].join(",");
  const lines = session.windows.map(({ end, scores, detected }) =>
    [end, end / ready.rate, ...scores, detected < 0 ? "" : quoted(facts.labels[detected])].join(",")
  );
  return [head, ...lines, ""].join("\n");
};

// ---- Thresholds ----
let thresholds = [];
const setThreshold = (level) => {
  byId("level").textContent = level.toFixed(2);
  thresholds = thresholds.map((now, index) => {
    if (now > 1) return now; // off in the model
    engine.postMessage({ kind: "threshold", index, level });
    return level;
  });
  drawSoon();
};

// ---- Start ----
const startPage = (message) => {
  ready = message;
  thresholds = message.thresholds;
  const lowest = Math.min(...thresholds);
  byId("threshold").value = lowest;
  byId("level").textContent = thresholds.every((t) => t === lowest || t > 1) ? lowest.toFixed(2) : "per class, from the model";
  byId("memory").textContent = `${(message.memoryBytes / 1e3).toFixed(0)} KB`;
  for (const id of ["listen", "choose", "threshold"]) byId(id).disabled = false;
  say("");
  document.body.dataset.state = "ready";
  drawSoon();
};

const fail = (why) => {
  say("");
  complain(why);
  document.body.dataset.state = "failed";
};

const onEngine = ({ data }) => {
  if (data.kind === "ready") startPage(data);
  if (data.kind === "windows") onWindows(data);
  if (data.kind === "failed") fail(`This page cannot run: ${data.why}`);
};

const startEngine = () => {
  if (typeof WebAssembly !== "object" || typeof Worker !== "function") {
    return fail("This browser has no WebAssembly. Use a browser from 2023 or later.");
  }
  const module = bytesOf("module");
  if (!WebAssembly.validate(module)) {
    return fail("This browser cannot run this page: its WebAssembly has no SIMD. Use a browser from 2023 or later.");
  }
  engine = new Worker(scriptUrl("engine-script"));
  engine.onmessage = onEngine;
  engine.onerror = (event) => fail(`This page cannot run: ${event.message ?? "its worker did not start"}`);
  engine.postMessage({ kind: "start", module, model: bytesOf("model"), classes: facts.labels.length });
};

byId("listen").addEventListener("click", () => (microphone === null ? openMicrophone() : closeMicrophone()));
byId("choose").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", ({ target }) => target.files.length > 0 && openFile(target.files[0]));
byId("threshold").addEventListener("input", ({ target }) => setThreshold(Number(target.value)));
byId("save-sound").addEventListener("click", () => save(wavFile(session.blocks, ready.rate), "heard.wav"));
byId("save-scores").addEventListener("click", () => save(new Blob([scoresCsv()], { type: "text/csv" }), "scores.csv"));
window.addEventListener("resize", drawSoon);
window.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
window.addEventListener("dragleave", (event) => event.relatedTarget === null && document.body.classList.remove("dropping"));
window.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  if (ready !== null && event.dataTransfer.files.length > 0) openFile(event.dataTransfer.files[0]);
});
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawSoon);

startEngine();
