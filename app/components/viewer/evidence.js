// The kept part alone, as long as a button or the space bar is held. Its pictures are those of the
// page's build-up, which says so when it has them. Appended to viewer.js.

const BUILT = "wam-build-up"; // on window: the build-up of a result, in detail
const WANTED = "wam-build-up-wanted"; // on window: who has one says so again

class Evidence {
  constructor(viewer) {
    this.viewer = viewer;
    this.held = false;
    this.built = null; // {result, shares, columns, size, predicted} and the sheet of its pictures
    this.listeners = new AbortController();
    const on = (target, name, heard) => target.addEventListener(name, heard, { signal: this.listeners.signal });
    this.block = button("hold", () => {}, "Hold: kept part only");
    this.block.setAttribute("aria-keyshortcuts", "Space");
    on(this.block, "pointerdown", (event) => {
      this.block.setPointerCapture(event.pointerId);
      this.hold(true);
    });
    for (const name of ["pointerup", "pointercancel", "blur"]) on(this.block, name, () => this.hold(false));
    on(this.block, "contextmenu", (event) => event.preventDefault());
    on(document, "keydown", (event) => this.press(event, true));
    on(document, "keyup", (event) => this.press(event, false));
    on(window, BUILT, ({ detail }) => this.take(detail));
  }

  ask() {
    window.dispatchEvent(new CustomEvent(WANTED));
  }

  async take(built) {
    if (built.result !== this.viewer.result || built.sheet === this.built?.sheet) return;
    const sheet = new Image();
    sheet.src = built.sheet;
    await sheet.decode();
    if (built.result !== this.viewer.result) return; // another result by now
    this.built = { ...built, picture: sheet };
    this.refresh();
  }

  // The stop whose share is nearest to that of the coloured places.
  stop() {
    const { shares } = this.built;
    const far = shares.map((share) => Math.abs(Math.log((100 * share) / this.viewer.view.top)));
    return far.indexOf(Math.min(...far));
  }

  // Space, unless something else takes it, or the picture is not on the screen.
  press(event, down) {
    if (event.key !== " " || this.block.disabled) return;
    const [first] = event.composedPath();
    if (first !== this.block && first !== document.body && !first.matches(".where .frame")) return;
    const { top, bottom } = this.viewer.root.getBoundingClientRect();
    if (top > innerHeight || bottom < 0) return;
    event.preventDefault();
    if (!event.repeat) this.hold(down);
  }

  hold(yes) {
    const held = yes && !this.block.disabled;
    if (held === this.held) return;
    this.held = held;
    pressed(this.block, held);
    this.viewer.root.dataset.held = held;
    this.viewer.draw();
    this.viewer.point(this.viewer.target);
  }

  // The kept part in the place of the picture and its attribution.
  draw(context, { width, height }) {
    const { size: [rows, columns], columns: across, picture } = this.built;
    const stop = this.stop();
    const [left, top] = [(stop % across) * columns, Math.floor(stop / across) * rows];
    context.drawImage(picture, left, top, columns, rows, 0, 0, width, height);
  }

  words() {
    const stop = this.stop();
    const [label, p] = this.built.predicted[stop];
    const head = element("span", "values");
    head.append(element("b", "", `Strongest ${percent(this.built.shares[stop])} of the coefficients only`),
      ` predicted: ${label}, p\u00a0=\u00a0${p.toFixed(2)}`);
    return [head];
  }

  refresh() {
    const known = this.built?.result === this.viewer.result;
    this.block.disabled = !known; // it keeps its place, but is not seen
    if (!known) return this.hold(false);
    const share = percent(this.built.shares[this.stop()]);
    this.block.title = `Hold, or hold Space: only the strongest ${share} of the coefficients`;
    pressed(this.block, this.held);
  }

  close() {
    this.listeners.abort();
  }
}
