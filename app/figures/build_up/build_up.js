// An input that is built up from its strongest coefficients, with the probabilities of a class.
//
// Streamlit calls the default export at first and whenever its data or the theme change, always with
// the same parentElement; what it returns is called when the element goes. The data are a build-up,
// or {waiting, share}, or {problem}. Nothing goes back but "due" while waiting, "cancel" and "again":
// stops are changed here.

const STAGE = 320; // px, the longer side of a picture that is not heard
const NARROW = 640; // px, below which the chart is under the picture, and both are smaller
const SMALL = 256; // px, the longer side there
const HEARD = 132; // px, the height of one that is
const FADE = 0.3; // of a stop, from one picture to the next
const [SOON, SLOWER, LATEST] = [500, 1.3, 3000]; // ms to the first look at what is waited for; each next one
const SHARP = 3; // from this enlargement on, pixels stay pixels
const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",
  close: "M4.2 3 8 6.8 11.8 3 13 4.2 9.2 8 13 11.8 11.8 13 8 9.2 4.2 13 3 11.8 6.8 8 3 4.2z",
  listen: "M2 6v4h2.5L8 13V3L4.500 6zM10 5a4 4 0 0 1 0 6M11.700 3a6.500 6.500 0 0 1 0 10",
};
const SPACE = "\u00a0";

export default function ({ parentElement, data, setTriggerValue }) {
  return attached(parentElement, ".build-up", (root) => new BuildUp(root), (it) => it.show(data, setTriggerValue));
}

class BuildUp {
  constructor(root) {
    this.root = root;
    this.data = null;
    this.stop = 0;
    this.open = false;
    this.since = null; // when the playing would have begun at the first stop, in ms; null: paused
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(root);
    this.wanted = () => this.announce();
    window.addEventListener("wam-build-up-wanted", this.wanted);
  }

  // --- what Streamlit says ------------------------------------------------------------------

  show(data, tell) {
    this.tell = tell;
    const before = this.data;
    this.data = data;
    this.announce();
    clearTimeout(this.poll);
    if (data.shares) {
      if (before?.shares && before.sheet === data.sheet && before.label === data.label) return this.mark();
      this.take(data);
    } else this.wait(data);
  }

  // Until it is there: how far it is and a way out, or why it is not coming and another try.
  wait({ waiting, share, problem }) {
    this.pause();
    this.slider = null;
    const words = waiting
      ? `Computing the build-up · ${Math.round(100 * share)}${SPACE}%`
      : problem || "The build-up is not computed.";
    const [name, text] = waiting ? ["cancel", "Cancel"] : ["again", "Compute"];
    const bar = element("div", "bar waiting");
    const said = element("span", "said", words);
    bar.append(said, button(name, () => this.tell(name, Date.now()), text));
    this.root.classList.remove("open");
    this.root.dataset.state = waiting ? "waiting" : "problem";
    this.root.replaceChildren(bar);
    if (waiting) this.look(this.pace ?? SOON);
    else this.pace = null;
  }

  // Each look runs the fragment once on a server that is busy with what is waited for.
  look(pace) {
    this.poll = setTimeout(() => {
      if (!isIdle()) return this.look(pace);
      this.tell("due", Date.now());
      this.pace = Math.min(LATEST, SLOWER * pace);
      this.look(this.pace);
    }, pace);
  }

  take(data) {
    this.pause();
    this.pace = null;
    this.slider = null; // of the last one
    this.listening?.close();
    this.listening = data.sounds.length ? new Listening(data, () => this.mark()) : null;
    const asked = data.key ? this.read(readView(data.key)) : null;
    this.stop = asked?.stop ?? (this.open ? this.stop : data.first[0] ?? data.shares.length - 1);
    this.open ||= Boolean(asked);
    this.sheet = new Image();
    this.sheet.onload = () => this.draw();
    this.sheet.src = data.sheet;
    this.build();
    if (data.key)
      this.unfollow ??= followView(data.key, (view) => this.restore(this.read(view) ?? { open: false }));
    this.mark();
  }

