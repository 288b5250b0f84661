// Each level's share of the attribution, against its share of the coefficients; and the same numbers
// for every band, as a table. Appended to viewer.js.

class ScalesPanel {
  constructor(viewer) {
    this.viewer = viewer;
    this.block = element("section", "panel scales");
    this.block.dataset.title = "By scale";
    this.block.setAttribute("aria-label", "By scale: share of the attribution of each level");
    const head = element("div", "head");
    head.append(element("b", "", "By scale"));
    head.title = "attribution relative to the number of coefficients";
    const rows = element("div", "levels");
    this.rows = levels(viewer.data.bands).map((level) => this.row(level));
    rows.append(...this.rows.map(({ made }) => made));
    const axis = element("div", "axis");
    const tens = Array.from({ length: 9 }, (_, n) => 10 ** (n - 4));
    axis.append(...tens.filter((ratio) => ratio >= this.low && ratio <= this.high).map((ratio) => this.tick(ratio)),
      element("p", "about", "1× = expected by number of coefficients"));
    this.block.append(head, rows, axis);
  }

  // The ends of the axis, about all levels and at least half a power of ten about 1.
  ends() {
    const ratios = levels(this.viewer.data.bands).map(({ ratio }) => ratio).filter((ratio) => ratio > 0);
    const far = (ratio) => Math.min(4, Math.max(0.6, 0.1 + Math.abs(Math.log10(ratio))));
    return [10 ** -far(Math.min(1, ...ratios)), 10 ** far(Math.max(1, ...ratios))];
  }

  // Where a ratio lies on the axis, 0 … 1.
  place(ratio) {
    if (!this.low) [this.low, this.high] = this.ends();
    const share = Math.log(ratio / this.low) / Math.log(this.high / this.low);
    return Math.max(0, Math.min(1, share));
  }

  row(level) {
    const names = level.bands.map((band) => band.name);
    const made = button("level", (event) => this.viewer.solo(names, event.shiftKey));
    made.dataset.level = level.level;
    const count = `expected by count ${percent(level.expected)}`;
    made.setAttribute("aria-label", `${level.size}: ${percent(level.share)} of the attribution, ${count}`);
    made.title = `${percent(level.share)} of the attribution; ${count}`;
    const track = element("span", "track");
    const [one, here] = [this.place(1), this.place(level.ratio)];
    const bar = element("i", "bar");
    bar.style.left = `${100 * Math.min(one, here)}%`;
    bar.style.width = `${100 * Math.abs(one - here)}%`;
    bar.style.background = level.colour;
    const tick = element("i", "expected");
    tick.style.left = `${100 * one}%`;
    track.append(bar, tick);
    made.append(element("span", "size", level.size), element("span", "share", percent(level.share)), track,
      element("span", "ratio", times(level.ratio)));
    return { names, made };
  }

  tick(ratio) {
    const mark = element("span", "tick", times(ratio));
    mark.style.left = `${100 * this.place(ratio)}%`;
    return mark;
  }

  refresh() {
    const { view } = this.viewer;
    const chosen = this.viewer.chosen().map((band) => band.name);
    for (const { names, made } of this.rows) {
      const there = names.filter((name) => chosen.includes(name)).length;
      made.classList.toggle("off", !there);
      pressed(made, view.bands !== "" && there === names.length);
    }
  }

  mark() {}

  draw() {}
}

// The bands of each level together, in their order; the approximation is level 0.
function levels(bands) {
  const found = new Map();
  for (const band of bands) found.set(band.level, [...(found.get(band.level) ?? []), band]);
  return [...found].map(([level, members]) => {
    const sum = (name) => members.reduce((total, band) => total + band[name], 0);
    const [{ size, colour }, share, expected] = [members[0], sum("share"), sum("expected")];
    return { level, size, colour, share, expected, ratio: share / expected, bands: members };
  });
}

// A ratio to two digits.
function times(ratio) {
  const text = ratio >= 10 ? ratio.toFixed(0) : String(Number(ratio.toPrecision(ratio < 0.1 ? 1 : 2)));
  return `${text}×`;
}

// The numbers of every band, for those who read them; filled when it is opened.
function table(data) {
  const details = element("details", "table");
  details.append(element("summary", "", "Table"));
  details.addEventListener("toggle", () => {
    if (!details.open || details.children.length > 1) return;
    const made = element("table");
    const row = (tag, cells) => {
      const line = element("tr");
      line.append(...cells.map((text, nth) => {
        const cell = element(nth ? tag : "th", "", text);
        if (tag === "th" || !nth) cell.scope = tag === "th" ? "col" : "row";
        return cell;
      }));
      return line;
    };
    const head = element("thead");
    head.append(row("th", ["Band", "Coefficients", "Share of attribution", "Expected by count", "Ratio", "Maximum"]));
    const body = element("tbody");
    body.append(...data.bands.map((band) => row("td", [
      words(band), band.shape.join(" × "), percent(band.share), percent(band.expected),
      times(band.share / band.expected), digits(band.peaks.magnitude),
    ])));
    const frame = element("div", "scroll");
    frame.tabIndex = 0; // to be scrolled by keys on a narrow page
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", "Attribution by band");
    made.append(head, body);
    frame.append(made);
    details.append(frame);
  });
  return details;
}
