// Three orthogonal slices of a volume and a scene, linked by a crosshair, with an attribution over them.
//
// Streamlit calls the default export at first and whenever its data or the theme change, always with
// the same parentElement; what it returns is called when the element goes. Nothing goes back: what
// is moved and chosen stays here and in the page's address (readView, writeView, followView).

const STRONGEST = [0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 70, 100]; // %
const AT_FIRST = STRONGEST.indexOf(3);
const GREYS = { magnitude: [24, 128], signed: [236, 168] }; // empty and filled, where no window is
const WHEEL = 40; // px of a fine wheel for one slice
const TASTE = { crosshair: true, smooth: false, opacity: 0.85, object: 0.3, sign: "magnitude", plane: 0 };
const CAMERA = { turn: 38, tilt: 26, zoom: 1, x: 0, y: 0 };

export default function ({ parentElement, data }) {
  return attached(parentElement, ".slicer", (root) => new Slicer(root), (it) => it.show(opened(data)));
}

class Slicer {
  constructor(root) {
    this.root = root;
    this.data = null;
    this.volume = null; // which one the place, the window and the threshold belong to
    this.at = [0, 0, 0]; // the crosshair: an index into what the browser has
    this.window = null; // [low, high] in the volume's unit; null for an occupancy grid
    this.strongest = AT_FIRST; // place in STRONGEST
    this.chosen = new Set(); // numbers of the bands that are summed
    this.taste = { ...TASTE };
    this.camera = { ...CAMERA };
    this.sizes = new ResizeObserver(() => {
      this.fit();
      this.draw();
    });
  }

  // --- what Streamlit says ------------------------------------------------------------------

  show(data) {
    const before = this.data;
    this.data = data;
    if (before?.version !== data.version) this.codes = data.codes;
    if (!data.heat) this.heat = null;
    else if (this.heat?.version !== data.heat.version) this.heat = new Heat(data);
    if (this.heat && before?.heat?.layout !== data.heat.layout) this.chosen = this.every();
    this.sum();
    if (this.volume !== data.version) this.restart();
    if (!before) {
      this.restore(readView(data.key));
      this.forget = followView(data.key, (choices) => this.change(() => {
        this.restart();
        this.restore(choices);
      }));
    }
    const frame = ({ codes, signed, magnitude, vertices, faces, key, arrays, ...rest }) => JSON.stringify(rest);
    if (!before || frame(before) !== frame(data)) this.build();
    this.fit();
    this.change(() => {});
  }

  // What belongs to another volume, or was never chosen.
  restart() {
    this.volume = this.data.version;
    this.at = this.heat ? this.heat.peak : this.centre();
    this.window = this.data.window;
    this.strongest = AT_FIRST;
  }

  close() {
    this.forget?.();
    this.scene?.close();
    this.sizes.disconnect();
  }

  // --- what is where --------------------------------------------------------------------------

  centre() {
    return this.data.shape.map((n) => n >> 1);
  }

  place([i, j, k]) {
    const [, b, c] = this.data.shape;
    return (i * b + j) * c + k;
  }

  value() {
    const { low, step } = this.data;
    return low + this.codes[this.place(this.at)] * step;
  }

  // In the file's own voxels: of those that are one here, the middle one.
  index(axis) {
    const { factors, size } = this.data;
    return Math.min(size[axis] - 1, this.at[axis] * factors[axis] + (factors[axis] >> 1));
  }

  distance(axis) {
    const { factors, spacing } = this.data;
    return (this.at[axis] * factors[axis] + (factors[axis] - 1) / 2) * spacing[axis];
  }

  // "14 of 0–29 · 35.0 mm"
  where(axis) {
    const { size, spacingUnit } = this.data;
    const far = spacingUnit && ` · ${this.distance(axis).toFixed(1)} ${spacingUnit}`;
    return `${this.index(axis)} of 0–${size[axis] - 1}${far}`;
  }

  reading() {
    const { unit, quantity } = this.data;
    const said = [`${quantity} ${digits(this.value())}${unit && ` ${unit}`}`];
    if (this.heat) said.push(`attribution ${this.relative(this.heat.at(this.place(this.at)))}`);
    return said.join(", ");
  }

  // An attribution as a share of the largest.
  relative(value) {
    const { most, step } = this.heat;
    return `${digits((100 * value) / (most * step || 1))} % of max`;
  }

  // --- choices --------------------------------------------------------------------------------

  change(what) {
    what();
    this.mark();
    this.draw();
    if (this.data.key) writeView(this.data.key, this.choices());
  }

  go(at) {
    this.change(() => {
      this.at = at.map((i, axis) => Math.max(0, Math.min(this.data.shape[axis] - 1, i)));
    });
  }

  step(axis, by) {
    this.go(this.at.map((i, other) => (other === axis ? i + by : i)));
  }

  every() {
    return new Set(this.heat.bands.keys());
  }

  sum() {
    this.heat?.sum(this.taste.sign, this.chosen);
  }

