// The probability of the class over the share of coefficients, of this attribution and of |z|.
//
// A stop of the slider below is a column of the chart: the middle of its thumb lies under the curve.

const THUMB = 8; // px, half of the slider's thumb
const LOW = 34; // px, the height of a chart that is folded
const HIGH = 262; // px, of one that is open
const LOWER = 150; // px, of one that is below its picture
const AXIS = 30; // px left of an open one, for its numbers
const FOOT = 20; // px below it

class Chart {
  constructor({ shares, p, z, first, label }) {
    Object.assign(this, { shares, p, z, first });
    const most = Math.max(...p, ...z);
    this.top = [0.1, 0.2, 0.5, 1].find((top) => top >= most) ?? 1; // where the axis ends
    this.svg = drawn("svg", { class: "chart", role: "img" });
    const predicted = first.map((nth) => (nth === null ? "never" : `from ${percent(shares[nth])}`));
    this.svg.setAttribute(
      "aria-label",
      `Probability of ${label} over the share of coefficients. Predicted ${predicted[0]} of the ` +
        `strongest by attribution, ${predicted[1]} of the largest by magnitude |z|.`,
    );
  }

  // With its axes in the height that there is; without, where there is none.
  draw(stop, room) {
    const width = this.svg.parentElement.clientWidth;
    const height = room || LOW;
    const open = room > 0;
    if (!width) return;
    const known = [width, height, stop].join();
    if (known === this.known) return;
    this.known = known;
    const [left, foot] = open ? [AXIS, FOOT] : [0, 2];
    const last = this.shares.length - 1;
    const x = (nth) => left + THUMB + ((width - left - 2 * THUMB) * nth) / last;
    const y = (value) => 4 + (height - 4 - foot) * (1 - value / this.top);
    const points = (values, end = last) =>
      values.slice(0, end + 1).map((value, nth) => `${x(nth).toFixed(1)},${y(value).toFixed(1)}`);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.style.height = `${height}px`;
    this.svg.replaceChildren(
      ...(open ? this.frame(x, y, width) : []),
      drawn("path", {
        class: "area",
        d: `M${x(0)},${y(0)}L${points(this.p, stop).join("L")}L${x(stop)},${y(0)}Z`,
      }),
      drawn("polyline", { class: "line z", points: points(this.z).join(" ") }),
      drawn("polyline", { class: "line p", points: points(this.p).join(" ") }),
      drawn("line", { class: "now", x1: x(stop), x2: x(stop), y1: y(this.top), y2: y(0) }),
      ...this.dots(x, y, stop),
    );
  }

  // Horizontal lines with probabilities, and shares below.
  frame(x, y, width) {
    const rules = [0, this.top / 2, this.top].flatMap((value) => [
      drawn("line", { class: "rule", x1: x(0), x2: width, y1: y(value), y2: y(value) }),
      drawn("text", { class: "tick", x: AXIS - 2, y: y(value) + 4, "text-anchor": "end" }, String(value)),
    ]);
    const lowest = Math.log10(this.shares[0]);
    const ticks = [0.001, 0.01, 0.1, 1].map((share) => {
      const nth = ((Math.log10(share) - lowest) / -lowest) * (this.shares.length - 1);
      const anchor = share === 1 ? "end" : "middle";
      const at = share === 1 ? width : x(nth);
      return drawn("text", { class: "tick", x: at, y: y(0) + 15, "text-anchor": anchor }, percent(share));
    });
    return [...rules, ...ticks];
  }

  // Rings where the class first is the prediction, dots at the present stop.
  dots(x, y, stop) {
    const both = [["z", this.z, this.first[1]], ["p", this.p, this.first[0]]];
    return both.flatMap(([name, values, first]) => [
      ...(first === null
        ? []
        : [drawn("circle", { class: `first ${name}`, cx: x(first), cy: y(values[first]), r: 4.5 })]),
      drawn("circle", { class: `at ${name}`, cx: x(stop), cy: y(values[stop]), r: 3 }),
    ]);
  }
}

function drawn(tag, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}
