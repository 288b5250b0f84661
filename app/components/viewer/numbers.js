// The numbers of an attribution: what Python has packed, and the maps that are made of it.
// Appended to viewer.js.

// The header, the picture's bytes, and an Attribution of the codes.
function openedPlane(packed) {
  const head = new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
  const data = JSON.parse(new TextDecoder().decode(packed.subarray(4, 4 + head)));
  let from = 4 + head;
  const take = (length) => packed.slice(from, (from += length)).buffer; // a copy, so it is aligned
  const picture = take(data.picture);
  const [unsigned, signed] = data.bits === 8 ? [Uint8Array, Int8Array] : [Uint16Array, Int16Array];
  for (const band of data.bands) {
    const length = (band.shape[0] * band.shape[1] * data.bits) / 8;
    band.codes = { magnitude: new unsigned(take(length)), signed: new signed(take(length)) };
  }
  return { data, picture, attribution: new Attribution(data) };
}

class Attribution {
  constructor({ size, bands, bits, power, percentile }) {
    Object.assign(this, { size, bands, percentile: percentile / 100, kept: new Map() });
    const most = { magnitude: 2 ** bits - 1, signed: 2 ** (bits - 1) - 1 };
    this.value = (code, peak, sign) =>
      Math.sign(code) * peak * (Math.abs(code) / most[sign]) ** power;
  }

  // What was made for a key before, or is made now; among the latest.
  once(key, make) {
    const made = this.kept.get(key) ?? make();
    this.kept.delete(key);
    this.kept.set(key, made);
    if (this.kept.size > 64) this.kept.delete(this.kept.keys().next().value);
    return made;
  }

  // The coefficients of a band, channels summed, row by row; and where their colours end.
  coefficients(band, sign) {
    return this.once(`${sign} ${band.name}`, () => {
      const values = Float32Array.from(band.codes[sign], (code) => this.value(code, band.peaks[sign], sign));
      const sorted = values.map(Math.abs).sort();
      return { values, sorted, limit: this.limit(sorted), most: sorted.at(-1) };
    });
  }

  // The sum of some bands at the picture's size, each coefficient repeated over its footprint, with
  // its magnitudes in order, and where its colours end.
  heat(bands, sign) {
    return this.once(`${sign} sum ${bands.map((band) => band.name).join(" ")}`, () => {
      const [rows, columns] = this.size;
      const values = new Float32Array(rows * columns);
      for (const band of bands) {
        const coefficients = this.coefficients(band, sign).values;
        const across = Int32Array.from({ length: columns }, (_, x) => at(band, 1, x));
        for (let y = 0; y < rows; y++) {
          const from = at(band, 0, y) * band.shape[1];
          for (let x = 0, i = y * columns; x < columns; x++, i++) values[i] += coefficients[from + across[x]];
        }
      }
      const sorted = values.map(Math.abs).sort();
      return { values, sorted, limit: this.limit(sorted), most: sorted.at(-1) };
    });
  }

  // Where the colours of all bands end, on one scale.
  common(sign) {
    return this.once(`${sign} common`, () => {
      const parts = this.bands.map((band) => this.coefficients(band, sign).sorted);
      const sorted = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
      parts.reduce((from, part) => (sorted.set(part, from), from + part.length), 0);
      return this.limit(sorted.sort());
    });
  }

  limit(sorted) {
    return quantile(sorted, this.percentile) || sorted.at(-1) || 1;
  }
}

// The least magnitude among the strongest share of a map's places.
function threshold(heat, share) {
  return share < 1 ? quantile(heat.sorted, 1 - share) : 0;
}

// Between the two nearest of sorted values, as NumPy does it.
function quantile(sorted, share) {
  const place = (sorted.length - 1) * share;
  const low = Math.floor(place);
  const next = sorted[Math.min(low + 1, sorted.length - 1)];
  return sorted[low] + (next - sorted[low]) * (place - low);
}

// The coefficient of a band over a place, along one axis; the places that it covers.
function at(band, axis, place) {
  return Math.floor((place - band.start[axis]) / band.step[axis]);
}

function footprint(band, index, size) {
  return [0, 1].map((axis) => {
    const from = index[axis] * band.step[axis] + band.start[axis];
    return [Math.max(0, from), Math.min(size[axis], from + band.step[axis])];
  });
}

// The colours of values, as pixels; what is weaker than a threshold is clear.
function painted(values, limit, sign, palette, least = 0) {
  return Uint32Array.from(values, (value) => {
    if (Math.abs(value) < least) return 0;
    const share = Math.max(-1, Math.min(1, value / limit));
    return palette[Math.round(sign === "signed" ? (share + 1) * 127.5 : Math.max(0, share) * 255)];
  });
}

// Pixels as a canvas of that size.
function drawn(pixels, [rows, columns]) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const image = new ImageData(new Uint8ClampedArray(pixels.buffer), columns, rows);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// A share as a percentage of at most two digits.
function percent(share) {
  const size = 100 * Math.abs(share);
  if (size > 0 && size < 0.095) return "<0.1\u00a0%";
  const text = size < 9.5 ? String(Number(size.toPrecision(1))) : size.toFixed(0);
  return `${share < 0 ? "−" : ""}${text}\u00a0%`;
}
