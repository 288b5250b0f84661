// The picture under its attribution, and all bands side by side: two canvases with marks over them.
// Appended to viewer.js.

class Panel {
  constructor(viewer, name, title, about) {
    this.viewer = viewer;
    this.block = element("section", `panel ${name}`);
    this.block.dataset.title = title;
    this.block.setAttribute("aria-label", `${title}: ${about}`);
    const head = element("div", "head");
    head.append(element("b", "", title));
    head.title = about;
    this.stage = element("div", "stage");
    this.block.append(head, this.stage);
  }

  // A canvas for so many rows and columns, as large as there is room; marks are placed over it.
  picture([rows, columns]) {
    this.size = [rows, columns];
    this.canvas = element("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.marks = element("div", "marks");
    this.frame = element("div", "frame");
    this.frame.style.aspectRatio = `${columns} / ${rows}`;
    this.frame.style.width = `min(100%, calc(var(--side) * ${Math.min(1, columns / rows)}))`;
    this.frame.append(this.canvas, this.marks);
    this.bar = element("div", "colours");
    this.ends = [element("span"), element("i"), element("span"), element("span", "about")];
    this.bar.append(...this.ends);
    this.stage.append(this.frame);
    this.block.append(this.bar);
    const pointed = (event) => {
      const { left, top, width, height } = this.frame.getBoundingClientRect();
      const row = Math.floor(((event.clientY - top) / height) * rows);
      const column = Math.floor(((event.clientX - left) / width) * columns);
      return row < 0 || column < 0 || row >= rows || column >= columns ? null : this.found([row, column]);
    };
    this.frame.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") this.viewer.point(pointed(event));
    });
    this.frame.addEventListener("pointerleave", () => this.viewer.point(null));
    this.frame.addEventListener("click", (event) => {
      if (event.detail) this.viewer.point(pointed(event), true); // 0: a button was pressed by a key
    });
  }

  // The colours of the bar and what its ends mean.
  legend(note) {
    const { sign } = this.viewer.view;
    const palette = this.viewer.data.palettes[sign];
    const stops = Array.from({ length: 33 }, (_, i) => `#${palette.substr(6 * Math.round((255 * i) / 32), 6)}`);
    const [low, ramp, high, about] = this.ends;
    ramp.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    low.textContent = sign === "signed" ? "−max" : "0";
    high.textContent = "max";
    about.textContent = note;
  }

  // A canvas of values at the size of the frame, in dots of the screen.
  surface() {
    const { width, height } = this.frame.getBoundingClientRect();
    const [across, down] = [width, height].map((length) => Math.max(1, Math.round(length * devicePixelRatio)));
    if (this.canvas.width !== across || this.canvas.height !== down)
      [this.canvas.width, this.canvas.height] = [across, down];
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, across, down);
    return context;
  }

  // A box over places [from, to) of each axis.
  outline(name, [[top, bottom], [left, right]]) {
    const [rows, columns] = this.size;
    const box = element("i", name);
    box.style.top = `${(100 * top) / rows}%`;
    box.style.left = `${(100 * left) / columns}%`;
    box.style.height = `${(100 * (bottom - top)) / rows}%`;
    box.style.width = `${(100 * (right - left)) / columns}%`;
    return box;
  }
}

class PicturePanel extends Panel {
  constructor(viewer) {
    super(viewer, "where", "Attribution", "over the input");
    this.picture(viewer.data.size);
    this.frame.tabIndex = 0;
    this.frame.setAttribute("role", "application");
    this.frame.setAttribute("aria-roledescription", "map");
    this.frame.addEventListener("keydown", (event) => this.step(event));
  }

  found(place) {
    return { place };
  }

  // Arrows move a cursor; it starts in the middle.
  step(event) {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!by) return;
    const { target, data } = this.viewer;
    const start = target?.place ?? data.size.map((extent) => extent >> 1);
    const far = event.shiftKey ? 10 : 1;
    const place = start.map((from, axis) =>
      Math.max(0, Math.min(data.size[axis] - 1, from + far * by[axis] * (target?.place ? 1 : 0))));
    this.viewer.point({ place }, true);
    event.preventDefault();
  }

  refresh() {
    const { viewer } = this;
    const { sign, top, opacity, bands } = viewer.view;
    this.heat = viewer.attribution.once(`${sign} ${top} ${bands} painted`, () => {
      const { values, limit } = viewer.heat;
      return drawn(painted(values, limit, sign, viewer.palettes[sign], viewer.least), viewer.data.size);
    });
    this.opacity = opacity / 100;
    this.legend(sign === "signed" ? "blue opposes, red supports" : `clipped at ${viewer.data.percentile}th percentile`);
    const chosen = viewer.chosen();
    const of = chosen.length === viewer.bands.size ? "all bands" : chosen.map(words).join(", ");
    this.frame.setAttribute("aria-label",
      `Strongest ${top} % of the attribution of ${of} over the input. Arrow keys move a cursor.`);
  }

  draw() {
    const context = this.surface();
    const { width, height } = this.canvas;
    if (this.viewer.evidence.held) return this.viewer.evidence.draw(context, this.canvas);
    context.imageSmoothingEnabled = true;
    context.drawImage(this.viewer.bitmap, 0, 0, width, height);
    context.imageSmoothingEnabled = false;
    context.globalAlpha = this.opacity;
    context.drawImage(this.heat, 0, 0, width, height);
    context.globalAlpha = 1;
  }

  // The footprint of a coefficient, or a place.
  mark(target) {
    const { size } = this.viewer.data;
    const boxes = [];
    if (target?.index) boxes.push(this.outline("footprint", footprint(target.band, target.index, size)));
    if (target?.place) boxes.push(this.outline("place", target.place.map((at) => [at, at + 1])));
    this.marks.replaceChildren(...boxes);
  }
}

