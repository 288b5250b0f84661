// The rows of a timeline: each draws itself on its canvas and reads its value at a place.
//
// Appended to player.js: Streamlit takes one module.

function drawable(row) {
  const block = element("div", "row");
  const head = element("div", "head");
  const value = element("span", "value");
  head.append(element("b", "", row.title), element("span", "caption", row.caption), value);
  const canvas = element("canvas");
  canvas.style.height = `${row.height}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", row.alt);
  const [labels, side] = [element("div", "labels"), element("div", "side")];
  block.append(head, labels, canvas, side);
  const kind = (row.kind === "wave" ? wave : raster)(row, canvas, labels, side);
  return { block, canvas, value, ...kind };
}

function wave(row, canvas, labels) {
  const [low, high] = [shorts(row.low), shorts(row.high)];
  label(labels, 0, digits(row.limit), "first");
  label(labels, 0.5, "0");
  label(labels, 1, digits(-row.limit), "last");
  return {
    draw(width, inks) {
      const [pen, w, h] = canvasOf(canvas, width, row.height);
      const y = (value) => h / 2 - (value / 32767) * (h / 2 - 1);
      pen.fillStyle = inks.line;
      pen.fillRect(0, Math.round(h / 2), w, 1);
      pen.fillStyle = inks.wave;
      let [top, bottom] = [0, 0];
      for (let x = 0; x < w; x++) {
        const [first, last] = cells(x, w, low.length);
        let [most, least] = [-32767, 32767];
        for (let i = first; i < last; i++) {
          most = Math.max(most, high[i]);
          least = Math.min(least, low[i]);
        }
        // up to its neighbour, so that a steep wave stays one line
        const [up, down] = x ? [Math.max(most, bottom), Math.min(least, top)] : [most, least];
        pen.fillRect(x, y(up), 1, Math.max(1, y(down) - y(up)));
        [top, bottom] = [most, least];
      }
    },
    read(x) {
      const i = Math.floor(x * low.length);
      const [a, b] = [low[i], high[i]].map((v) => digits((v / 32767) * row.limit));
      return a === b ? a : `${a} to ${b}`;
    },
  };
}

function raster(row, canvas, labels, side) {
  const codes = bytes(row.codes);
  const [columns, rows] = [row.columns, row.names.length];
  const colours = palette(row.palette);
  const strength = row.sign === "signed" ? (code) => Math.abs(code - 128) : (code) => code;
  const one = (code) => {
    const share = (code - row.first) / (255 - row.first);
    const number = digits(row.low + Math.max(0, share) * (row.high - row.low));
    const beyond = code === 255 && row.openHigh ? "≥ " : code <= row.first && row.openLow ? "≤ " : "";
    return `${beyond}${number}${row.unit && ` ${row.unit}`}`;
  };
  for (const [place, text] of row.ticks) label(labels, place, text);
  const ramp = element("div", "ramp");
  const stops = Array.from({ length: 17 }, (_, i) =>
    `#${row.palette.substr(6 * Math.round(row.first + ((255 - row.first) * i) / 16), 6)}`);
  ramp.style.background = `linear-gradient(to top, ${stops.join(", ")})`;
  side.append(ramp, element("span", "high", one(255)), element("span", "what", row.quantity),
              element("span", "low", one(row.first)));
  let shown = null; // (rows, device columns): what each place on the screen shows
  let wide = 0;
  return {
    draw(width, inks, silent) {
      const [pen, w, h] = canvasOf(canvas, width, row.height);
      if (wide !== w) {
        wide = w;
        shown = new Uint8Array(rows * w);
        for (let x = 0; x < w; x++) {
          const [first, last] = cells(x, w, columns);
          for (let r = 0; r < rows; r++)
            shown[r * w + x] = most(codes, r * columns + first, r * columns + last, 1, strength);
        }
      }
      const image = pen.createImageData(w, h);
      const pixels = new Uint32Array(image.data.buffer);
      for (let y = 0; y < h; y++) {
        const [first, last] = cells(y, h, rows);
        for (let x = 0; x < w; x++)
          pixels[y * w + x] = colours[most(shown, first * w + x, last * w + x, w, strength)];
      }
      pen.putImageData(image, 0, 0);
      if (!row.bands.length) return;
      row.bands.forEach((band, r) => {
        const [top, bottom] = [r, r + 1].map((edge) => Math.round((edge * h) / rows));
        pen.fillStyle = inks.page;
        pen.globalAlpha = 0.72;
        if (silent.has(band)) pen.fillRect(0, top, w, bottom - top);
        pen.globalAlpha = 0.25;
        if (r) pen.fillRect(0, top, w, 1); // a hairline between stripes
        pen.globalAlpha = 1;
      });
    },
    read(x, y) {
      const r = Math.min(rows - 1, Math.max(0, Math.floor(y * rows)));
      return `${row.names[r]} · ${one(shown[r * wide + Math.floor(x * wide)])}`;
    },
  };
}

// The cells that pixel i of n shows: the one at its middle, or all that it covers.
function cells(i, n, count) {
  if (count <= n) {
    const cell = Math.min(count - 1, Math.floor(((i + 0.5) * count) / n));
    return [cell, cell + 1];
  }
  return [Math.floor((i * count) / n), Math.ceil(((i + 1) * count) / n)];
}

function most(codes, from, to, step, strength) {
  let best = codes[from];
  for (let i = from + step; i < to; i += step)
    if (strength(codes[i]) > strength(best)) best = codes[i];
  return best;
}

function canvasOf(canvas, width, height) {
  const [w, h] = [width, height].map((length) => Math.round(length * devicePixelRatio));
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, w, h);
  return [pen, w, h];
}

function palette(text) {
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = [0, 2, 4].map((k) => parseInt(text.substr(6 * i + k, 2), 16));
    return (0xff000000 | (b << 16) | (g << 8) | r) >>> 0; // RGBA in memory, little-endian
  });
}

function label(labels, place, text, edge = "") {
  const tick = element("span", `tick ${edge}`, text);
  tick.style.top = `${100 * place}%`;
  labels.append(tick);
}
