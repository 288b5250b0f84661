// How the attribution is shown, and what is under the pointer. Appended to viewer.js.

class Controls {
  constructor(viewer) {
    this.viewer = viewer;
    this.block = element("div", "controls");
    this.top = slider("Strongest", 0, STRONGEST.length - 1, (nth) => viewer.change({ top: STRONGEST[nth] }));
    this.opacity = slider("Opacity", 0, 100, (opacity) => viewer.change({ opacity }));
    this.groups = [
      choice("Values", { magnitude: "Magnitude", signed: "Signed" }, (sign) => viewer.change({ sign }),
        () => viewer.view.sign),
      choice("Scale", { own: "Per band", common: "Common" }, (scale) => viewer.change({ scale }),
        () => viewer.view.scale),
      choice("Bands", this.bands(), (bands) => viewer.change({ bands }), () => viewer.view.bands),
    ];
    this.block.append(this.top.block, this.opacity.block, ...this.groups.map(({ block }) => block));
  }

  // All bands, and the groups of the input's kind.
  bands() {
    const { data } = this.viewer;
    const groups = Object.entries(data.groups).map(([name, names]) => [this.viewer.named(names), name]);
    return { "": "All", ...Object.fromEntries(groups) };
  }

  refresh() {
    const { top, opacity } = this.viewer.view;
    this.top.set(STRONGEST.indexOf(top), `${top}\u00a0%`);
    this.opacity.set(opacity, `${opacity}\u00a0%`);
    for (const group of this.groups) group.refresh();
  }

  mark() {}
}

// The values under the pointer, in as many lines as there are always.
class Readout {
  constructor(viewer) {
    this.viewer = viewer;
    this.block = element("div", "readout");
    this.block.setAttribute("role", "status");
  }

  refresh() {}

  mark(target) {
    const { evidence } = this.viewer;
    const parts = evidence.held ? evidence.words() : target?.place ? this.place(target.place) : target?.band ? this.band(target) : this.hint();
    this.block.replaceChildren(...parts);
  }

  hint() {
    const text = matchMedia("(hover: none)").matches
      ? "Tap the picture or a tile for its values. Tap a tile or bar to show it alone, again for all."
      : "Hover over the picture or a tile. Click a tile or bar to show it alone, Shift-click to add, Esc to reset.";
    return [element("span", "about", text)];
  }

  // The sum of the chosen bands at a place, and each one's part in it; relative to the largest sum.
  place(place) {
    const { attribution, heat, view, data } = this.viewer;
    const [row, column] = place;
    const most = heat.most || 1;
    const total = heat.values[row * data.size[1] + column];
    const lines = levels(this.viewer.chosen()).map(({ size, bands }) => {
      const line = element("span", "values");
      const values = bands.map((band) => {
        const [i, j] = place.map((at_, axis) => at(band, axis, at_));
        const value = attribution.coefficients(band, view.sign).values[i * band.shape[1] + j] / most;
        return bands.length > 1 ? `${band.part} ${percent(value)}` : percent(value);
      });
      line.append(element("b", "", size), ` ${values.join(", ")}`);
      return line;
    });
    const head = element("span", "values");
    head.append(element("b", "", `Row ${row}, column ${column}`), ` ${percent(total / most)} of max`);
    return [head, ...lines];
  }

  // A coefficient, and the places that it covers; or a band.
  band({ band, index }) {
    const { attribution, view, data } = this.viewer;
    const { values, most } = attribution.coefficients(band, view.sign);
    const head = element("span", "values");
    head.append(element("b", "", words(band)), ` ${percent(band.share)} of the attribution`);
    if (!index) return [head];
    const [rows, columns] = footprint(band, index, data.size).map(([from, to]) =>
      to - from > 1 ? `${from}–${to - 1}` : `${from}`);
    const value = values[index[0] * band.shape[1] + index[1]] / (most || 1);
    const [one, covered] = [element("span", "values"), element("span", "values")];
    one.append(element("b", "", `Coefficient ${index.join(", ")}`), ` ${percent(value)} of the band’s max`);
    covered.append(element("b", "", "Covers"), ` rows ${rows}, columns ${columns}`);
    return [head, one, covered];
  }
}
