// The volume in three dimensions, with the same crosshair, threshold and colours as the slices.
//
// Appended to slicer.js. Drawn by WebGL; without it, or until it has drawn, a still picture is shown.

const VIEWS = { Front: [0, 0], Side: [90, 0], Top: [0, 90], Reset: [38, 26] }; // degrees: turned, raised
const CLICK = 4; // px: a pointer that moved less has clicked
const FIT = 0.97; // of the room, that the unit ball takes

class Scene {
  constructor(slicer) {
    this.slicer = slicer;
    const { scene, shape, factors, spacing } = slicer.data;
    this.block = element("section", "scene");
    this.block.setAttribute("aria-label", "3-D scene");
    this.canvas = element("canvas", "space");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.still = element("img", "still");
    this.still.src = scene.still;
    this.still.alt = "The object from the front right, with the strongest attribution";
    this.note = element("p", "hint missing", "Interactive 3-D needs WebGL 2, which this browser does not offer.");
    this.note.hidden = true;
    const views = element("div", "buttons");
    views.setAttribute("role", "group");
    views.setAttribute("aria-label", "Camera");
    views.append(...Object.keys(VIEWS).map((name) => button("view", () => this.look(name), name)));
    this.compass = drawing("svg", { class: "compass", viewBox: "-50 -50 100 100", "aria-hidden": "true" });
    const stage = element("div", "space-stage");
    stage.append(this.still, this.canvas, this.compass, this.note);
    this.block.append(stage, views);
    this.stage = stage;

    const cell = shape.map((_, axis) => factors[axis] * spacing[axis]);
    const radius = Math.hypot(...shape.map((n, axis) => n * cell[axis])) / 2;
    this.place = scene.axes.map(([axis, sign]) =>
      [0, 1, 2].map((other) => (other === axis ? (sign * cell[axis]) / radius : 0)));
    this.centre = shape.map((n) => (n - 1) / 2);
    this.listen();
  }

  // --- the camera -----------------------------------------------------------------------------

  look(name) {
    const [turn, tilt] = VIEWS[name];
    this.slicer.change(() => { this.slicer.camera = { turn, tilt, zoom: 1, x: 0, y: 0 }; });
  }

  turn(right, up) {
    this.slicer.change(() => {
      const { camera } = this.slicer;
      camera.turn = ((((camera.turn + right + 180) % 360) + 360) % 360) - 180;
      camera.tilt = Math.max(-90, Math.min(90, camera.tilt + up));
    });
  }

  // About a point of the canvas, which stays where it is: shares of its width and height.
  zoom(factor, x = 0.5, y = 0.5) {
    this.slicer.change(() => {
      const { camera } = this.slicer;
      const zoom = Math.max(0.6, Math.min(12, camera.zoom * factor));
      const [before, after] = [this.scale(camera.zoom), this.scale(zoom)];
      camera.x += (2 * x - 1) * (1 / before[0] - 1 / after[0]);
      camera.y += (1 - 2 * y) * (1 / before[1] - 1 / after[1]);
      camera.zoom = zoom;
      if (zoom <= 1) Object.assign(camera, { x: 0, y: 0 });
    });
  }

  shift(right, down) {
    this.slicer.change(() => {
      const { camera } = this.slicer;
      const [sx, sy] = this.scale(camera.zoom);
      camera.x -= (2 * right) / this.stage.clientWidth / sx;
      camera.y += (2 * down) / this.stage.clientHeight / sy;
    });
  }

  scale(zoom) {
    const [wide, high] = [this.stage.clientWidth, this.stage.clientHeight];
    const least = Math.min(wide, high) * FIT * zoom;
    return [least / wide, least / high];
  }

  // Rows: to the right, up, towards the viewer.
  view() {
    const { turn, tilt } = this.slicer.camera;
    const [a, b] = [(turn * Math.PI) / 180, (tilt * Math.PI) / 180];
    return [
      [Math.cos(a), Math.sin(a), 0],
      [-Math.sin(a) * Math.sin(b), Math.cos(a) * Math.sin(b), Math.cos(b)],
      [Math.sin(a) * Math.cos(b), -Math.cos(a) * Math.cos(b), Math.sin(b)],
    ];
  }

  // A voxel → x, y, z of the scene.
  at(voxel) {
    return times(this.place, voxel.map((i, axis) => i - this.centre[axis]));
  }

  // --- the pointer and the keyboard -----------------------------------------------------------

