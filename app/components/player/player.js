// Rows on one time axis, a playhead over all of them, and the sounds that can be heard along it.
//
// Streamlit calls the default export at first and whenever its data or the theme change, always with
// the same parentElement; what it returns is called when the element goes. Sounds are int16 WAV
// files: their samples are read directly, so that what is played is what was sent, bit for bit.

const FADE = 0.008; // s; starting or stopping at once would click
const DRAG = 4; // px; less is a click
const START = "wam-player-start"; // on window: another player has started
const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",
  loop: "M3 7.5A4 4 0 0 1 7 4h3.5V1.7L14 4.750 10.5 7.8V5.5H7a2.5 2.5 0 0 0-2.5 2zM13 8.5A4 4 0 0 1 9 12H5.5v2.3L2 11.250 5.5 8.2v2.3H9a2.5 2.5 0 0 0 2.5-2z",
  clear: "M4.2 3 8 6.8 11.8 3 13 4.2 9.2 8 13 11.8 11.8 13 8 9.2 4.2 13 3 11.8 6.8 8 3 4.2z",
};

const players = new WeakMap(); // parentElement → its player
const remembered = new Map(); // key → what was chosen; outlives the element
let context; // one AudioContext for the page, made by the first click

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".player");
  if (!players.has(parentElement)) players.set(parentElement, new Player(root));
  players.get(parentElement).show(data, setStateValue);
  // A call that a newer one overtook is cleaned up as well, while the element stays.
  return () =>
    setTimeout(() => {
      if (root.isConnected) return;
      players.get(parentElement)?.close();
      players.delete(parentElement);
    });
}

class Player {
  constructor(root) {
    this.root = root;
    this.data = null;
    this.position = 0; // s; while paused
    this.source = null; // the name of a track, or "bands"
    this.muted = new Set();
    this.solo = new Set();
    this.region = null; // [start, end] in s
    this.loop = false;
    this.files = new Map(); // url → promise of {rate, samples}
    this.buffers = new Map(); // urls of what is added up → {buffer, sum}
    this.wanted = false; // whether it is to play; it may have to be fetched first
    this.node = null; // what is playing
    this.request = 0; // counts starts and stops: only the newest may play
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.elsewhere = (event) => event.detail !== this && this.pause();
    this.medium = () => this.pause();
    window.addEventListener(START, this.elsewhere);
    document.addEventListener("play", this.medium, true);
    this.sizes = new ResizeObserver(() => this.draw());
    root.addEventListener("keydown", (event) => this.press(event));
  }

  // --- what Streamlit says ------------------------------------------------------------------

  show(data, setStateValue) {
    const before = this.data;
    this.data = data;
    this.setStateValue = setStateValue;
    if (!before) this.recall();
    if (before && before.duration !== data.duration) {
      this.pause();
      [this.position, this.region, this.loop] = [0, null, false];
    }
    const names = data.tracks.map((track) => track.name);
    this.bands = data.tracks.filter((track) => track.group === "band");
    const sources = data.tracks.filter((track) => track.group === "whole").map((t) => t.name);
    if (this.bands.length) sources.push("bands");
    if (!sources.includes(this.source)) this.source = sources[0] ?? null;
    this.muted = new Set([...this.muted].filter((name) => names.includes(name)));
    this.solo = new Set([...this.solo].filter((name) => names.includes(name)));
    const asked = JSON.stringify(data.active);
    if (asked !== this.asked) {
      this.asked = asked;
      if (data.active) {
        this.solo.clear();
        this.muted = new Set(this.bands.map((b) => b.name).filter((n) => !data.active.includes(n)));
      }
    }
    const urls = new Set(data.tracks.map((track) => track.url));
    for (const url of this.files.keys()) if (!urls.has(url)) this.files.delete(url);
    for (const key of this.buffers.keys())
      if (!key.split(" ").every((url) => urls.has(url))) this.buffers.delete(key);

    const shape = ({ version, duration, tracks }) =>
      JSON.stringify([version, duration, tracks.map(({ url, ...rest }) => rest)]);
    if (!before || shape(before) !== shape(data)) this.build();
    this.gain.textContent =
      data.gain === null ? "" : `gain ${signed(data.gain)} dB, the same for every sound`;
    this.draw();
    this.mark();
    if (this.wanted && this.key() !== this.playing) this.start();
  }