  // A window keeps some width, and its middle stays among the values.
  look(level, width) {
    const [lowest, range] = this.range();
    const wide = Math.max(range / 1000, Math.min(this.widest(), width));
    const middle = Math.max(lowest, Math.min(lowest + range, level));
    this.change(() => { this.window = [middle - wide / 2, middle + wide / 2]; });
  }

  range() {
    const { low, step, bits } = this.data;
    return [low, step * (2 ** bits - 1)];
  }

  widest() {
    const widths = this.data.presets.map(([, [low, high]]) => high - low);
    return Math.max(this.range()[1], ...widths);
  }

  // --- what is on the page --------------------------------------------------------------------

  build() {
    this.sizes.disconnect();
    this.scene?.close();
    const { data, root } = this;
    this.planes = data.planes.map((plane, nth) => new Plane(this, plane, nth));
    this.scene = data.scene && new Scene(this);
    const row = element("div", "planes");
    const panel = controls(this);
    this.blocks = [panel, data.window && windowing(this)].filter(Boolean);
    const seen = [this.scene, this.scene && switches(this), ...this.planes].filter(Boolean);
    row.append(...seen.map(({ block }) => block));
    if (this.scene) this.blocks.push(seen[1]);
    if (this.scene) row.append(panel.block);
    root.replaceChildren(row, ...(this.scene ? [] : [panel.block]));
    if (data.window) root.append(this.blocks[1].block);
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", data.alt || "Slices of a volume");
    root.classList.toggle("spatial", Boolean(this.scene));
    root.classList.toggle("windowed", Boolean(data.window));
    this.sizes.observe(row);
  }

  // Tells the style how much of the page is above, so that all of the viewer is in its first view.
  fit() {
    let above = this.root.getBoundingClientRect().top;
    for (let node = this.root.parentNode; node; node = node.parentNode ?? node.host)
      above += node.scrollTop ?? 0;
    this.root.style.setProperty("--above", `${above < innerHeight / 2 ? Math.ceil(above) : 24}px`);
  }

  // Everything that shows a choice, in words and numbers.
  mark() {
    const { root, heat, taste } = this;
    if (heat) [this.from, this.count] = heat.threshold(STRONGEST[this.strongest] / 100);
    root.classList.toggle("pale", !this.data.window && taste.sign === "signed");
    const state = {
      index: this.at.join(" "),
      value: this.value(),
      window: this.window ? this.window.join(" ") : "",
      attribution: heat ? heat.at(this.place(this.at)) : "",
      strongest: STRONGEST[this.strongest],
      bands: [...this.chosen].join(" "),
      sign: taste.sign,
      plane: taste.plane,
      crosshair: taste.crosshair,
    };
    for (const [name, value] of Object.entries(state)) root.dataset[name] = String(value);
    for (const plane of this.planes) plane.mark();
    for (const block of this.blocks) block.mark();
    this.scene?.mark();
  }

  draw() {
    this.scene?.draw();
    const rooms = this.planes.map((plane) => plane.room()).filter(([wide]) => wide > 20);
    if (!rooms.length) return; // hidden, in a closed tab for instance
    const { shape, factors, spacing } = this.data;
    const cell = shape.map((_, axis) => factors[axis] * spacing[axis]);
    const wide = (axis) => shape[axis] * cell[axis];
    const available = Math.min(...rooms.map(([width]) => width));
    const stacked = this.planes[0].block.offsetTop !== this.planes[1].block.offsetTop;
    const tall = this.scene ? Math.min(...rooms.map(([, height]) => height))
      : stacked ? 420 : Math.max(220, available);
    // one scale for all three, so that their sizes can be compared
    let scale = Math.min(
      ...this.planes.map(({ plane }) =>
        Math.min(available / wide(plane.across), tall / wide(plane.down))),
    );
    // voxels of some size are whole device pixels, all of one size
    const dots = scale * Math.min(...cell) * devicePixelRatio;
    if (dots >= 4) scale *= Math.floor(dots) / dots;
    const height = Math.max(...this.planes.map(({ plane }) => wide(plane.down) * scale));
    const inks = this.inks();
    for (const plane of this.planes) {
      plane.block.style.setProperty("--tall", stacked || this.scene ? "0px" : `${height}px`);
      plane.draw(scale, cell, available, inks);
    }
  }

  // The grey and the colour of each code; a moving crosshair changes neither.
  inks() {
    const { heat, window, volume, from, taste } = this;
    const known = JSON.stringify([volume, window, heat && [heat.version, heat.known], from, taste.sign]);
    if (known !== this.known) this.tables = { grey: this.greys(), heat: heat?.colours(from) };
    this.known = known;
    return this.tables;
  }

  // The grey of each code, as one pixel.
  greys() {
    const { low, step, bits } = this.data;
    const [empty, filled] = this.window ? [0, 255] : GREYS[this.taste.sign];
    const [from, to] = this.window ?? [low, low + step * (2 ** bits - 1)];
    return Uint32Array.from({ length: 2 ** bits }, (_, code) => {
      const share = Math.max(0, Math.min(1, (low + code * step - from) / (to - from || 1)));
      const grey = Math.round(empty + share * (filled - empty));
      return (0xff000000 | (grey << 16) | (grey << 8) | grey) >>> 0;
    });
  }
}
