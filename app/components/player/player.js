// Rows on one time axis, a playhead over all of them, and the sounds that can be heard along it.
//
// Streamlit calls the default export at first and whenever its data or the theme change, always with
// the same parentElement; what it returns is called when the element goes.

const DRAG = 4; // px; less is a click
const HOLD = 250; // ms; a shorter press of the space bar plays or pauses
const START = "wam-player-start"; // on window: another player has started
const VIEW = { map: "both", sign: "magnitude", scale: "common" };

const remembered = new Map(); // key → what was chosen; outlives the element

export default function ({ parentElement, data }) {
  return attached(parentElement, ".player", (root) => new Player(root), (it) => it.show(data));
}

class Player {
  constructor(root) {
    this.root = root;
    this.data = null;
    this.position = 0; // s; while paused
    this.source = null; // the name of a track, or "bands"
    this.held = false; // whether the part is heard that a key is held for
    this.muted = new Set();
    this.solo = new Set();
    this.region = null; // [start, end] in s
    this.loop = false;
    this.view = { ...VIEW };
    this.wanted = false; // whether it is to play; it may have to be fetched first
    this.request = 0; // counts starts and stops: only the newest may play
    this.explained = false; // whether the keys are listed
    this.output = new Output(() => {
      this.wanted = false;
      this.position = this.data.duration;
      this.mark();
    });
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.sizes = new ResizeObserver(() => this.stage.draw());
    this.ends = new AbortController();
    const on = (target, name, does, capture = false) =>
      target.addEventListener(name, does, { signal: this.ends.signal, capture });
    on(window, START, (event) => event.detail !== this && this.pause());
    on(document, "play", () => this.pause(), true);
    on(window, "blur", () => this.hold(false));
    keyboard(this, on);
  }

  // --- what Streamlit says ------------------------------------------------------------------

  show(data) {
    const before = this.data;
    this.data = data;
    if (!before) this.recall();
    if (before && before.duration !== data.duration) {
      this.pause();
      [this.position, this.region, this.loop] = [0, null, false];
    }
    this.bands = data.tracks.filter((track) => track.group === "band");
    const names = new Set(data.tracks.map((track) => track.name));
    const sources = data.tracks.filter((track) => track.group === "whole").map((t) => t.name);
    if (this.bands.length) sources.push("bands");
    if (!sources.includes(this.source)) this.source = sources[0] ?? null;
    this.muted = new Set([...this.muted].filter((name) => names.has(name)));
    this.solo = new Set([...this.solo].filter((name) => names.has(name)));
    this.output.keep(new Set(data.tracks.map((track) => track.url)));
    const shape = ({ duration, gain, hold, tracks, rows }) =>
      JSON.stringify([duration, gain, hold, rows.length, tracks.map(({ url, ...rest }) => rest)]);
    if (!before || shape(before) !== shape(data)) this.build();
    else this.stage.exchange();
    this.stage.draw();
    this.mark();
    if (this.wanted && this.key() !== this.playing) this.start();
  }

  close() {
    const { source, muted, solo, region, loop, view, data } = this;
    const choices = { source, muted, solo, region, loop, view };
    remembered.set(data.key, { ...choices, position: this.now(), duration: data.duration });
    this.pause();
    this.sizes.disconnect();
    this.ends.abort();
    this.follows?.();
  }

  recall() {
    const { key, duration, view } = this.data;
    const last = remembered.get(key);
    if (last?.duration === duration) Object.assign(this, last);
    if (!view) return;
    const address = readView(view);
    if (Object.keys(address).length) this.take(address);
    this.follows = followView(view, (choices) => {
      this.change(() => this.take(choices));
      this.stage.draw();
    });
  }

  // --- the choices in the page's address: what is not at its default ------------------------

  take({ src, mute, solo, loop, ...view }) {
    const names = (text) => new Set((text ?? "").split("_").filter(Boolean));
    const [from, to] = (loop ?? "").split("_").map(Number);
    const { duration } = this.data;
    this.source = src ?? null;
    [this.muted, this.solo] = [names(mute), names(solo)];
    this.region = from >= 0 && to > from && to <= duration ? [from, to] : null;
    this.loop = this.region !== null;
    this.view = { ...VIEW };
    for (const name of Object.keys(VIEW)) if (name in view) this.view[name] = view[name];
  }

  keepView() {
    if (!this.data.view) return;
    const first = this.data.tracks[0]?.name;
    const names = (set) => [...set].filter((name) => /^[A-Za-z0-9.]+$/.test(name)).join("_");
    const choices = {
      ...Object.fromEntries(Object.entries(this.view).filter(([name, value]) => VIEW[name] !== value)),
      ...(this.source !== first && { src: this.source }),
      ...(this.muted.size && { mute: names(this.muted) }),
      ...(this.solo.size && { solo: names(this.solo) }),
      ...(this.loop && this.region && { loop: this.region.map((s) => s.toFixed(2)).join("_") }),
    };
    writeView(this.data.view, choices);
  }