  close() {
    remembered.set(this.data.key, this.choice());
    this.pause();
    this.sizes.disconnect();
    window.removeEventListener(START, this.elsewhere);
    document.removeEventListener("play", this.medium, true);
  }

  choice() {
    const { source, muted, solo, region, loop, asked } = this;
    return { source, muted, solo, region, loop, asked, position: this.now(),
             duration: this.data.duration };
  }

  recall() {
    const last = remembered.get(this.data.key);
    if (last?.duration === this.data.duration) Object.assign(this, last);
  }

  report() {
    if (!this.data.tell) return;
    const heard = {
      source: this.source,
      bands: this.active().map((band) => band.name),
      region: this.region,
    };
    const told = JSON.stringify(heard);
    if (told !== this.told) this.setStateValue("heard", heard);
    this.told = told;
  }

  // --- sound ----------------------------------------------------------------------------------

  active() {
    return this.bands.filter(
      ({ name }) => !this.muted.has(name) && (!this.solo.size || this.solo.has(name)),
    );
  }

  heard() {
    return this.source === "bands"
      ? this.active()
      : this.data.tracks.filter((track) => track.name === this.source);
  }

  key() {
    return this.heard().map((track) => track.url).join(" ");
  }

  file(url) {
    if (!this.files.has(url)) {
      const file = fetch(url).then(async (answer) => {
        if (!answer.ok) throw new Error(`${answer.status}`);
        return samplesOf(await answer.arrayBuffer());
      });
      file.catch(() => this.files.delete(url)); // asked for again next time
      this.files.set(url, file);
    }
    return this.files.get(url);
  }

  // The buffer of what is chosen, and the checksum of that very buffer.
  async buffer(key) {
    if (!this.buffers.has(key)) {
      const all = this.data.tracks; // where every band is muted, any file tells rate and length
      const files = await Promise.all((key ? key.split(" ") : [all[0].url]).map((u) => this.file(u)));
      const [{ rate, samples }] = files;
      const sum = new Int32Array(samples.length);
      if (key) for (const { samples } of files) samples.forEach((v, i) => { sum[i] += v; });
      const buffer = context.createBuffer(1, Math.max(1, sum.length), rate);
      const channel = buffer.getChannelData(0);
      sum.forEach((v, i) => { channel[i] = Math.max(-32768, Math.min(32767, v)) / 32768; });
      for (const old of this.buffers.keys()) {
        if (this.buffers.size < 6) break;
        this.buffers.delete(old);
      }
      this.buffers.set(key, { buffer, sum: checksum(channel) });
    }
    return this.buffers.get(key);
  }

  async start() {
    const request = ++this.request;
    this.wanted = true;
    context ??= new AudioContext();
    const key = this.key();
    if (!this.buffers.has(key)) this.say("Fetching the sound …");
    this.mark();
    let found;
    try {
      [found] = await Promise.all([this.buffer(key), context.resume()]);
    } catch {
      if (request === this.request) {
        this.pause();
        this.say("The sound could not be fetched. Reload the page, or choose the input again.");
      }
      return;
    }
    if (request !== this.request) return;
    this.say("");
    window.dispatchEvent(new CustomEvent(START, { detail: this }));
    for (const medium of document.querySelectorAll("audio, video")) medium.pause();
    this.position = this.now();
    this.release();
    const [from, to] = this.span();
    if (this.position < from || this.position >= to - 1e-3) this.position = from;
    const node = context.createBufferSource();
    const volume = context.createGain();
    node.buffer = found.buffer;
    [node.loop, node.loopStart, node.loopEnd] = [this.loop, from, to];
    const now = context.currentTime;
    volume.gain.setValueAtTime(0, now);
    volume.gain.linearRampToValueAtTime(1, now + FADE);
    node.connect(volume).connect(context.destination);
    node.onended = () => {
      if (this.node !== node) return;
      [this.node, this.wanted] = [null, false];
      this.position = this.data.duration;
      this.mark();
    };
    node.start(now, this.position);
    [this.node, this.volume, this.at, this.playing] = [node, volume, now, key];
    this.root.dataset.mix = found.sum;
    this.mark();
    this.tick();
  }

