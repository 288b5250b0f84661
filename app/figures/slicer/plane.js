// One slice: it draws itself, and turns places on the screen into voxels.
//
// Appended to slicer.js: Streamlit takes one module.

const MARGIN = 20; // px on each side of a picture, as --margin

class Plane {
  constructor(slicer, plane, nth) {
    this.slicer = slicer;
    this.plane = plane;
    this.block = element("section", "plane");
    this.block.setAttribute("aria-label", plane.title);
    this.block.dataset.nth = nth;
    this.canvas = element("canvas");
    this.canvas.setAttribute("role", "img");
    this.lines = element("div", "lines");
    this.base = document.createElement("canvas");
    this.over = document.createElement("canvas");
    this.bar = element("span", "bar");
    this.width = element("i");
    this.far = element("span");
    this.bar.append(this.far, this.width);
    this.read = element("output");
    const head = element("div", "head");
    head.append(element("b", "", plane.title));
    this.stage = element("div", "stage");
    const picture = element("div", "picture");
    picture.append(this.canvas, this.lines);
    const sides = plane.sides.map((text, i) =>
      element("span", `side ${["left", "top", "right", "bottom"][i]}${text.length > 2 ? " long" : ""}`, text));
    this.stage.append(...sides, picture, this.bar);
    this.block.append(head, this.stage, this.steps());
    this.listen();
  }

  steps() {
    const { slicer, plane } = this;
    this.slider = range(0, slicer.data.shape[plane.axis] - 1, (value) =>
      slicer.step(plane.axis, value - slicer.at[plane.axis]));
    this.slider.setAttribute("aria-label", `${plane.title}: slice, ${plane.steps}`);
    this.slider.title = plane.steps;
    const steps = element("div", "steps");
    steps.append(this.slider, this.read);
    return steps;
  }

  listen() {
    const { slicer, canvas, slider } = this;
    let drag = null; // what a held pointer does when it moves
    canvas.addEventListener("pointerdown", (event) => {
      const windows = slicer.window && (event.button === 2 || (event.button === 0 && event.shiftKey));
      if (event.button !== 0 && !windows) return;
      event.preventDefault(); // else the slider would lose its focus again
      slider.focus({ preventScroll: true }); // so that arrows step through this slice
      canvas.setPointerCapture(event.pointerId);
      drag = windows ? this.windowing(event) : (move) => this.point(move);
      drag(event);
    });
    canvas.addEventListener("pointermove", (event) => drag?.(event));
    for (const end of ["pointerup", "pointercancel"])
      canvas.addEventListener(end, () => { drag = null; });
    canvas.addEventListener("contextmenu", (event) => slicer.window && event.preventDefault());
    let turned = 0;
    canvas.addEventListener("wheel", (event) => {
      if (event.ctrlKey || !event.deltaY) return; // it zooms the page
      event.preventDefault();
      turned += event.deltaMode ? Math.sign(event.deltaY) * WHEEL : event.deltaY;
      if (Math.abs(turned) < WHEEL) return;
      slicer.step(this.plane.axis, Math.sign(turned)); // a notch of any mouse is one slice
      turned = 0;
    }, { passive: false });
    this.block.addEventListener("keydown", (event) => this.press(event));
  }

  // From where the pointer went down: to the right is wider, upwards is brighter.
  windowing(start) {
    const { slicer } = this;
    const [low, high] = slicer.window;
    const unit = slicer.range()[1] / 400;
    return (event) =>
      slicer.look((low + high) / 2 + (event.clientY - start.clientY) * unit,
                  high - low + (event.clientX - start.clientX) * unit);
  }

  point(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const { across, down, mirrored } = this.plane;
    const at = [...this.slicer.at];
    const voxel = (share, axis, turn) => {
      const n = this.slicer.data.shape[axis];
      const i = Math.max(0, Math.min(n - 1, Math.floor(share * n)));
      return turn ? n - 1 - i : i;
    };
    at[across] = voxel((event.clientX - left) / width, across, mirrored[0]);
    at[down] = voxel((event.clientY - top) / height, down, mirrored[1]);
    this.slicer.go(at);
  }

