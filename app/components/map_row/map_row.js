// Maps side by side, each over the input: one threshold, opacity and scale for all of them.
// Appended to choices.js and numbers.js, whose rules these are.

const FIRST = { ...SHOWN, scale: "common", show: "maps" };

export default function ({ parentElement, data }) {
  return attached(parentElement, ".maps", (root) => new MapRow(root), (it) => it.load(data));
}

class MapRow extends Chosen {
  constructor(root) {
    super(FIRST);
    this.root = root;
    this.sizes = new ResizeObserver(() => this.draw());
  }

  async load({ url }) {
    if (url === this.url) return this.draw(); // the theme has changed
    this.url = url;
    const isWanted = () => url === this.url && this.root.isConnected;
    const bytes = await fetched(url, isWanted);
    if (!bytes) return;
    const data = await opened(bytes);
    if (isWanted()) this.show(data);
  }

  show(data) {
    const before = this.data;
    this.data = data;
    this.palettes = Object.fromEntries(
      Object.entries(data.palettes).map(([sign, text]) => [sign, colours(text)]),
    );
    if (before?.key !== data.key) {
      this.unfollow?.();
      this.unfollow = followView(data.key, (chosen) => this.restore(chosen));
      this.view = this.known(readView(data.key));
    }
    this.build();
    this.change({});
    this.root.dataset.version = data.version;
  }

  close() {
    this.unfollow?.();
    this.sizes.disconnect();
  }

  // A view with what is not known put back to its default.
  known(chosen) {
    const view = { ...FIRST, ...chosen };
    const among = (name, values) => {
      if (!values.includes(view[name])) view[name] = FIRST[name];
    };
    view.top = Number(view.top);
    view.opacity = Math.max(0, Math.min(100, Math.round(Number(view.opacity)) || 0));
    among("top", STRONGEST);
    among("scale", ["common", "own"]);
    among("show", ["maps", "difference"]);
    return view;
  }

  build() {
    this.sizes.disconnect();
    const { maps } = this.data;
    const panels = element("div", "panels");
    this.panels = maps.map((map) => new MapPanel(this, map));
    panels.style.setProperty("--count", String(maps.length));
    panels.append(...this.panels.map((panel) => panel.block));
    const controls = element("div", "controls");
    this.top = slider("Strongest", 0, STRONGEST.length - 1, (nth) => this.change({ top: STRONGEST[nth] }));
    this.opacity = slider("Opacity", 0, 100, (opacity) => this.change({ opacity }));
    this.choices = [
      choice("Scale", { common: "Common", own: "Per map" }, (scale) => this.change({ scale }), () => this.view.scale),
    ];
    const reference = maps.find((map) => !map.difference);
    if (reference && maps.length > 1) {
      const options = { maps: "Maps", difference: `Difference to ${reference.name.split(" ")[0]}` };
      this.choices.unshift(choice("Show", options, (show) => this.change({ show }), () => this.view.show));
    }
    controls.append(this.top.block, this.opacity.block, ...this.choices.map(({ block }) => block));
    this.bar = element("div", "colours");
    this.swipe = swipe(panels);
    this.root.replaceChildren(this.swipe.bar, panels, this.bar, controls);
    this.root.dataset.state = "shown";
    this.sizes.observe(this.root);
  }

  refresh() {
    const { view, data } = this;
    this.top.set(STRONGEST.indexOf(view.top), `${view.top}\u00a0%`);
    this.opacity.set(view.opacity, `${view.opacity}\u00a0%`);
    for (const one of this.choices) one.refresh();
    Object.assign(this.root.dataset, { top: view.top, show: view.show, scale: view.scale });
    const ends = (name) => Math.max(...data.maps.map((map) => map[name]?.limit ?? 0));
    this.common = { maps: Math.max(...data.maps.map((map) => map.limit)), difference: ends("difference") };
    for (const panel of this.panels) panel.refresh();
    this.legend();
    this.draw();
  }

