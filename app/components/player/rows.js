// The rows of a timeline: each draws itself on its canvas and reads its value at a place.
//
// Appended to player.js.

const MAPS = [["spectrogram", "Spectrogram"], ["attribution", "Attribution"], ["both", "Both"]];

function drawable(row, player) {
  const block = element("div", `row ${row.kind}`);
  const canvas = element("canvas");
  block.style.setProperty("--height", `${row.height}px`);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", row.alt);
  const parts = {
    canvas,
    name: element("div", "name"),
    labels: element("div", "labels"),
    side: element("div", "side"),
  };
  parts.name.append(element("b", "", row.title));
  block.append(parts.name, parts.labels, canvas, parts.side);
  const kind = { wave, raster, heat }[row.kind](row, parts, player);
  return { version: row.version, block, canvas, ...kind };
}

function wave(row, { canvas, name, labels }, player) {
  const whole = [shorts(row.low), shorts(row.high)];
  const part = row.part && [shorts(row.part.low), shorts(row.part.high)];
  if (part) {
    const legend = element("div", "legend");
    legend.append(element("span", "strong", row.part.name), element("span", "pale", "Original"));
    name.append(legend);
  }
  label(labels, 0, digits(row.limit), "first");
  label(labels, 0.5, "0");
  label(labels, 1, digits(-row.limit), "last");
  const trace = (pen, w, h, [low, high]) => {
    const y = (value) => h / 2 - (value / 32767) * (h / 2 - 1);
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
  };
  return {
    draw(width, inks) {
      const [pen, w, h] = canvasOf(canvas, width);
      pen.fillStyle = inks.line;
      pen.fillRect(0, Math.round(h / 2), w, 1);
      pen.fillStyle = part ? inks.pale : inks.strong;
      const alone = part && player.current() === player.data.hold;
      if (!alone) trace(pen, w, h, whole);
      pen.fillStyle = inks.strong;
      if (part) trace(pen, w, h, part);
    },
    read(x) {
      const range = ([low, high]) => {
        const i = Math.floor(x * low.length);
        const [a, b] = [low[i], high[i]].map((v) => digits((v / 32767) * row.limit));
        return a === b ? a : `${a} to ${b}`;
      };
      return part ? `${range(whole)}, ${row.part.name.toLowerCase()} ${range(part)}` : range(whole);
    },
  };
}

// A spectrogram, an attribution on the same axes, or one over the other.
function raster(row, { canvas, name, labels, side }, player) {
  const seen = layer(row.map);
  const tint = row.tint && Object.fromEntries(
    Object.entries(row.tint.maps).map(([sign, map]) => [sign, layer(map)]));
  const map = tint && choice("Map", MAPS, (chosen) => player.look("map", chosen));
  if (map) name.replaceChildren(map.block); // its buttons are the title
  for (const [place, text] of row.ticks) label(labels, place, text, place < 0.05 ? "first" : "");
  const view = () => (tint ? player.view.map : "spectrogram");
  return {
    draw(width) {
      const [pen, w, h] = canvasOf(canvas, width);
      const over = tint?.[player.view.sign];
      const image = pen.createImageData(w, h);
      const pixels = new Uint32Array(image.data.buffer);
      if (view() !== "attribution") seen.paint(pixels, w, h);
      if (view() !== "spectrogram") over.paint(pixels, w, h, { over: view() === "both" });
      pen.putImageData(image, 0, 0);
    },
    mark() {
      map?.mark(player.view.map);
      // of two, a narrow screen shows the second: the lanes have no colour bar there
      const shown = [
        ...(view() === "attribution" ? [] : [seen]),
        ...(view() === "spectrogram" ? [] : [tint[player.view.sign]]),
      ];
      side.replaceChildren(...shown.map((one) => one.bar));
    },
    read(x, y) {
      const at = y / canvas.clientHeight;
      const [of, over] = [seen.read(x, at), tint?.[player.view.sign].read(x, at)];
      if (view() === "attribution") return over.join(" · ");
      return view() === "both" ? `${of.join(" · ")} · attribution ${over[1]}` : of.join(" · ");
    },
  };
}