  // --- sound ----------------------------------------------------------------------------------

  active() {
    return this.bands.filter(
      ({ name }) => !this.muted.has(name) && (!this.solo.size || this.solo.has(name)),
    );
  }

  // The name of what is heard.
  current() {
    return this.held ? this.data.hold : this.source;
  }

  // The name of the track whose prediction is that of what is heard; null where there is none.
  predicted() {
    const name = this.current();
    if (name !== "bands") return name;
    return this.active().length === this.bands.length ? this.data.tracks[0].name : null;
  }

  key() {
    const name = this.current();
    const heard = name === "bands" ? this.active() : this.data.tracks.filter((t) => t.name === name);
    return heard.map((track) => track.url).join(" ");
  }

  async start() {
    const request = ++this.request;
    this.wanted = true;
    const key = this.key();
    if (!this.output.has(key)) this.say("Loading the sound …");
    this.mark();
    let found;
    try {
      found = await this.output.buffer(key, this.data.tracks[0].url);
    } catch {
      if (request === this.request) {
        this.pause();
        this.say("The sound could not be loaded. Reload the page, or choose the input again.");
      }
      return;
    }
    if (request !== this.request) return;
    this.say("");
    window.dispatchEvent(new CustomEvent(START, { detail: this }));
    for (const medium of document.querySelectorAll("audio, video")) medium.pause();
    this.position = this.now();
    const [from, to] = this.span();
    if (this.position < from || this.position >= to - 1e-3) this.position = from;
    this.output.play(found.buffer, this.position, this.loop && [from, to]);
    this.playing = key;
    this.root.dataset.mix = found.sum;
    this.mark();
    this.tick();
    const part = this.data.tracks.find((track) => track.name === this.data.hold);
    if (part) this.output.file(part.url).catch(() => {}); // start() says it where it is wanted
  }

  pause() {
    if (!this.wanted) return;
    this.request++;
    this.wanted = false;
    this.position = this.now();
    this.output.stop();
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
    if (!this.output.node) return this.position;
    const time = this.position + this.output.elapsed();
    const [from, to] = this.span();
    return this.loop && time >= to
      ? from + ((time - from) % (to - from))
      : Math.min(time, this.data.duration);
  }

  tick() {
    if (!this.output.node) return;
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
    this.keepView();
    if (position !== undefined) {
      this.output.stop();
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

  alone(name, wasClicked = false) {
    this.change(() => {
      if (wasClicked) flip(this.muted, name);
      flip(this.solo, name);
      if (this.solo.has(name)) this.muted.delete(name);
      this.source = "bands";
    });
  }

  all() {
    this.change(() => {
      this.muted.clear();
      this.solo.clear();
    });
  }

  look(name, value) {
    this.view[name] = value;
    this.keepView();
    this.stage.draw();
    this.mark();
  }

  // Hear the part only, as long as this is held; then the sound as before, or the whole.
  hold(on) {
    if (!this.data?.hold || this.held === on) return;
    this.change(() => {
      this.held = on;
      if (!on && this.source === this.data.hold) this.source = this.data.tracks[0].name;
    });
    if (on && !this.wanted) this.start();
  }

  explain() {
    this.explained = !this.explained;
    this.say("");
    this.mark();
  }

  // --- what is on the page --------------------------------------------------------------------

  build() {
    this.sizes.disconnect();
    this.stage = new Stage(this);
    this.bar = this.data.tracks.length ? transport(this) : null;
    this.note = element("p", "note");
    this.note.setAttribute("role", "status");
    this.root.replaceChildren(...(this.bar ? [this.bar.block] : []), this.stage.block);
    this.bar?.block.append(this.note);
    this.say("");
    this.sizes.observe(this.stage.block);
  }

  say(text) {
    const keys = this.explained ? KEYS + (this.data.hold ? HOLD_KEYS : "") : "";
    this.note.textContent = text || keys;
  }

  // Everything that shows a choice.
  mark() {
    const { root } = this;
    const bands = this.active().map((band) => band.name).join(" ");
    root.dataset.state = !this.wanted ? "paused" : this.output.node ? "playing" : "loading";
    root.dataset.source = this.current() ?? "";
    root.dataset.bands = bands;
    this.bar?.mark();
    this.stage.mark();
    const shown = `${this.current()} ${bands}`;
    if (shown !== this.shown) this.stage.draw(); // muted lanes are pale
    this.shown = shown;
    this.place();
  }

  // The playhead and the clock.
  place() {
    const [now, end] = [this.now(), this.data.duration];
    this.root.dataset.position = now.toFixed(3);
    this.bar?.place(now, end);
    this.stage.place(now, end);
  }
}