  release() {
    if (!this.node) return;
    const [node, now] = [this.node, context.currentTime];
    this.node = null;
    this.volume.gain.setValueAtTime(1, now);
    this.volume.gain.linearRampToValueAtTime(0, now + FADE);
    node.stop(now + FADE);
  }

  pause() {
    if (!this.wanted) return;
    this.request++;
    this.wanted = false;
    this.position = this.now();
    this.release();
    this.say("");
    this.mark();
  }

  toggle() {
    if (!this.source) return;
    if (this.wanted) this.pause();
    else this.start();
  }

  // The part that is played: the looped one, or all.
  span() {
    return (this.loop && this.region) || [0, this.data.duration];
  }

  now() {
    if (!this.node) return this.position;
    const time = this.position + Math.max(0, context.currentTime - this.at);
    const [from, to] = this.span();
    return this.loop && time >= to
      ? from + ((time - from) % (to - from))
      : Math.min(time, this.data.duration);
  }

  tick() {
    if (!this.node) return;
    if (!this.root.isConnected) return this.pause();
    this.place();
    if (this.still.matches) setTimeout(() => this.tick(), 250);
    else requestAnimationFrame(() => this.tick());
  }

  // --- choices --------------------------------------------------------------------------------

  // A change of what is heard, and from where on; the position is kept unless given.
  change(what, position) {
    const key = this.key();
    what();
    this.report();
    if (position !== undefined) {
      this.release();
      this.position = Math.max(0, Math.min(this.data.duration, position));
    }
    // what is heard goes on until the other sound is there, and hands its position over
    if (this.wanted && (position !== undefined || this.key() !== key)) this.start();
    this.mark();
  }

  seek(position) {
    this.change(() => {
      const [from, to] = this.region ?? [0, 0];
      const inside = position >= from && position < to;
      if (this.loop && this.region && !inside) this.loop = false; // who leaves the loop wants to
    }, position);
  }

  select(region) {
    const now = this.now();
    const inside = region && now >= region[0] && now < region[1];
    this.change(() => {
      this.region = region;
      this.loop = region !== null;
    }, inside || !region ? now : region[0]);
  }

  mute(name) {
    this.change(() => {
      flip(this.muted, name);
      this.source = "bands";
    });
  }

  alone(name) {
    this.change(() => {
      flip(this.solo, name);
      if (this.solo.has(name)) this.muted.delete(name);
      this.source = "bands";
    });
  }

  press(event) {
    if (!this.source || event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = event.target.closest("button");
    if (onButton && event.key === " ") return; // it presses the button
    const step = Math.max(0.01, this.data.duration / 100) * (event.shiftKey ? 10 : 1);
    const [now, end] = [this.now(), this.data.duration];
    const [from, to] = this.region ?? [0, end];
    const does = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.seek(Math.max(0, now - step)),
      ArrowDown: () => this.seek(Math.max(0, now - step)),
      ArrowRight: () => this.seek(Math.min(end, now + step)),
      ArrowUp: () => this.seek(Math.min(end, now + step)),
      PageDown: () => this.seek(Math.max(0, now - end / 10)),
      PageUp: () => this.seek(Math.min(end, now + end / 10)),
      Home: () => this.seek(0),
      End: () => this.seek(end),
      "[": () => now < to && this.select([now, to]),
      "]": () => now > from && this.select([from, now]),
      Escape: () => this.region && this.select(null),
    }[event.key];
    if (!does) return;
    does();
    event.preventDefault();
    event.stopPropagation();
  }

