// SPDX-License-Identifier: Apache-2.0
// The page: gets sound and shows the results of engine.js.
"use strict";

const byId = (id) => document.getElementById(id);
const facts = JSON.parse(byId("facts").textContent);

const bytesOf = (id) => Uint8Array.from(atob(byId(id).textContent.trim()), (letter) => letter.charCodeAt(0)).buffer;

const complain = (text) => {
  byId("complaint").textContent = text;
  byId("complaint").hidden = text === "";
};
const say = (text) => (byId("state").textContent = text);

// ---- Sessions: one per file or microphone recording ----
const kKeptSeconds = 120; // for a microphone; files are kept in full
const emptySession = () => ({
  name: "", live: false, pcm: null, exact: false, late: false, samples: 0, sent: 0, done: 0,
  blocks: [], windows: [], columns: [], highest: facts.labels.map(() => 0),
});
const session = { number: 0, ...emptySession() };
let ready = null; // the "ready" message of the engine
let engine = null;
let wanted = 0; // counts requests for a file, the microphone or silence; a new one cancels those pending

// `live`: from a microphone. `pcm`: a file's samples. `samples`: a file's length, or the number received from a
// microphone.
const beginSession = (source) => {
  Object.assign(session, emptySession(), source, { number: session.number + 1 });
  engine.postMessage({ kind: "session", number: session.number });
  byId("detections").tBodies[0].replaceChildren();
  byId("none").hidden = false;
  byId("older").hidden = true;
  byId("save-sound").disabled = byId("save-scores").disabled = true;
};

// The last kKeptSeconds of a live session, in items of `each` samples.
const kept = (list, each) => (session.live ? list.slice(-Math.ceil((kKeptSeconds * ready.rate) / each)) : list);

// Trims a live session's list only at twice the kept length. Shifting it for every item would take quadratic time.
const keep = (list, item, each) => {
  list.push(item);
  const most = Math.ceil((kKeptSeconds * ready.rate) / each);
  if (session.live && list.length > 2 * most) list.splice(0, list.length - most);
};

const listenTo = (pcm) => {
  keep(session.blocks, pcm, pcm.length);
  session.samples += pcm.length;
  engine.postMessage({ kind: "pcm", pcm });
};

// Sends a file in pieces, a few seconds ahead, so that a new session can begin at once.
const kAheadSeconds = 4;
const feedFile = () => {
  while (session.sent < session.samples && session.sent - session.done < kAheadSeconds * ready.rate) {
    const pcm = session.pcm.slice(session.sent, session.sent + ready.rate);
    session.sent += pcm.length;
    engine.postMessage({ kind: "pcm", pcm }, [pcm.buffer]);
  }
};

