// What is chosen, as a part of the page's address, and back. Appended to slicer.js.

Object.assign(Slicer.prototype, {
  // Only what differs from what is shown at first.
  choices() {
    const { data, heat, taste, camera } = this;
    const made = {};
    const set = (name, value, usual) => {
      if (String(value) !== String(usual)) made[name] = value;
    };
    const peak = heat ? heat.peak : this.centre();
    set("at", this.at.join("."), peak.join("."));
    set("top", STRONGEST[this.strongest], STRONGEST[AT_FIRST]);
    if (this.window) set("window", this.window.map(plain).join("_"), data.window.map(plain).join("_"));
    if (Object.keys(made).length) made.of = data.version.slice(0, 4);
    if (heat) {
      const mask = [...this.chosen].reduce((sum, nth) => sum | (1n << BigInt(nth)), 0n);
      set("bands", mask.toString(36), ((1n << BigInt(heat.bands.length)) - 1n).toString(36));
    }
    set("sign", taste.sign, TASTE.sign);
    for (const name of ["opacity", "object"])
      set(name, Math.round(100 * taste[name]), Math.round(100 * TASTE[name]));
    for (const name of ["crosshair", "smooth", "plane"]) set(name, Number(taste[name]), Number(TASTE[name]));
    set("camera", Object.values(camera).map(plain).join("_"), Object.values(CAMERA).map(plain).join("_"));
    return made;
  },

  // What the address says; all else is as at first. Whoever edits it gets what can be had of it.
  restore(choices) {
    const { data, heat } = this;
    const numbers = (text, mark, count) => {
      const found = (text ?? "").split(mark).map(Number);
      return found.length === count && found.every(Number.isFinite) ? found : null;
    };
    const share = (name) => Math.max(0, Math.min(100, numbers(choices[name], "_", 1)?.[0] ?? 100 * TASTE[name])) / 100;
    this.taste = {
      ...TASTE,
      sign: choices.sign === "signed" ? "signed" : TASTE.sign,
      opacity: choices.opacity ? share("opacity") : TASTE.opacity,
      object: choices.object ? share("object") : TASTE.object,
      crosshair: choices.crosshair !== "0",
      smooth: choices.smooth === "1",
      plane: Math.max(0, ["0", "1", "2"].indexOf(choices.plane)),
    };
    if (heat) {
      const every = [...this.every()];
      const mask = /^[0-9a-z]+$/.test(choices.bands ?? "") ? based(choices.bands) : null;
      this.chosen = new Set(mask === null ? every : every.filter((nth) => (mask >> BigInt(nth)) & 1n));
    }
    const camera = numbers(choices.camera, "_", 5);
    this.camera = camera ? Object.fromEntries(Object.keys(CAMERA).map((name, i) => [name, camera[i]])) : { ...CAMERA };
    this.camera.zoom = Math.max(0.6, Math.min(12, this.camera.zoom));
    this.sum();
    this.at = heat ? heat.peak : this.centre();
    if (choices.of !== data.version.slice(0, 4)) return;
    const at = numbers(choices.at, ".", 3);
    if (at?.every((i, axis) => Number.isInteger(i) && i >= 0 && i < data.shape[axis])) this.at = at;
    const top = STRONGEST.indexOf(Number(choices.top));
    if (top >= 0) this.strongest = top;
    const window = data.window && numbers(choices.window, "_", 2);
    if (window && window[0] < window[1]) this.window = window;
  },
});

// Short, without an exponent, as addresses take it.
function plain(value) {
  return String(Number(value.toFixed(3)));
}

function based(text) {
  return [...text].reduce((sum, digit) => sum * 36n + BigInt(parseInt(digit, 36)), 0n);
}