  // --- what is on the page --------------------------------------------------------------------

  build() {
    const { rows, tracks } = this.data;
    this.sizes.disconnect();
    this.rows = rows.map((row) => drawable(row));
    this.over = this.overlay();
    this.axis = element("div", "axis");
    const stage = element("div", "stage");
    stage.append(...this.rows.map((row) => row.block), this.axis, this.over);
    this.gain = element("span", "gain");
    this.note = element("p", "note");
    this.note.setAttribute("role", "status");
    this.root.replaceChildren(stage);
    if (tracks.length) {
      this.root.append(this.transport(), ...(this.bands.length ? [this.switches()] : []), this.note);
      this.say("");
    }
    this.sizes.observe(stage);
  }

  overlay() {
    const over = element("div", "over");
    [this.before, this.after] = [element("div", "outside"), element("div", "outside")];
    [this.cursor, this.playhead] = [element("div", "cursor"), element("div", "playhead")];
    over.append(this.before, this.after, this.cursor, this.playhead);
    if (this.data.tracks.length) {
      over.tabIndex = 0;
      over.setAttribute("role", "slider");
      over.setAttribute("aria-label", "Position in the sound");
      over.setAttribute("aria-valuemin", "0");
      over.setAttribute("aria-valuemax", this.data.duration.toFixed(2));
    }
    let down = null; // where a click or drag began, in px
    const time = (event) => {
      const { left, width } = over.getBoundingClientRect();
      const share = Math.max(0, Math.min(1, (event.clientX - left) / width));
      return share * this.data.duration;
    };
    const drag = (event) => {
      const ends = [time({ clientX: down }), time(event)].sort((a, b) => a - b);
      return Math.abs(event.clientX - down) > DRAG && ends[1] - ends[0] > 0.005 ? ends : null;
    };
    over.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.source) return;
      over.setPointerCapture(event.pointerId);
      down = event.clientX;
    });
    over.addEventListener("pointermove", (event) => {
      this.point(event);
      if (down !== null && drag(event)) this.outline(drag(event));
    });
    over.addEventListener("pointerup", (event) => {
      if (down === null) return;
      const region = drag(event);
      if (region) this.select(region);
      else this.seek(time(event));
      down = null;
    });
    over.addEventListener("pointercancel", () => {
      down = null;
      this.mark();
    });
    over.addEventListener("pointerleave", () => this.point(null));
    return over;
  }

  transport() {
    const { tracks } = this.data;
    const bar = element("div", "transport");
    this.button = button("play", () => this.toggle());
    this.button.innerHTML = icon("play") + icon("pause");
    this.clock = element("span", "clock");
    this.clock.setAttribute("aria-hidden", "true"); // the slider says it
    const choices = element("div", "sources");
    choices.setAttribute("role", "group");
    choices.setAttribute("aria-label", "What is heard");
    const named = tracks.filter((track) => track.group === "whole");
    this.choices = [...named, ...(this.bands.length ? [{ name: "bands", label: "Bands mix" }] : [])].map(
      ({ name, label }) => {
        const choice = button("source", () => this.change(() => { this.source = name; }), label);
        choice.dataset.name = name;
        return choice;
      },
    );
    choices.append(...this.choices);
    this.looping = button("loop", () => this.change(() => { this.loop = !this.loop; }, this.now()));
    this.looping.innerHTML = icon("loop");
    this.looping.append("Loop");
    this.clear = button("clear", () => this.select(null));
    this.clear.setAttribute("aria-label", "Clear the looped part");
    this.part = element("span", "part");
    this.clear.append(this.part);
    this.clear.insertAdjacentHTML("beforeend", icon("clear"));
    const loop = element("div", "looping");
    loop.append(this.looping, this.clear);
    bar.append(this.button, this.clock, choices, loop, this.gain);
    return bar;
  }

  switches() {
    const block = element("div", "switches");
    const head = element("div", "switches-head");
    this.count = element("span", "count");
    this.all = button("all", () =>
      this.change(() => {
        this.muted.clear();
        this.solo.clear();
        this.source = "bands";
      }), "Hear all");
    head.append(element("b", "", "Bands"), this.count, this.all);
    const list = element("div", "bands");
    this.toggles = this.bands.map(({ name, label, colour }) => {
      const item = element("div", "band");
      item.dataset.name = name;
      const on = button("mute", () => this.mute(name));
      const dot = element("span", "dot");
      if (colour) dot.style.setProperty("--level", colour);
      on.append(dot, element("span", "name", label));
      on.setAttribute("aria-label", `${label} on`);
      const solo = button("solo", () => this.alone(name), "Solo");
      solo.setAttribute("aria-label", `Solo ${label}`);
      solo.title = "Solo: hear this band without the others";
      item.append(on, solo);
      list.append(item);
      return { name, item, on, solo };
    });
    block.append(head, list);
    return block;
  }

  say(text) {
    const plain = "Click to seek, drag to loop a part. Keys: space plays, ← → move, [ ] set the loop.";
    this.note.textContent = text || plain;
  }

  // Everything that shows a choice.
  mark() {
    const { root, over, data } = this;
    root.dataset.state = !this.wanted ? "paused" : this.node ? "playing" : "loading";
    root.dataset.source = this.source ?? "";
    root.dataset.bands = this.active().map((band) => band.name).join(" ");
    this.outline(this.region);
    over.classList.toggle("looped", this.loop);
    if (data.tracks.length) {
      this.button.setAttribute("aria-label", this.wanted ? "Pause" : "Play");
      for (const choice of this.choices) pressed(choice, choice.dataset.name === this.source);
      pressed(this.looping, this.loop);
      this.clear.classList.toggle("none", !this.region);
      this.clear.disabled = !this.region;
      this.part.textContent = this.region
        ? `${this.region[0].toFixed(2)}–${this.region[1].toFixed(2)} s`
        : "0.00–0.00 s";
    }
    if (this.bands.length) {
      const active = new Set(this.active().map((band) => band.name));
      for (const { name, item, on, solo } of this.toggles) {
        pressed(on, !this.muted.has(name));
        pressed(solo, this.solo.has(name));
        item.classList.toggle("silent", !active.has(name));
      }
      this.count.textContent = `${active.size} of ${this.bands.length} in the mix`;
      this.all.disabled = active.size === this.bands.length && !this.solo.size;
    }
    const shown = `${this.source} ${root.dataset.bands}`;
    if (shown !== this.shown) this.draw(); // muted stripes are pale
    this.shown = shown;
    this.place();
    if (data.tracks.length) this.voice();
  }

  // The playhead and the clock.
  place() {
    const [now, end] = [this.now(), this.data.duration];
    this.root.dataset.position = now.toFixed(3);
    this.playhead.style.left = `${(100 * now) / end}%`;
    this.playhead.hidden = !this.data.tracks.length;
    if (!this.clock) return;
    this.clock.textContent = `${clock(now)} / ${clock(end)}`;
    if (this.node && Math.floor(now) !== this.spoken) this.voice();
  }

  // For screen readers: once a second is often enough.
  voice() {
    const now = this.now();
    this.spoken = Math.floor(now);
    this.over.setAttribute("aria-valuenow", now.toFixed(2));
    this.over.setAttribute(
      "aria-valuetext", `${now.toFixed(1)} of ${this.data.duration.toFixed(1)} seconds`,
    );
  }

  outline(region) {
    const end = this.data.duration;
    const [from, to] = region ?? [0, end];
    this.over.classList.toggle("region", region !== null);
    this.before.style.width = `${(100 * from) / end}%`;
    this.after.style.width = `${100 - (100 * to) / end}%`;
  }

  // The value under the pointer, in the heading of its row.
  point(event) {
    const { left, width } = this.over.getBoundingClientRect();
    this.cursor.hidden = !event;
    if (event) this.cursor.style.left = `${event.clientX - left}px`;
    for (const row of this.rows) {
      const box = row.canvas.getBoundingClientRect();
      const hit = event && event.clientY >= box.top && event.clientY < box.bottom;
      const x = hit ? Math.min(0.9999, Math.max(0, (event.clientX - left) / width)) : 0;
      row.block.classList.toggle("pointed", Boolean(hit));
      row.value.textContent = hit
        ? `${digits(x * this.data.duration)} s · ${row.read(x, (event.clientY - box.top) / box.height)}`
        : "";
    }
  }

  draw() {
    const width = this.over.clientWidth;
    if (!width) return; // hidden, in a closed tab for instance
    const style = getComputedStyle(this.root);
    const inks = {
      wave: style.getPropertyValue("--st-primary-color"),
      line: style.getPropertyValue("--st-border-color"),
      page: style.getPropertyValue("--st-background-color"),
    };
    const silent = new Set();
    if (this.source === "bands") {
      const active = this.active();
      for (const band of this.bands) if (!active.includes(band)) silent.add(band.name);
    }
    for (const row of this.rows) row.draw(width, inks, silent);
    this.ticks(width);
  }

  ticks(width) {
    const end = this.data.duration;
    const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600];
    const step = steps.find((s) => (s / end) * width >= Math.max(44, width / 14)) ?? 1200;
    const marks = [];
    for (let i = 0; i * step <= end * (1 + 1e-9); i++) {
      const mark = element("span", "tick", digits(i * step));
      mark.style.left = `${(100 * i * step) / end}%`;
      marks.push(mark);
    }
    const scale = element("div", "scale");
    scale.append(...marks);
    this.axis.replaceChildren(element("span"), scale, element("span", "unit", "time, s"));
  }
}

