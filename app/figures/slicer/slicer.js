// Three orthogonal slices of a volume, linked by a crosshair, with an attribution over them.
//
// Streamlit calls the default export at first and whenever its data or the theme change, always with
// the same parentElement; what it returns is called when the element goes. Nothing goes back: what
// is moved and chosen stays here, and outlives the element.

const STRONGEST = [0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 70, 100]; // %
const AT_FIRST = STRONGEST.indexOf(5);
const GREYS = { magnitude: [24, 128], signed: [236, 168] }; // empty and filled, where no window is
const WHEEL = 40; // px of a fine wheel for one slice

const slicers = new WeakMap(); // parentElement → its slicer
const remembered = new Map(); // key → what was chosen

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".slicer");
  if (!slicers.has(parentElement)) slicers.set(parentElement, new Slicer(root));
  slicers.get(parentElement).show(opened(data));
  // A call that a newer one overtook is cleaned up as well, while the element stays.
  return () =>
    setTimeout(() => {
      if (root.isConnected) return;
      slicers.get(parentElement)?.close();
      slicers.delete(parentElement);
    });
}

class Slicer {
  constructor(root) {
    this.root = root;
    this.data = null;
    this.volume = null; // which one the place, the window and the threshold belong to
    this.at = [0, 0, 0]; // the crosshair: an index into what the browser has
    this.window = null; // [low, high] in the volume's unit; null for an occupancy grid
    this.strongest = AT_FIRST; // place in STRONGEST
    this.taste = { crosshair: true, smooth: false, overlay: true, opacity: 0.8 };
    this.sizes = new ResizeObserver(() => this.draw());
  }

  // --- what Streamlit says ------------------------------------------------------------------

  show(data) {
    const before = this.data;
    this.data = data;
    const last = before ? null : remembered.get(data.key);
    if (last) Object.assign(this, last);
    if (before?.version !== data.version) this.codes = unpacked(data.codes, data.bits);
    if (!data.heat) this.heat = null;
    else if (this.heat?.version !== data.heat.version) this.heat = new Heat(data.heat);
    if (this.volume !== data.version) {
      this.volume = data.version;
      this.at = data.heat ? data.heat.peak : this.centre();
      this.window = data.window;
      this.strongest = AT_FIRST;
    }
    const frame = ({ codes, heat, key, ...rest }) =>
      JSON.stringify([rest, heat && [heat.label, heat.sign, heat.limit, heat.open]]);
    if (!before || frame(before) !== frame(data)) this.build();
    this.change(() => {});
  }

  close() {
    const { volume, at, window, strongest, taste } = this;
    remembered.set(this.data.key, { volume, at, window, strongest, taste });
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
    return this.data.low + this.codes[this.place(this.at)] * this.data.step;
  }

  // The index in the volume as Python has it; the middle of a block, where it was reduced.
  index(axis) {
    const { size, factors } = this.data;
    return Math.min(size[axis] - 1, this.at[axis] * factors[axis] + (factors[axis] >> 1));
  }

  // From the middle of the first voxel.
  distance(axis) {
    const { spacing, factors } = this.data;
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
    if (this.heat) said.push(`attribution ${digits(this.heat.at(this.place(this.at)))}`);
    return said.join(", ");
  }

  // --- choices --------------------------------------------------------------------------------

  change(what) {
    what();
    this.mark();
    this.draw();
  }

  go(at) {
    this.change(() => {
      this.at = at.map((i, axis) => Math.max(0, Math.min(this.data.shape[axis] - 1, i)));
    });
  }

  step(axis, by) {
    this.go(this.at.map((i, other) => (other === axis ? i + by : i)));
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
    const { data } = this;
    this.planes = data.planes.map((plane) => new Plane(this, plane));
    const row = element("div", "planes");
    row.append(...this.planes.map((plane) => plane.block));
    const place = crosshair(this);
    const others = [data.window && windowing(this), data.heat && overlay(this)].filter(Boolean);
    this.blocks = [place, ...others];
    const controls = element("div", "controls");
    controls.append(...others.map((each) => each.block));
    controls.hidden = !others.length;
    const notes = element("div", "notes");
    const window = data.window ? " Right drag or Shift + drag sets the window." : "";
    const keys =
      "Drag in a slice to move the crosshair; the wheel steps through slices. Keys: arrows step, " +
      `Shift + arrows move in the slice.${window}`;
    notes.append(...[...data.notes, keys].map((text) => element("p", "", text)));
    this.root.replaceChildren(row, place.block, controls, notes);
    this.root.classList.toggle("pale", !data.window && data.heat?.sign === "signed");
    this.sizes.observe(row);
  }