// ---- Scores ----
const rows = facts.labels.map((label, c) => {
  const row = byId("scores").tBodies[0].insertRow();
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = head.title = label;
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

// Columns of a file's chart, each with the highest means in its part of the file.
const kColumns = 1000;
const addToColumn = ({ end, means, detected }) => {
  const place = Math.floor((end / session.samples) * kColumns);
  let column = session.columns.at(-1);
  if (column?.place !== place) {
    column = { place, end, means: facts.labels.map(() => 0), detections: [] };
    session.columns.push(column);
  }
  column.end = end;
  means.forEach((mean, c) => (column.means[c] = Math.max(column.means[c], mean)));
  means.forEach((mean, c) => (session.highest[c] = Math.max(session.highest[c], mean)));
  if (detected >= 0 && !column.detections.includes(detected)) column.detections.push(detected);
};

// Items to draw from sample `begin`, and their width in samples.
const itemsFrom = (begin) => {
  const { hopSamples } = ready;
  const columnSamples = session.samples / kColumns;
  // The last window of a column may end up to a hop before the column does.
  const wide = columnSamples > hopSamples ? columnSamples + hopSamples : hopSamples;
  if (!session.live) return { items: session.columns, each: wide };
  let first = session.windows.length;
  while (first > 0 && session.windows[first - 1].end > begin) first -= 1;
  return { items: session.windows.slice(first), each: hopSamples };
};

// The means of one class over time, the threshold as a line and detections as dots.
const drawRow = ({ canvas, index }, begin, end, { items, each }, colors) => {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const paint = canvas.getContext("2d");
  paint.clearRect(0, 0, width, height);
  const x = (sample) => ((sample - begin) / (end - begin)) * width;
  const y = (level) => height - 1 - level * (height - 2);
  const threshold = thresholds[index];
  if (threshold <= 1) {
    paint.fillStyle = colors.rule;
    paint.fillRect(0, y(threshold), width, scale);
  }
  paint.fillStyle = colors.accent;
  const wide = Math.max((each / (end - begin)) * width, scale);
  for (const { end: at, means } of items) {
    const left = Math.floor(x(at) - wide); // whole pixels, to avoid seams
    paint.fillRect(left, y(means[index]), Math.ceil(x(at)) - left, height - y(means[index]));
  }
  paint.fillStyle = colors.text;
  for (const { end: at, detections } of items) {
    if (!detections.includes(index)) continue;
    paint.beginPath();
    paint.arc(Math.min(x(at), width - 3 * scale), 4 * scale, 3 * scale, 0, 7);
    paint.fill();
  }
};

// The latest means; for a file, the highest.
const shownLevels = () => {
  if (session.windows.length === 0) return [];
  return session.live ? Array.from(session.windows.at(-1).means) : session.highest;
};

// Latest samples to draw: all of a file, 20 s of a running microphone, or all kept ones once it has stopped.
const shownSamples = () => {
  if (microphone !== null) return 20 * ready.rate;
  const most = session.live ? kKeptSeconds * ready.rate : Infinity;
  return Math.max(Math.min(session.samples, most), ready.windowSamples);
};

let drawing = false;
const draw = () => {
  drawing = false;
  if (ready === null) return;
  const style = getComputedStyle(document.documentElement);
  const colors = Object.fromEntries(["accent", "rule", "text"].map((n) => [n, style.getPropertyValue(`--${n}`)]));
  const shown = shownSamples();
  const end = Math.max(session.samples, shown);
  const drawn = itemsFrom(end - shown);
  const levels = shownLevels();
  const most = levels.indexOf(Math.max(...levels));
  for (const row of rows) {
    drawRow(row, end - shown, end, drawn, colors);
    row.value.textContent = levels.length === 0 ? "–" : levels[row.index].toFixed(2);
    row.row.classList.toggle("most", row.index === most);
  }
};
const drawSoon = () => {
  if (!drawing) requestAnimationFrame(draw);
  drawing = true;
};

// Browsers lay out the whole table for each new row.
const kMaxListed = 1000;
const showDetection = (found) => {
  const list = byId("detections").tBodies[0];
  const row = list.insertRow(0);
  for (const text of [timeText(found.end), facts.labels[found.detected], found.detectedScore.toFixed(3)]) {
    row.insertCell().textContent = text;
  }
  row.cells[0].className = row.cells[2].className = "n";
  byId("none").hidden = true;
  if (list.rows.length <= kMaxListed) return;
  list.deleteRow(-1);
  byId("older").hidden = false;
};

const showSpeed = (busy) => {
  if (busy.ms === 0 || busy.samples === 0) return;
  const factor = ((busy.samples / ready.rate) * 1000) / busy.ms;
  const hopMs = (1000 * ready.hopSamples) / ready.rate;
  byId("speed").textContent = `${factor.toFixed(factor < 10 ? 1 : 0)} × (${(hopMs / factor).toFixed(2)} ms for ${hopMs.toFixed(0)} ms of sound)`;
};

const onWindows = ({ session: number, windows, samples, busy }) => {
  if (number !== session.number) return; // from an earlier session
  session.done = samples;
  for (const found of windows) {
    keep(session.windows, { ...found, detections: found.detected < 0 ? [] : [found.detected] }, ready.hopSamples);
    if (!session.live) addToColumn(found);
    if (found.detected >= 0) showDetection(found);
  }
  byId("save-sound").disabled = byId("save-scores").disabled = session.windows.length === 0;
  showSpeed(busy);
  drawSoon();
  if (session.live) return;
  feedFile();
  if (session.done === session.samples) endFile();
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
  if (engine === null) return; // the page has failed
  complain("");
  const mine = silence();
  const showReading = () => {
    document.body.dataset.state = "working";
    say(`Reading ${file.name}`);
  };
  showReading();
  try {
    const sound = await soundOfFile(file, ready.rate);
    if (mine !== wanted) return;
    if (sound.pcm.length === 0) throw new Error("it contains no sound");
    showReading(); // again: the previous file may have ended meanwhile
    beginSession({ name: file.name, samples: sound.pcm.length, ...sound });
    feedFile();
  } catch (error) {
    if (mine !== wanted) return;
    say("");
    complain(`Cannot read ${file.name}: ${error.message || "this browser does not know its format"}. Choose a sound file, such as WAV, FLAC or MP3.`);
    document.body.dataset.state = "failed";
  }
};

// ---- The microphone ----
let microphone = null;

const release = (opened) => {
  opened.stream?.getTracks().forEach((track) => track.stop());
  opened.context?.close();
  opened.stream = opened.context = null;
};

const closeMicrophone = () => {
  if (microphone === null) return;
  release(microphone);
  microphone = null;
  byId("listen").textContent = "Listen to the microphone";
  say("");
  drawSoon();
};

// Stops the microphone and cancels pending requests. Returns the number of this request.
const silence = () => {
  wanted += 1;
  closeMicrophone();
  byId("listen").disabled = false;
  return wanted;
};

const listenLive = () => beginSession({ name: "microphone", live: true });

// If the model is too slow, sound is dropped until it has caught up. Then a new session begins, because no window may
// span the gap. The limit includes one window, so that a slow model completes its first.
const kMaxBehindSeconds = 2;
const takeBlock = (samples) => {
  const behind = session.samples - session.done;
  if (!session.late && behind > kMaxBehindSeconds * ready.rate + ready.windowSamples) {
    session.late = true;
    complain("This machine cannot keep up with the microphone: sound is lost, and the scores restart after each gap. Close other programs, or use a smaller model.");
  }
  if (session.late) {
    if (behind > 0) return;
    listenLive();
  }
  listenTo(pcmOf(samples));
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
  const mine = silence();
  byId("listen").disabled = true;
  const opened = { stream: null, context: null };
  try {
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
    const stream = (opened.stream = await navigator.mediaDevices.getUserMedia({ audio: plain }));
    if (mine !== wanted) return;
    const context = (opened.context = new AudioContext({ sampleRate: ready.rate }));
    // A data URL: Chromium does not load blobs into the worklet of a page opened as a file.
    await context.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(byId("microphone-script").textContent)}`);
    if (mine !== wanted) return;
    const node = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    context.createMediaStreamSource(stream).connect(node);
    node.port.onmessage = ({ data }) => {
      if (microphone === opened) takeBlock(data);
    };
    microphone = opened;
    listenLive();
    byId("listen").textContent = "Stop";
    byId("listen").disabled = false;
    stream.getAudioTracks()[0].onended = () => {
      if (microphone !== opened) return;
      silence();
      complain("The microphone was disconnected. Connect it and press the button again.");
    };
    await context.resume();
    if (mine !== wanted) return;
    const own = stream.getAudioTracks()[0].getSettings().sampleRate;
    const from = own === undefined ? "" : ` from ${own} Hz`;
    say(own === ready.rate ? "Listening." : `Listening; the browser resamples the microphone${from} to ${ready.rate} Hz.`);
  } catch (error) {
    if (mine !== wanted) return;
    silence();
    say("");
    complain(refusals[error.name] ?? `Cannot open the microphone: ${error.message}`);
  } finally {
    if (microphone !== opened) release(opened);
  }
};

// ---- Saving ----
const save = (blob, name) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the download has begun by then
};

const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
const heardWav = () => {
  const blocks = session.live ? kept(session.blocks, session.blocks[0].length) : [session.pcm];
  return wavFile(blocks, ready.rate);
};
const scoresCsv = () => {
  const head = ["sample", "seconds", ...facts.labels.map(quoted), "detected"].join(",");
  const lines = kept(session.windows, ready.hopSamples).map(({ end, scores, detected }) =>
    [end, end / ready.rate, ...scores, detected < 0 ? "" : quoted(facts.labels[detected])].join(",")
  );
  return [head, ...lines, ""].join("\n");
};

// ---- Thresholds ----
const kNever = 2; // a threshold that turns the class off
let thresholds = [];

// Sets all classes that are not off in the model. No mean reaches 1, so 1 on the slider means off.
const setThreshold = (wish) => {
  const level = wish < 1 ? wish : kNever;
  byId("level").textContent = wish < 1 ? wish.toFixed(2) : "off";
  thresholds = thresholds.map((now, index) => {
    if (ready.thresholds[index] > 1) return now;
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
  const one = lowest > 1 ? "off" : lowest.toFixed(2);
  byId("level").textContent = thresholds.every((t) => t === lowest || t > 1) ? one : "per class, from the model";
  byId("memory").textContent = `${(message.memoryBytes / 1e3).toFixed(0)} KB`;
  for (const id of ["listen", "choose", "threshold"]) byId(id).disabled = false;
  byId("threshold").disabled = lowest > 1;
  say("");
  document.body.dataset.state = "ready";
  drawSoon();
};

// Final: stops the microphone and the engine, and disables the controls.
const fail = (why) => {
  silence();
  engine?.terminate();
  engine = null;
  for (const id of ["listen", "choose", "threshold"]) byId(id).disabled = true;
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
  const script = URL.createObjectURL(new Blob([byId("engine-script").textContent], { type: "text/javascript" }));
  engine = new Worker(script);
  engine.onmessage = onEngine;
  engine.addEventListener("message", () => URL.revokeObjectURL(script), { once: true });
  engine.onerror = (event) => fail(`This page cannot run: ${event.message ?? "its worker did not start"}`);
  engine.postMessage({ kind: "start", module, model: bytesOf("model") });
};

byId("listen").addEventListener("click", () => (microphone === null ? openMicrophone() : silence()));
byId("choose").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", ({ target }) => {
  const [file] = target.files;
  target.value = ""; // otherwise, choosing the same file again changes nothing
  if (file !== undefined) openFile(file);
});
byId("threshold").addEventListener("input", ({ target }) => setThreshold(Number(target.value)));
byId("save-sound").addEventListener("click", () => save(heardWav(), "heard.wav"));
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