  // What the page's address says.
  read({ stop }) {
    const nth = Number.parseInt(stop, 10);
    return nth >= 0 && nth < this.data.shares.length ? { stop: nth, open: true } : null;
  }

  restore({ stop = this.stop, open }) {
    this.pause();
    Object.assign(this, { stop, open });
    this.mark();
  }

  close() {
    clearTimeout(this.poll);
    this.pause();
    this.listening?.close();
    this.unfollow?.();
    this.sizes.disconnect();
    window.removeEventListener("wam-build-up-wanted", this.wanted);
  }

  // Other components of the page draw its pictures too.
  announce() {
    if (this.data?.shares) window.dispatchEvent(new CustomEvent("wam-build-up", { detail: this.data }));
  }

  // --- what is on the page ------------------------------------------------------------------

  build() {
    const { data, root } = this;
    const heard = Boolean(this.listening);
    const control = (name, label, press, ...icons) => {
      const made = button(name, press);
      made.append(...icons.map(drawing));
      return named(made, label);
    };
    this.play = control("play", "", () => (this.since === null ? this.run() : this.pause()), "play", "pause");
    this.play.append(element("span", "", "Build up"));
    this.listen = control(
      "listen", "Listen to this stop", () => (this.listening.on ? this.pause() : this.hear()), "listen",
    );
    this.shut = control("shut", "Close the build-up", () => this.restore({ open: false }), "close");

    this.readout = element("div", "readout");
    [this.share, this.p, this.z] = ["share", "p", "z"].map((name) => element("span", name));
    this.readout.append(this.share, this.p, this.z);

    this.slider = range(0, data.shares.length - 1, (stop) => this.go(stop));
    this.slider.setAttribute("aria-label", "Strongest coefficients that are kept");
    this.chart = new Chart(data);
    const track = element("div", "track");
    track.append(this.chart.svg, this.slider);

    this.canvas = element("canvas", "picture");
    this.canvas.setAttribute("role", "img");
    this.marks = element("p", "marks");
    this.marks.append(...firsts(data));
    const stage = element("div", "stage");
    stage.append(this.canvas);
    const row = element("div", "bar");
    row.append(this.play, ...(heard ? [this.listen] : []), this.readout, this.shut);
    const grid = element("div", "grid");
    grid.append(row, stage, track, this.marks);
    root.classList.toggle("heard", heard);
    root.replaceChildren(grid);
  }

  // --- choices ------------------------------------------------------------------------------

  go(stop) {
    this.pause({ hush: false });
    this.open = true;
    this.stop = stop;
    this.listening?.change(stop);
    this.mark();
  }

  run() {
    if (this.stop === this.data.shares.length - 1 || !this.open) this.stop = 0;
    this.open = true;
    this.since = performance.now() - this.stop * this.each();
    this.listening?.start(this.stop);
    this.frame();
    this.mark();
  }

  pause({ hush = true } = {}) {
    cancelAnimationFrame(this.next);
    this.since = null;
    if (hush) this.listening?.halt();
    if (this.slider) this.mark();
  }

  hear() {
    this.open = true;
    this.listening.start(this.stop);
    this.mark();
  }

  each() {
    return (1000 * this.data.play) / this.data.shares.length; // ms
  }

  frame() {
    const place = (performance.now() - this.since) / this.each();
    const last = this.data.shares.length - 1;
    const stop = Math.min(last, Math.floor(place));
    if (stop !== this.stop) {
      this.stop = stop;
      this.listening?.change(stop);
      this.mark();
    }
    if (place >= last + 1) {
      this.since = null;
      this.listening?.end();
      return this.mark();
    }
    this.draw(this.still.matches ? 1 : Math.min(1, (place - stop) / FADE));
    this.next = requestAnimationFrame(() => this.frame());
  }

  // --- what is shown ------------------------------------------------------------------------