  // Everything that shows a choice, in words and numbers.
  mark() {
    const { root, heat, taste } = this;
    root.dataset.index = this.at.join(" ");
    root.dataset.value = String(this.value());
    root.dataset.window = this.window ? this.window.join(" ") : "";
    root.dataset.attribution = heat ? String(heat.at(this.place(this.at))) : "";
    root.dataset.strongest = String(STRONGEST[this.strongest]);
    root.dataset.crosshair = String(taste.crosshair);
    if (heat) [this.from, this.count] = heat.threshold(STRONGEST[this.strongest] / 100);
    for (const plane of this.planes) plane.mark();
    for (const block of this.blocks) block.mark();
  }

  draw() {
    const available = this.planes[0].room();
    if (available < 20) return; // hidden, in a closed tab for instance
    const { shape, factors, spacing } = this.data;
    const cell = shape.map((_, axis) => factors[axis] * spacing[axis]);
    const wide = (axis) => shape[axis] * cell[axis];
    const stacked = this.planes[0].block.offsetTop !== this.planes[1].block.offsetTop;
    const tall = stacked ? 420 : Math.max(220, available);
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
      plane.block.style.setProperty("--tall", stacked ? "auto" : `${height}px`);
      plane.draw(scale, cell, available, inks);
    }
  }

  // The grey and the colour of each code; a moving crosshair changes neither.
  inks() {
    const known = JSON.stringify([this.volume, this.window, this.heat?.version, this.from]);
    if (known !== this.known) this.tables = { grey: this.greys(), heat: this.heat?.colours(this.from) };
    this.known = known;
    return this.tables;
  }

  // The grey of each code, as one pixel.
  greys() {
    const { low, step, bits } = this.data;
    const [empty, filled] = this.window ? [0, 255] : GREYS[this.data.heat?.sign ?? "magnitude"];
    const [from, to] = this.window ?? [low, low + step * (2 ** bits - 1)];
    return Uint32Array.from({ length: 2 ** bits }, (_, code) => {
      const share = Math.max(0, Math.min(1, (low + code * step - from) / (to - from || 1)));
      const grey = Math.round(empty + share * (filled - empty));
      return (0xff000000 | (grey << 16) | (grey << 8) | grey) >>> 0;
    });
  }
}

// An attribution: signed codes, how many of each strength there are, and their colours.
class Heat {
  constructor({ version, codes, step, limit, sign, palette }) {
    this.version = version;
    this.codes = new Int16Array(codes.buffer);
    this.step = step;
    this.limit = limit;
    this.sign = sign;
    this.palette = colours(palette);
    this.below = new Uint32Array(32769); // how many voxels are weaker than each strength
    for (const code of this.codes) this.below[Math.abs(code) + 1]++;
    this.most = this.below.findLastIndex((count) => count > 0) - 1;
    for (let i = 1; i < this.below.length; i++) this.below[i] += this.below[i - 1];
  }

  at(place) {
    return this.codes[place] * this.step;
  }

  // The share of all voxels that are weaker than the one at a place.
  rank(place) {
    return this.below[Math.abs(this.codes[place])] / this.codes.length;
  }

  // The least strength among the strongest share of the voxels, and how many have it or more. What
  // is 0 is never among them, unless all are asked for.
  threshold(share) {
    const all = this.codes.length;
    if (share >= 1) return [0, all];
    let from = 32767;
    while (from > 1 && all - this.below[from - 1] <= share * all) from--;
    return [from, all - this.below[from]];
  }

  // The colour of each code, from −32767 on, as one pixel; transparent below the threshold.
  colours(from) {
    const { step, limit, sign, palette } = this;
    return Uint32Array.from({ length: 65535 }, (_, i) => {
      const code = i - 32767;
      if (Math.abs(code) < from) return 0;
      const share = Math.max(-1, Math.min(1, (code * step) / limit));
      return palette[Math.round(sign === "signed" ? (share + 1) * 127.5 : Math.max(0, share) * 255)];
    });
  }
}
