// The attribution: coefficients by band, their sum by voxel, its order and its colours.
//
// Appended to slicer.js. All follows from the coefficients, so bands and sign change without a server.

const PERCENTILE = 99.9; // of the magnitudes: where colours end
const MOST_CODE = 32767;

class Heat {
  constructor(data) {
    const { heat, size, factors, shape } = data;
    Object.assign(this, { size, factors, shape });
    this.version = heat.version;
    this.label = heat.label;
    this.groups = heat.groups;
    this.palettes = { magnitude: colours(heat.palettes.magnitude), signed: colours(heat.palettes.signed) };
    let from = 0;
    this.bands = heat.bands.map((band) => {
      const count = band.shape.reduce((n, extent) => n * extent, 1);
      const part = (codes) => codes?.subarray(from, from + count);
      const made = { ...band, signed: part(data.signed), magnitude: part(data.magnitude) };
      from += count;
      return made;
    });
    const totals = this.bands.map((band) => strength(band));
    const whole = totals.reduce((sum, each) => sum + each, 0) || 1;
    this.bands.forEach((band, nth) => { band.share = totals[nth] / whole; });
  }

  // Sums the chosen bands: a code for each voxel that the browser has, and what follows from the codes.
  sum(sign, chosen) {
    const known = `${sign} ${[...chosen].sort((a, b) => a - b).join(" ")}`;
    if (known === this.known) return;
    this.known = known;
    this.sign = sign;
    this.palette = this.palettes[sign];
    const values = new Float32Array(this.size.reduce((n, extent) => n * extent, 1));
    for (const nth of chosen) this.add(values, this.bands[nth], sign);
    this.encode(Math.max(...this.factors) > 1 ? this.reduced(values) : values);
  }

  add(values, { shape, step, start, scales, signed, magnitude }, sign) {
    const sized = sign === "magnitude" && magnitude;
    const [codes, scale] = sized ? [magnitude, scales.magnitude] : [signed, scales.signed];
    const folded = sign === "magnitude" && !sized;
    const [along, down, across] = this.size.map((extent, axis) =>
      Int32Array.from({ length: extent }, (_, i) => Math.floor((i - start[axis]) / step[axis])));
    let n = 0;
    for (const a of along)
      for (const b of down) {
        const row = (a * shape[1] + b) * shape[2];
        for (const c of across) {
          const code = codes[row + c];
          values[n++] += (folded && code < 0 ? -code : code) * scale;
        }
      }
  }

  // Blocks of voxels as one: the value of largest magnitude.
  reduced(values) {
    const [[, B, C], [f, g, h], [, b, c]] = [this.size, this.factors, this.shape];
    const few = new Float32Array(this.shape.reduce((n, extent) => n * extent, 1));
    for (let n = 0; n < values.length; n++) {
      const [i, j, k] = [Math.floor(n / (B * C)), Math.floor(n / C) % B, n % C];
      const place = (Math.floor(i / f) * b + Math.floor(j / g)) * c + Math.floor(k / h);
      if (Math.abs(values[n]) > Math.abs(few[place])) few[place] = values[n];
    }
    return few;
  }

  encode(values) {
    const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    this.step = most / MOST_CODE || 1;
    this.codes = Int16Array.from(values, (value) => Math.round(value / this.step));
    this.below = new Uint32Array(MOST_CODE + 2); // how many voxels are weaker than each strength
    for (const code of this.codes) this.below[Math.abs(code) + 1]++;
    this.most = this.below.findLastIndex((count) => count > 0) - 1;
    for (let i = 1; i < this.below.length; i++) this.below[i] += this.below[i - 1];
    this.end = this.percentile(PERCENTILE) || this.most || 1; // of the colours, as a code
    this.limit = this.end * this.step;
    const place = this.codes.findIndex((code) => Math.abs(code) === this.most);
    const [, b, c] = this.shape;
    this.peak = [Math.floor(place / (b * c)), Math.floor(place / c) % b, place % c];
  }

  // Of the magnitudes, as a code; between two of them where it falls there.
  percentile(percent) {
    const place = (percent / 100) * (this.codes.length - 1);
    const code = (nth) => {
      let [low, high] = [0, MOST_CODE];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.below[middle + 1] > nth) high = middle;
        else low = middle + 1;
      }
      return low;
    };
    const [low, high] = [code(Math.floor(place)), code(Math.ceil(place))];
    return low + (place - Math.floor(place)) * (high - low);
  }

  at(place) {
    return this.codes[place] * this.step;
  }

  // The share of all voxels that are weaker than the one at a place.
  rank(place) {
    return this.below[Math.abs(this.codes[place])] / this.codes.length;
  }

  // The least strength among the strongest share of the voxels, and how many have it or more. What
  // is 0 is never among them, unless all are asked for.
  threshold(share) {
    const all = this.codes.length;
    if (share >= 1) return [0, all];
    let from = MOST_CODE;
    while (from > 1 && all - this.below[from - 1] <= share * all) from--;
    return [from, all - this.below[from]];
  }

  // The colour of each code, from −32767 on, as one pixel; transparent below the threshold.
  colours(from) {
    const { end, sign, palette } = this;
    return Uint32Array.from({ length: 2 * MOST_CODE + 1 }, (_, i) => {
      const code = i - MOST_CODE;
      if (Math.abs(code) < from) return 0;
      const share = Math.max(-1, Math.min(1, code / end));
      return palette[Math.round(sign === "signed" ? (share + 1) * 127.5 : Math.max(0, share) * 255)];
    });
  }
}

function strength({ signed, magnitude, scales }) {
  const [codes, scale] = magnitude ? [magnitude, scales.magnitude] : [signed, scales.signed];
  return codes.reduce((sum, code) => sum + Math.abs(code), 0) * scale;
}
