// A picture with its attribution over it, all bands side by side, and the share of each level: three
// panels that are linked.
//
// Streamlit calls the default export at first and whenever its data or the theme change, always with
// the same parentElement; what it returns is called when the element goes. Nothing goes back: what is
// chosen stays in the page's address. The geometry is that of the bands' layout, whatever they are.

const AT_FIRST = { ...SHOWN, sign: "magnitude", scale: "own", bands: "" };

export default function ({ parentElement, data }) {
  return attached(parentElement, ".viewer", (root) => new Viewer(root), (it) => it.load(data));
}

class Viewer extends Chosen {
  constructor(root) {
    super(AT_FIRST);
    this.root = root;
    this.data = null;
    this.target = null; // what is pointed at: {place} or {band, index}
    this.pinned = null; // what was clicked, until something else is
    this.sizes = new ResizeObserver(() => this.draw());
    this.keys = (event) => this.press(event);
    document.addEventListener("keydown", this.keys, true); // before those of a talk
    this.evidence = new Evidence(this);
  }

  // --- what Streamlit says ------------------------------------------------------------------

  async load({ url, result }) {
    this.result = result;
    if (url === this.url) return this.draw(); // the theme has changed
    this.url = url;
    const packed = await fetched(url, () => url === this.url && this.root.isConnected);
    if (!packed) return; // another result, or none, by now
    const { data, picture, attribution } = openedPlane(packed);
    const bitmap = await createImageBitmap(new Blob([picture]));
    if (url === this.url && this.root.isConnected) this.show(data, bitmap, attribution);
  }

  show(data, bitmap, attribution) {
    const before = this.data;
    Object.assign(this, { data, bitmap, attribution, target: null, pinned: null });
    this.palettes = Object.fromEntries(
      Object.entries(data.palettes).map(([sign, text]) => [sign, colours(text)]),
    );
    this.bands = new Map(data.bands.map((band) => [band.name, band]));
    if (before?.key !== data.key) {
      this.unfollow?.();
      this.unfollow = followView(data.key, (chosen) => this.restore(chosen));
      this.view = this.known(readView(data.key));
    }
    this.view = this.known(this.view); // other bands, perhaps
    this.build();
    this.change({});
    this.root.dataset.version = data.version;
    this.evidence.ask();
  }

  close() {
    this.unfollow?.();
    this.sizes.disconnect();
    this.evidence.close();
    document.removeEventListener("keydown", this.keys, true);
  }

  // --- choices --------------------------------------------------------------------------------

  // A view with what is not known put back to its default.
  known(chosen) {
    const view = { ...AT_FIRST, ...chosen };
    const among = (name, values) => {
      if (!values.includes(view[name])) view[name] = AT_FIRST[name];
    };
    view.top = Number(view.top);
    view.opacity = Math.max(0, Math.min(100, Math.round(Number(view.opacity)) || 0));
    among("top", STRONGEST);
    among("sign", ["magnitude", "signed"]);
    among("scale", ["own", "common"]);
    const names = String(view.bands).split("_").filter((name) => this.bands.has(name));
    view.bands = this.named(names);
    return view;
  }

  // Bands as the address has them, in their order; all of them are none.
  named(names) {
    const chosen = [...this.bands.keys()].filter((name) => names.includes(name));
    return chosen.length === this.bands.size ? "" : chosen.join("_");
  }

  chosen() {
    const names = this.view.bands ? this.view.bands.split("_") : [...this.bands.keys()];
    return names.map((name) => this.bands.get(name));
  }

  // Some bands alone; all again, where they were alone already. Added to the others, or taken away.
  solo(names, add) {
    const now = this.view.bands ? this.view.bands.split("_") : [];
    const there = names.every((name) => now.includes(name));
    let next = names;
    if (add) next = there ? now.filter((name) => !names.includes(name)) : [...now, ...names];
    else if (there && now.length === names.length) next = [];
    this.change({ bands: this.named(next) });
  }

  clear() {
    this.pinned = null;
    this.point(null);
    this.change({ bands: "" });
  }

  // What is under the pointer, or was clicked.
  point(target, pin = false) {
    if (pin) this.pinned = target;
    this.target = target ?? this.pinned;
    for (const part of this.parts) part.mark(this.target);
  }

  press(event) {
    if (event.key !== "Escape" || !this.data || event.defaultPrevented) return;
    const path = event.composedPath();
    if (path[0] !== document.body && !path.includes(this.root)) return;
    if (!this.view.bands && !this.target) return;
    this.clear();
    event.preventDefault();
  }

  // --- what is on the page --------------------------------------------------------------------

  build() {
    this.sizes.disconnect();
    const panels = element("div", "panels");
    this.panels = [new PicturePanel(this), new MosaicPanel(this), new ScalesPanel(this)];
    panels.append(...this.panels.map((panel) => panel.block));
    const readout = new Readout(this);
    const controls = new Controls(this);
    controls.block.append(this.evidence.block);
    this.parts = [...this.panels, readout, controls];
    this.swipe = swipe(panels);
    const told = element("div", "told");
    told.append(readout.block, table(this.data));
    this.root.replaceChildren(this.swipe.bar, panels, told, controls.block);
    this.root.dataset.state = "shown";
    this.sizes.observe(this.root);
  }

  // After a choice: numbers, words and pixels.
  refresh() {
    const { root, view } = this;
    this.heat = this.attribution.heat(this.chosen(), view.sign);
    this.least = threshold(this.heat, view.top / 100);
    Object.assign(root.dataset, { top: view.top, sign: view.sign, bands: view.bands });
    for (const part of [...this.parts, this.evidence]) part.refresh();
    this.point(this.target === this.pinned ? null : this.target);
    this.draw();
  }

  draw() {
    if (!this.data || !this.root.clientWidth) return; // hidden, in a closed tab for instance
    const narrow = this.root.clientWidth < NARROW;
    this.root.classList.toggle("narrow", narrow);
    for (const panel of this.panels) panel.draw();
    this.swipe.mark();
  }
}