// One map: its cells as places on the colours, -1 … 1, and its colour bar.
function layer(map, common = true) {
  const codes = bytes(map.codes);
  const ramp = colours(map.palette);
  const [rows, columns] = [map.names.length, map.columns];
  const [zero, span] = map.sign === "signed" ? [128, 127] : [0, 255];
  // codes are relative to the maximum of their row; on the common scale they are to that of all
  const most = map.peaks ? Math.max(...map.peaks) || 1 : 1;
  const factors = Array.from({ length: rows }, (_, r) =>
    common && map.peaks ? (map.peaks[r] / most) ** map.power : 1);
  const colour = (place) => ramp[Math.round(zero + place * span)];
  let shown = null; // (rows, device columns): the place of what each column of the screen shows
  let wide = 0;
  let bar = null;
  const gather = (w) => {
    if (wide === w) return;
    [wide, shown] = [w, new Float32Array(rows * w)];
    for (let x = 0; x < w; x++) {
      const [first, last] = cells(x, w, columns);
      for (let r = 0; r < rows; r++) {
        let best = codes[r * columns + first] - zero;
        for (let i = r * columns + first + 1; i < r * columns + last; i++)
          if (Math.abs(codes[i] - zero) > Math.abs(best)) best = codes[i] - zero;
        shown[r * w + x] = (best / span) * factors[r];
      }
    }
  };
  const value = (place) => {
    const share = Math.sign(place) * Math.abs(place) ** (1 / map.power);
    const number = map.sign === "signed" ? share * map.high : map.low + share * (map.high - map.low);
    const below = map.open && place <= 0 ? "≤\u00a0" : "";
    return `${below}${digits(number)}\u00a0${map.unit}`;
  };
  return {
    rows,
    // Colours from `top` on, `height` px for all rows, each of them lower by `strip`; over what is
    // there as far as the values are large.
    paint(pixels, w, height, { over = false, strip = 0 } = {}) {
      gather(w);
      for (let y = 0; y < height; y++) {
        const [first, last] = cells(y, height, rows);
        if (strip && y - Math.round((first * height) / rows) < strip) continue;
        for (let x = 0; x < w; x++) {
          let place = shown[first * w + x];
          for (let r = first + 1; r < last; r++)
            if (Math.abs(shown[r * w + x]) > Math.abs(place)) place = shown[r * w + x];
          const at = y * w + x;
          pixels[at] = over ? blend(pixels[at], colour(place), Math.abs(place)) : colour(place);
        }
      }
    },
    read(x, y) {
      const r = Math.min(rows - 1, Math.max(0, Math.floor(y * rows)));
      return [map.names[r], value(shown[r * wide + Math.floor(x * wide)])];
    },
    get bar() {
      if (bar) return bar;
      const from = map.sign === "signed" ? -1 : 0;
      const stops = Array.from({ length: 33 }, (_, i) => {
        const [r, g, b] = new Uint8Array(Uint32Array.of(colour(from + ((1 - from) * i) / 32)).buffer);
        return `rgb(${r} ${g} ${b})`;
      });
      const ends = map.peaks
        ? { high: "max", middle: from ? "0" : "25\u00a0%", low: from ? "−max" : "0" }
        : { high: digits(map.high), low: digits(map.low) };
      bar = element("div", "bar");
      const shade = element("span", "ramp");
      shade.style.background = `linear-gradient(var(--to), ${stops.join(", ")})`;
      bar.append(shade, ...Object.entries(ends).map(([place, text]) => element("span", place, text)));
      bar.append(element("span", "what", map.peaks ? (common ? "attribution" : "of each band") : map.unit === "dB" ? "dB re max" : "% of max"));
      bar.title = map.quantity;
      return bar;
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

function blend(under, over, opacity) {
  let mixed = 0xff000000;
  for (let shift = 0; shift < 24; shift += 8) {
    const [a, b] = [(under >>> shift) & 255, (over >>> shift) & 255];
    mixed |= Math.round(a + (b - a) * opacity) << shift;
  }
  return mixed >>> 0;
}

function canvasOf(canvas, width) {
  const [w, h] = [width, canvas.clientHeight].map((length) => Math.round(length * devicePixelRatio));
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, w, h);
  return [pen, w, h];
}

function label(labels, place, text, edge = "") {
  const tick = element("span", `tick ${edge}`, text);
  tick.style.top = `${100 * place}%`;
  labels.append(tick);
}