  // Everything that shows a choice, in words and numbers.
  mark() {
    const { data, root, stop } = this;
    if (!data?.shares || !this.slider) return;
    const [share, p, z] = [data.shares[stop], data.p[stop], data.z[stop]];
    this.share.textContent = `${percent(share)} of coefficients`;
    this.p.textContent = `p(${data.label}) ${probability(p)}`;
    this.p.title = this.p.textContent;
    this.z.textContent = `|z| ${probability(z)}`;
    this.z.title = `p(${data.label}) from the largest coefficients: ${probability(z)}`;
    slide(this.slider, stop, [this.share, this.p, this.z].map((part) => part.textContent).join(", "));
    this.canvas.setAttribute("aria-label", `${data.what} from the strongest ${percent(share)} of coefficients`);
    const playing = this.since !== null;
    named(this.play, playing ? "Pause the build-up" : "Play the build-up");
    if (this.listening) pressed(this.listen, this.listening.on);
    root.classList.toggle("open", this.open);
    Object.assign(root.dataset, { state: playing ? "playing" : "paused", stop });
    root.dataset.sound = String(Boolean(this.listening?.on));
    if (data.key && !playing) writeView(data.key, this.open ? { stop } : {});
    this.draw();
  }

  draw(faded = 1) {
    if (!this.data?.shares || !this.chart) return;
    const beside = !this.listening && this.root.clientWidth > NARROW;
    this.chart.draw(this.stop, this.open ? (beside ? HIGH : LOWER) : 0);
    if (!this.open) return;
    const { canvas, sheet, stop, listening } = this;
    const [rows, columns] = this.data.size;
    const room = canvas.parentElement.clientWidth;
    const side = this.root.clientWidth > NARROW ? STAGE : SMALL;
    const scale = Math.min(room / columns, side / Math.max(rows, columns));
    const [wide, tall] = listening ? [room, HEARD] : [columns * scale, rows * scale];
    const [width, height] = [wide, tall].map((side) => Math.round(side * devicePixelRatio));
    if (!width || !sheet.complete || !sheet.naturalWidth) return;
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
      Object.assign(canvas.style, { width: `${wide}px`, height: `${tall}px` });
    }
    const ink = canvas.getContext("2d");
    ink.clearRect(0, 0, width, height);
    ink.imageSmoothingEnabled = width < SHARP * columns;
    ink.imageSmoothingQuality = "high";
    const put = (nth, alpha) => {
      ink.globalAlpha = alpha;
      const [across, down] = [nth % this.data.columns, Math.floor(nth / this.data.columns)];
      ink.drawImage(sheet, across * columns, down * rows, columns, rows, 0, 0, width, height);
    };
    if (faded < 1 && stop) put(stop - 1, 1);
    put(stop, stop ? faded : 1);
    ink.globalAlpha = 1;
    const at = listening?.position();
    if (at != null) {
      ink.fillStyle = getComputedStyle(this.root).getPropertyValue("--mine");
      ink.fillRect(at * width, 0, 2 * devicePixelRatio, height);
      cancelAnimationFrame(this.moving);
      if (this.since === null) this.moving = requestAnimationFrame(() => this.draw());
    }
  }
}

// The share at which the class first becomes the prediction, for both rankings.
function firsts({ first: [own, magnitude], shares, label }) {
  const at = (nth) => (nth === null ? "never" : `from ${percent(shares[nth])}`);
  const words = element("span", "", `Predicted as ${label}: `);
  return [words, element("span", "p", at(own)), element("span", "z", `|z| ${at(magnitude)}`)];
}

function percent(share) {
  return `${Number((100 * share).toPrecision(2))}${SPACE}%`;
}

function probability(p) {
  return p < 0.005 ? "< 0.01".replace(" ", SPACE) : p.toFixed(2);
}

function named(control, label) {
  control.setAttribute("aria-label", label);
  control.title = label;
  return control;
}

function drawing(name) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("viewBox", "0 0 16 16");
  made.setAttribute("class", `icon icon-${name}`);
  made.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  made.append(path);
  return made;
}