  listen() {
    const { canvas } = this;
    const held = new Map(); // pointers that are down
    let moved = 0;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      if (!held.size) moved = 0;
      held.set(event.pointerId, [event.clientX, event.clientY]);
    });
    canvas.addEventListener("pointermove", (event) => {
      const last = held.get(event.pointerId);
      if (!last) return;
      const [dx, dy] = [event.clientX - last[0], event.clientY - last[1]];
      moved += Math.abs(dx) + Math.abs(dy);
      const others = [...held].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      held.set(event.pointerId, [event.clientX, event.clientY]);
      if (others.length) this.pinch(last, [event.clientX, event.clientY], others[0]);
      else if (moved >= CLICK && event.shiftKey) this.shift(dx, dy);
      else if (moved >= CLICK) this.turn(-dx / 2, dy / 2);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (held.delete(event.pointerId) && !held.size && moved < CLICK) this.pick(event);
    });
    canvas.addEventListener("pointercancel", (event) => held.delete(event.pointerId));
    canvas.addEventListener("wheel", (event) => {
      if (event.ctrlKey || !event.deltaY) return; // it zooms the page
      event.preventDefault();
      const { left, top, width, height } = canvas.getBoundingClientRect();
      const turned = event.deltaMode ? 40 * event.deltaY : event.deltaY;
      this.zoom(Math.exp(-turned / 500), (event.clientX - left) / width, (event.clientY - top) / height);
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act = {
        ArrowLeft: () => this.turn(-10, 0), ArrowRight: () => this.turn(10, 0),
        ArrowUp: () => this.turn(0, 10), ArrowDown: () => this.turn(0, -10),
        "+": () => this.zoom(1.25), "=": () => this.zoom(1.25), "-": () => this.zoom(0.8),
        0: () => this.look("Reset"),
      }[event.key];
      if (!act) return;
      act();
      event.preventDefault();
    });
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.painter = null;
      this.still.hidden = false;
    });
    canvas.addEventListener("webglcontextrestored", () => this.draw());
  }

  pinch(from, to, other) {
    const far = (at) => Math.hypot(at[0] - other[0], at[1] - other[1]) || 1;
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    this.zoom(far(to) / far(from), ((to[0] + other[0]) / 2 - left) / width, ((to[1] + other[1]) / 2 - top) / height);
    this.shift((to[0] - from[0]) / 2, (to[1] - from[1]) / 2);
  }

  // The nearest voxel that is coloured under the pointer, else the nearest of the object.
  pick(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const { slicer } = this;
    const { camera, heat } = slicer;
    const [sx, sy] = this.scale(camera.zoom);
    const x = (2 * (event.clientX - left)) / width - 1;
    const y = 1 - (2 * (event.clientY - top)) / height;
    const [right, up, near] = this.view();
    const from = right.map((r, i) =>
      r * (x / sx + camera.x) + up[i] * (y / sy + camera.y) + 2 * near[i]);
    const inverse = this.place[0].map((_, axis) => this.place.map((row) => row[axis] / dot(row, row)));
    const start = times(inverse, from).map((each, axis) => each + this.centre[axis]);
    const along = times(inverse, near).map((each) => -each);
    const shown = heat && slicer.taste.opacity > 0;
    const found =
      (shown && first(start, along, slicer.data.shape, (i) => Math.abs(heat.codes[i]) >= slicer.from)) ||
      first(start, along, slicer.data.shape, (i) => slicer.codes[i] >= slicer.data.scene.level);
    if (found) slicer.go(found);
  }

  // --- drawing --------------------------------------------------------------------------------

  mark() {
    const { slicer } = this;
    const voxel = [0, 1, 2].map((axis) => slicer.index(axis)).join(", ");
    this.canvas.setAttribute("aria-label",
      `3-D scene. Crosshair at voxel ${voxel}: ${slicer.reading()}. ` +
      "Arrow keys turn, plus and minus zoom, 0 resets the camera.");
  }

  // Once for each picture of the screen, however often it is asked for.
  draw() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      if (this.stage.clientWidth > 20 && this.canvas.isConnected) this.paint();
    });
  }

  paint() {
    const { slicer, canvas, stage } = this;
    const [wide, high] = [stage.clientWidth, stage.clientHeight].map((px) => Math.round(px * devicePixelRatio));
    if (!this.painter && !this.begin()) return;
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    const { heat, taste, camera } = slicer;
    const cubes = heat && `${heat.known} ${heat.version} ${slicer.from}`;
    if (cubes !== this.cubes) this.painter.setCubes(faces(heat, slicer.from, slicer.inks().heat));
    this.cubes = cubes;
    this.painter.setLines(this.segments());
    const [sx, sy] = this.scale(camera.zoom);
    const text = this.ink("--st-text-color");
    this.painter.draw({
      view: this.view().flat(), frame: [sx, sy, -camera.x * sx, -camera.y * sy],
      place: this.place.flat(), centre: this.centre,
      ink: [...blend(text, this.ink("--st-background-color"), 0.42), taste.object], edge: text,
      opacity: heat ? taste.opacity : 0, wide, high,
    });
    this.still.hidden = true;
    this.turnCompass();
    slicer.root.dataset.camera = [camera.turn, camera.tilt, camera.zoom].map((n) => n.toFixed(2)).join(" ");
  }

  // Whether there is WebGL; makes what stays the same.
  begin() {
    try {
      this.painter = new Painter(this.canvas);
    } catch (error) {
      console.info(`The scene stays a still picture: ${error.message}`);
      [this.note.hidden, this.canvas.hidden] = [false, true];
      return false;
    }
    const { vertices, faces } = this.slicer.data;
    const position = new Float32Array(vertices.length);
    for (let n = 0; n < vertices.length; n += 3)
      position.set(this.at([0, 1, 2].map((axis) => vertices[n + axis] / VERTEX - 1)), n);
    this.painter.setSurface(position, normals(position, faces), faces);
    this.cubes = undefined;
    return true;
  }

  // A colour of the page, 0 … 1.
  ink(name) {
    const pen = (this.pen ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true }));
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = getComputedStyle(this.slicer.root).getPropertyValue(name).trim() || "#808080";
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((part) => part / 255);
  }

  // The edges of the volume; the crosshair, through all of it; and the voxel that it is at.
  segments() {
    const { slicer } = this;
    const { shape } = slicer.data;
    const text = this.ink("--st-text-color");
    const box = (low, high, tint, width) => {
      const made = [];
      for (let axis = 0; axis < 3; axis++)
        for (const [i, j] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
          const from = [0, 0, 0];
          [from[(axis + 1) % 3], from[(axis + 2) % 3]] = [i, j];
          const to = from.map((end, other) => (other === axis ? 1 : end));
          const corner = (ends) => this.at(ends.map((end, other) => (end ? high : low)[other]));
          made.push({ from: corner(from), to: corner(to), tint, width });
        }
      return made;
    };
    const dots = devicePixelRatio;
    const edge = (n) => n - 0.5;
    const made = box([-0.5, -0.5, -0.5], shape.map(edge), [...text, 0.25], dots);
    if (!slicer.taste.crosshair) return made;
    const { at } = slicer;
    for (let axis = 0; axis < 3; axis++) {
      const end = (i) => this.at(at.map((each, other) => (other === axis ? i : each)));
      made.push({ from: end(-0.5), to: end(edge(shape[axis])), tint: [...text, 0.85], width: 1.2 * dots });
    }
    const grown = (by) => at.map((i) => i + by);
    made.push(...box(grown(-0.55), grown(0.55), [...this.ink("--st-primary-color"), 1], 2 * dots));
    return made;
  }

  // Which way is which: the three directions, the nearest drawn last.
  turnCompass() {
    const [right, up, near] = this.view();
    const { names } = this.slicer.data.scene;
    const arms = [0, 1, 2].map((i) => ({ x: 26 * right[i], y: -26 * up[i], z: near[i], name: names[i] }));
    arms.sort((one, other) => one.z - other.z);
    this.compass.replaceChildren(...arms.flatMap(({ x, y, z, name }) => {
      if (Math.hypot(x, y) < 4) return [];
      const long = Math.hypot(x, y);
      const strength = z < -0.2 ? 0.55 : 1;
      const text = drawing("text", { x: x + (9 * x) / long, y: y + (9 * y) / long + 4, opacity: strength,
        "text-anchor": Math.abs(x) < 8 ? "middle" : x > 0 ? "start" : "end" });
      text.textContent = name;
      return [drawing("line", { x2: x, y2: y, opacity: strength }), text];
    }));
  }

  close() {
    cancelAnimationFrame(this.waiting);
    this.painter?.close();
  }
}