class MosaicPanel extends Panel {
  constructor(viewer) {
    super(viewer, "what", "By band", "attribution of each coefficient");
    const { bands } = viewer.data;
    const extent = [0, 1].map((axis) => Math.max(...bands.map((band) => band.tile[axis] + band.shape[axis])));
    this.picture(extent);
    this.tiles = bands.map((band) => this.tile(band));
    this.frame.insertBefore(element("div", "tiles"), this.marks).append(...this.tiles.map(({ made }) => made));
  }

  // A band's place, to be pressed.
  tile(band) {
    const made = this.outline("", [0, 1].map((axis) => [band.tile[axis], band.tile[axis] + band.shape[axis]]));
    const press = button("tile", (event) => this.viewer.solo([band.name], event.shiftKey));
    press.style.cssText = made.style.cssText;
    press.dataset.band = band.name;
    press.setAttribute("aria-label", `${words(band)}: ${percent(band.share)} of the attribution`);
    press.addEventListener("focus", () => {
      if (press.matches(":focus-visible")) this.viewer.point({ band });
    });
    const label = element("span", "label");
    press.append(label);
    return { band, made: press, label };
  }

  found([row, column]) {
    for (const { band } of this.tiles) {
      const index = [row - band.tile[0], column - band.tile[1]];
      if (index.every((i, axis) => i >= 0 && i < band.shape[axis])) return { band, index };
    }
    return null;
  }

  refresh() {
    const { attribution, view, palettes, data } = this.viewer;
    const { sign, scale } = view;
    this.mosaic = attribution.once(`${sign} ${scale} mosaic`, () => {
      const [rows, columns] = this.size;
      const pixels = new Uint32Array(rows * columns);
      for (const { band } of this.tiles) {
        const { values, limit } = attribution.coefficients(band, sign);
        const tile = painted(values, scale === "own" ? limit : attribution.common(sign), sign, palettes[sign]);
        for (let row = 0; row < band.shape[0]; row++)
          pixels.set(tile.subarray(row * band.shape[1], (row + 1) * band.shape[1]),
            (row + band.tile[0]) * columns + band.tile[1]);
      }
      return drawn(pixels, this.size);
    });
    this.legend(`${scale === "own" ? "per band; " : ""}clipped at ${data.percentile}th percentile`);
    const chosen = new Set(this.viewer.chosen());
    for (const { band, made } of this.tiles) {
      made.classList.toggle("off", !chosen.has(band));
      pressed(made, view.bands !== "" && chosen.has(band));
    }
  }

  draw() {
    const context = this.surface();
    context.imageSmoothingEnabled = false;
    context.drawImage(this.mosaic, 0, 0, this.canvas.width, this.canvas.height);
    for (const { band, made, label } of this.tiles) {
      label.textContent = [words(band), band.size, ""].find((text) => fits(text, made));
    }
  }

  // A coefficient, or in every band the one over a place.
  mark(target) {
    const found = !target ? []
      : target.band ? [[target.band, target.index]]
      : this.tiles.map(({ band }) => [band, target.place.map((place, axis) => at(band, axis, place))]);
    this.marks.replaceChildren(...found.map(([band, index]) => index
      ? this.outline("coefficient", index.map((i, axis) => [band.tile[axis] + i, band.tile[axis] + i + 1]))
      : this.outline("band", [0, 1].map((axis) => [band.tile[axis], band.tile[axis] + band.shape[axis]]))));
  }
}

function words(band) {
  return `${band.size} · ${band.part}`;
}

// Whether a text of 12 px has room in a tile.
function fits(text, tile) {
  if (!text) return true;
  const ruler = fits.ruler ??= document.createElement("canvas").getContext("2d");
  ruler.font = `600 12px ${getComputedStyle(tile).fontFamily}`;
  return ruler.measureText(text).width + 14 <= tile.clientWidth && tile.clientHeight >= 22;
}