  press(event) {
    if (!event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    const { across, down, mirrored } = this.plane;
    const move = {
      ArrowLeft: [across, mirrored[0] ? 1 : -1],
      ArrowRight: [across, mirrored[0] ? -1 : 1],
      ArrowUp: [down, mirrored[1] ? 1 : -1],
      ArrowDown: [down, mirrored[1] ? -1 : 1],
    }[event.key];
    if (!move) return;
    this.slicer.step(...move);
    event.preventDefault();
    event.stopPropagation();
  }

  mark() {
    const { slicer, plane } = this;
    const where = slicer.where(plane.axis);
    slide(this.slider, slicer.at[plane.axis], `${where}; ${slicer.reading()}`);
    this.read.textContent = where;
    const { heat, data } = slicer;
    const there = `crosshair at voxel ${[0, 1, 2].map((axis) => slicer.index(axis)).join(", ")}: ${slicer.reading()}`;
    const peak = heat ? `; strongest attribution ${digits(heat.at(slicer.place(heat.peak)))} at voxel ${
      heat.peak.map((i, axis) => i * data.factors[axis] + (data.factors[axis] >> 1)).join(", ")}` : "";
    this.canvas.setAttribute("aria-label", `${plane.title}, slice ${where}; ${there}${peak}`);
  }

  // How wide and how high a picture may be, in px.
  room() {
    return [this.stage.clientWidth - 2 * MARGIN, this.stage.clientHeight - 2 * MARGIN];
  }

  draw(scale, cell, available, { grey, heat }) {
    const { slicer, canvas, plane } = this;
    const { shape } = slicer.data;
    const [across, down] = [shape[plane.across], shape[plane.down]];
    const [w, h] = [across * cell[plane.across] * scale, down * cell[plane.down] * scale];
    const [wide, high] = [w, h].map((length) => Math.max(1, Math.round(length * devicePixelRatio)));
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    [canvas.style.width, canvas.style.height] = [`${w}px`, `${h}px`];
    const pen = canvas.getContext("2d");
    pen.globalAlpha = 1;
    pen.imageSmoothingEnabled = slicer.taste.smooth;
    this.fill(this.base, slicer.codes, grey, 0);
    pen.drawImage(this.base, 0, 0, wide, high);
    if (heat && slicer.taste.opacity > 0) {
      pen.imageSmoothingEnabled = false; // a mixture of two colours would be a third value
      pen.globalAlpha = slicer.taste.opacity;
      this.fill(this.over, slicer.heat.codes, heat, MOST_CODE);
      pen.drawImage(this.over, 0, 0, wide, high);
    }
    this.cross(w / across, h / down, w, h);
    this.ruler(scale, available);
  }

  // The slice, a pixel for each voxel, the way it lies on the screen.
  fill(target, codes, table, offset) {
    const { slicer, plane } = this;
    const { shape } = slicer.data;
    const strides = [shape[1] * shape[2], shape[2], 1];
    const [across, down] = [plane.across, plane.down].map((axis, i) => {
      const [n, stride] = [shape[axis], strides[axis]];
      return plane.mirrored[i] ? [n, (n - 1) * stride, -stride] : [n, 0, stride];
    });
    const start = slicer.at[plane.axis] * strides[plane.axis] + across[1] + down[1];
    [target.width, target.height] = [across[0], down[0]];
    const pen = target.getContext("2d");
    const image = pen.createImageData(across[0], down[0]);
    const pixels = new Uint32Array(image.data.buffer);
    for (let y = 0, i = 0; y < down[0]; y++)
      for (let x = 0; x < across[0]; x++, i++)
        pixels[i] = table[codes[start + x * across[2] + y * down[2]] + offset];
    pen.putImageData(image, 0, 0);
  }

  // Lines that leave the voxel they cross at free to be seen.
  cross(stepX, stepY, w, h) {
    const { slicer, plane, lines } = this;
    lines.hidden = !slicer.taste.crosshair;
    const spot = (axis, turn) => (turn ? slicer.data.shape[axis] - 1 - slicer.at[axis] : slicer.at[axis]);
    const sharp = (px) => Math.round(px * devicePixelRatio - 0.5) / devicePixelRatio;
    const x = sharp((spot(plane.across, plane.mirrored[0]) + 0.5) * stepX);
    const y = sharp((spot(plane.down, plane.mirrored[1]) + 0.5) * stepY);
    const [gapX, gapY] = [Math.max(7, stepX / 2), Math.max(7, stepY / 2)];
    const boxes = [
      [0, y, x - gapX, 0], [x + gapX, y, w - x - gapX, 0],
      [x, 0, 0, y - gapY], [x, y + gapY, 0, h - y - gapY],
    ];
    if (lines.childElementCount !== 4) lines.replaceChildren(...boxes.map(() => element("i")));
    boxes.forEach(([left, top, width, height], i) => {
      const line = lines.children[i];
      line.className = i < 2 ? "flat" : "upright";
      line.hidden = Math.max(width, height) <= 0;
      Object.assign(line.style, { left: `${left}px`, top: `${top}px`,
        width: `${Math.max(0, width)}px`, height: `${Math.max(0, height)}px` });
    });
  }

  // A bar of a round length: of the unit, or of voxels where there is none.
  ruler(scale, available) {
    const { spacing, spacingUnit } = this.slicer.data;
    const px = scale * (spacingUnit ? 1 : spacing[this.plane.across]);
    const most = (0.2 * available) / px;
    const power = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].find((n) => n * power <= most) * power;
    const shown = spacingUnit ? length : Math.max(1, length);
    this.width.style.width = `${shown * px}px`;
    this.far.textContent = `${digits(shown)} ${spacingUnit || (shown === 1 ? "voxel" : "voxels")}`;
  }
}