  // The colours, and what their ends mean.
  legend() {
    const { show, scale } = this.view;
    const signed = show === "difference";
    const palette = this.data.palettes[signed ? "signed" : "magnitude"];
    const stops = Array.from({ length: 33 }, (_, i) => `#${palette.substr(6 * Math.round((255 * i) / 32), 6)}`);
    const ramp = element("i");
    ramp.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    const end = scale === "common" ? digits(this.common[show]) : "max";
    const unit = scale === "common" ? "× uniform" : "per map";
    const clip = `clipped at ${this.data.percentile}th percentile`;
    const about = signed ? `${unit}; blue: weaker than the reference, red: stronger` : `${unit}; ${clip}`;
    this.bar.replaceChildren(
      element("span", "", signed ? `−${end}` : "0"), ramp, element("span", "", signed ? `+${end}` : end),
      element("span", "about", about),
    );
  }

  draw() {
    if (!this.data || !this.root.clientWidth) return; // hidden
    this.root.classList.toggle("narrow", this.root.clientWidth < NARROW);
    for (const panel of this.panels) panel.draw();
    this.swipe.mark();
  }
}

class MapPanel {
  constructor(row, map) {
    Object.assign(this, { row, map, block: element("section", "panel") });
    this.block.dataset.title = map.name.split(" ")[0];
    this.block.setAttribute("aria-label", map.name);
    const [rows, columns] = map.size;
    this.canvas = element("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.style.aspectRatio = `${columns} / ${rows}`;
    this.canvas.style.width = `min(100%, calc(var(--tall) * ${columns / rows}))`;
    this.readout = element("div", "readout");
    this.block.append(this.canvas, this.readout);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.readout.replaceChildren());
  }

  // What is drawn: the map, or its difference to the reference.
  get shown() {
    return this.row.view.show === "difference" && this.map.difference ? this.map.difference : this.map;
  }

  point(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const [rows, columns] = this.shown.size;
    const row = Math.min(rows - 1, Math.floor(((event.clientY - top) / height) * rows));
    const column = Math.min(columns - 1, Math.floor(((event.clientX - left) / width) * columns));
    const value = this.shown.values[row * columns + column];
    this.readout.textContent = Number.isNaN(value) ? "" : `row ${row}, column ${column}: ${digits(value)} × uniform`;
  }

  refresh() {
    const { view, common, palettes } = this.row;
    const { shown, map } = this;
    const signed = shown !== map;
    const least = signed ? 0 : map.thresholds[STRONGEST.indexOf(view.top)];
    const limit = view.scale === "common" ? common[signed ? "difference" : "maps"] : shown.limit;
    const sign = signed ? "signed" : "magnitude";
    this.heat = drawn(painted(shown.values, limit, sign, palettes[sign], least), shown.size);
    const what = signed ? "Difference to the reference" : `Strongest ${view.top} % over the input`;
    this.canvas.setAttribute("aria-label", `${map.name}. ${what}. ${map.alt}`);
  }

  draw() {
    const { width, height } = this.canvas.getBoundingClientRect();
    const [across, down] = [width, height].map((length) => Math.max(1, Math.round(length * devicePixelRatio)));
    Object.assign(this.canvas, { width: across, height: down });
    const context = this.canvas.getContext("2d");
    context.imageSmoothingEnabled = true;
    if (this.map.bitmap) context.drawImage(this.map.bitmap, 0, 0, across, down);
    context.imageSmoothingEnabled = false;
    context.globalAlpha = this.row.view.opacity / 100;
    context.drawImage(this.heat, 0, 0, across, down);
  }
}

// What Python has packed: the header, with the numbers and the picture of each map.
async function opened(bytes) {
  const head = new DataView(bytes.buffer).getUint32(0, true);
  const data = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + head)));
  let from = 4 + head;
  const take = (length) => bytes.slice(from, (from += length)).buffer; // a copy, so it is aligned
  const numbers = ([rows, columns]) => new Float32Array(take(4 * rows * columns));
  for (const map of data.maps) {
    const picture = take(map.picture);
    map.values = numbers(map.size);
    if (map.difference) map.difference.values = numbers(map.difference.size);
    map.bitmap = map.picture ? await createImageBitmap(new Blob([picture])) : null;
  }
  return data;
}