// --- numbers and elements ---------------------------------------------------------------------

// A WAV file's rate and samples, as they stand in it.
function samplesOf(file) {
  const view = new DataView(file);
  const name = (at) => String.fromCharCode(...new Uint8Array(file, at, 4));
  let rate = 0;
  for (let at = 12; at < file.byteLength; at += 8 + view.getUint32(at + 4, true)) {
    const length = view.getUint32(at + 4, true);
    if (name(at) === "fmt ") rate = view.getUint32(at + 12, true);
    if (name(at) === "data") return { rate, samples: new Int16Array(file.slice(at + 8, at + 8 + length)) };
  }
  throw new Error("no samples");
}

// FNV-1a of the int16 samples that a channel holds, little-endian: what is played can be checked.
function checksum(channel) {
  let hash = 0x811c9dc5;
  for (const value of channel) {
    const sample = Math.round(value * 32768);
    hash = Math.imul(hash ^ (sample & 255), 0x01000193);
    hash = Math.imul(hash ^ ((sample >> 8) & 255), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function shorts(text) {
  return new Int16Array(bytes(text).buffer);
}

// At most three significant digits.
function digits(value) {
  const size = Math.abs(value);
  let text = String(Number(value.toPrecision(3)));
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    const [mantissa, power] = value.toExponential(2).split("e");
    text = `${Number(mantissa)}×10${[...String(Number(power))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("")}`;
  }
  return text.replace("-", "−");
}

function signed(value) {
  return (value > 0 ? "+" : value < 0 ? "−" : "±") + Math.abs(value).toFixed(1);
}

function clock(seconds) {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  const two = (n) => String(n).padStart(2, "0");
  return `${two(Math.floor(tenths / 600))}:${two(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
}

function flip(set, name) {
  if (!set.delete(name)) set.add(name);
}

function pressed(button, yes) {
  button.setAttribute("aria-pressed", String(yes));
}

function icon(name) {
  return `<svg class="icon icon-${name}" viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
}

function element(tag, name = "", text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

function button(name, press, text = "") {
  const made = element("button", name, text);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}
