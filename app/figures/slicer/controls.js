// What stands at the side: the crosshair and its values, threshold, opacity, sign, bands, the window.
//
// Appended to slicer.js. Each block has its element, and marks what is chosen.

function controls(slicer) {
  const block = element("section", "panel");
  block.setAttribute("aria-label", "Controls");
  const parts = [crosshair(slicer), ...(slicer.heat ? [overlay(slicer), bands(slicer)] : [])];
  block.append(...parts.map((part) => part.block));
  return { block, mark: () => parts.forEach((part) => part.mark()) };
}

function crosshair(slicer) {
  const { data } = slicer;
  const block = element("div", "place");
  const list = element("dl", "reading");
  const add = (label) => {
    const [pair, value] = [element("div"), element("dd")];
    pair.append(element("dt", "", label), value);
    list.append(pair);
    return value;
  };
  const voxel = add("Voxel");
  const value = add(data.quantity[0].toUpperCase() + data.quantity.slice(1));
  const attribution = slicer.heat && add("Attribution");
  const buttons = element("div", "buttons");
  if (slicer.heat) {
    const peak = button("go", () => slicer.go(slicer.heat.peak), "Peak");
    peak.title = "Move the crosshair to the strongest attribution";
    buttons.append(peak);
  }
  const shown = toggle(slicer, "crosshair", "Crosshair");
  shown.title = "Show the crosshair";
  const smooth = toggle(slicer, "smooth", "Smooth");
  smooth.title = "Interpolate grey values between voxels; the attribution is not interpolated";
  buttons.append(button("go", () => slicer.go(slicer.centre()), "Centre"), shown, ...(data.window ? [smooth] : []),
    ...help(slicer));
  block.append(list, buttons);
  const mark = () => {
    const { heat } = slicer;
    const place = slicer.place(slicer.at);
    voxel.textContent = [0, 1, 2].map((axis) => slicer.index(axis)).join(", ");
    value.textContent = `${digits(slicer.value())}${data.unit && ` ${data.unit}`}`;
    if (heat) attribution.replaceChildren(slicer.relative(heat.at(place)), element("span", "hint", rank(heat, place)));
    pressed(shown, slicer.taste.crosshair);
    pressed(smooth, slicer.taste.smooth);
  };
  return { block, mark };
}

function rank(heat, place) {
  if (heat.most && Math.abs(heat.codes[place]) === heat.most) return "strongest voxel";
  const share = Math.floor(1000 * heat.rank(place)) / 10;
  return `stronger than ${share.toFixed(1)} % of voxels`;
}

function overlay(slicer) {
  const block = element("div", "overlay");
  const strongest = labelled("Strongest", range(0, STRONGEST.length - 1, (v) =>
    slicer.change(() => { slicer.strongest = v; })));
  const share = (name) => range(0, 100, (v) => slicer.change(() => { slicer.taste[name] = v / 100; }));
  const opacity = labelled("Opacity", share("opacity"));
  const object = slicer.scene && labelled("Object", share("object"));
  strongest.block.title = "Share of voxels that are coloured, strongest first";
  opacity.block.title = "Opacity of the attribution";
  if (object) object.block.title = "Opacity of the object in the 3-D scene";
  const scale = element("div", "scale");
  const [ramp, ends, hidden] = [element("div", "ramp"), element("div", "ends"), element("span", "hidden")];
  scale.append(ramp, ends);
  const sign = choice("Values", [["magnitude", "Magnitude"], ["signed", "Signed"]], (name) =>
    slicer.change(() => { slicer.taste.sign = name; slicer.sum(); }));
  const row = element("div", "legend");
  row.append(sign.block, scale);
  block.append(strongest.block, opacity.block, ...(object ? [object.block] : []), row);
  const mark = () => {
    const { taste, from, heat, strongest: nth } = slicer;
    const percent = (value) => `${Math.round(100 * value)} %`;
    strongest.set(nth, `${STRONGEST[nth]} %`);
    opacity.set(Math.round(100 * taste.opacity), percent(taste.opacity));
    object?.set(Math.round(100 * taste.object), percent(taste.object));
    sign.set(taste.sign);
    const signed = taste.sign === "signed";
    const stops = Array.from({ length: 33 }, (_, i) => css(heat.palette[Math.round((255 * i) / 32)]));
    ramp.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    ramp.append(hidden);
    const most = heat.end < heat.most ? `${digits((100 * heat.end) / heat.most)} % of max` : "max";
    const [less, more] = heat.end < heat.most ? ["≤ −", "≥ "] : ["−", ""];
    ends.replaceChildren(...(signed ? [less + most, "0", more + most] : ["0", more + most])
      .map((text) => element("span", "", text)));
    ramp.title = `${heat.label[taste.sign]}; max ${digits(heat.most * heat.step)}` +
      (heat.end < heat.most ? `; colours end at the ${PERCENTILE}th percentile` : "");
    const least = Math.min(1, from / heat.end);
    hidden.style.width = `${(100 * least).toFixed(2)}%`;
    hidden.style.left = signed ? `${(50 * (1 - least)).toFixed(2)}%` : "0";
  };
  return { block, mark };
}

function windowing(slicer) {
  const { data } = slicer;
  const block = element("section", "window");
  block.setAttribute("aria-label", "Window");
  const presets = element("div", "buttons");
  const chosen = data.presets.map(([name, [low, high]]) => {
    const made = button("preset", () => slicer.change(() => { slicer.window = [low, high]; }), name);
    presets.append(made);
    return [made, low, high];
  });
  const [lowest, span] = slicer.range();
  const unit = data.unit && ` ${data.unit}`;
  const now = () => [(slicer.window[0] + slicer.window[1]) / 2, slicer.window[1] - slicer.window[0]];
  const level = labelled("Level", range(0, 1000, (v) => slicer.look(lowest + (v / 1000) * span, now()[1])));
  const width = labelled("Width", range(1, 1000, (v) => slicer.look(now()[0], (v / 1000) * slicer.widest())));
  block.append(element("b", "", "Window"), presets, level.block, width.block);
  const mark = () => {
    const [middle, wide] = now();
    level.set(Math.round((1000 * (middle - lowest)) / span), `${digits(middle)}${unit}`);
    width.set(Math.round((1000 * wide) / slicer.widest()), `${digits(wide)}${unit}`);
    const [low, high] = slicer.window;
    block.title = `black at ${digits(low)} and below, white at ${digits(high)}${unit} and above`;
    for (const [made, from, to] of chosen) pressed(made, low === from && high === to);
  };
  return { block, mark };
}

// On a narrow screen one slice is shown: which.
function switches(slicer) {
  const names = slicer.data.planes.map(({ title }, nth) => [nth, title]);
  const { block, set } = choice("Slice", names, (nth) => slicer.change(() => { slicer.taste.plane = nth; }));
  block.classList.add("which");
  return { block, mark: () => set(slicer.taste.plane) };
}

// A button, and over the page what can be done with the pointer and the keyboard.
function help(slicer) {
  const { data } = slicer;
  const lines = [
    ...data.notes,
    "Slices: drag to move the crosshair, wheel to step. Keys: arrows step, Shift + arrows move in the slice.",
    data.scene && "3-D: drag to turn, wheel to zoom, Shift + drag to pan, click a voxel to move the crosshair.",
    slicer.heat?.bands.length > 1 && "Bands: click to show one, Shift + click to add or remove, Escape for all.",
    data.window && "Right drag or Shift + drag in a slice sets the window.",
  ];
  const text = element("div", "notes");
  text.popover = "auto";
  text.append(...lines.filter(Boolean).map((line) => element("p", "", line)));
  return [button("help", () => text.togglePopover(), "Help"), text];
}

// One of several, as buttons: [[value, text], …].
function choice(name, options, choose) {
  const block = element("div", "choice");
  block.setAttribute("role", "group");
  block.setAttribute("aria-label", name);
  const made = options.map(([value, text]) => [value, button("option", () => choose(value), text)]);
  block.append(...made.map(([, each]) => each));
  return { block, set: (chosen) => made.forEach(([value, each]) => pressed(each, value === chosen)) };
}

function toggle(slicer, name, text) {
  return button("toggle", () => slicer.change(() => { slicer.taste[name] = !slicer.taste[name]; }), text);
}

// A slider with its name and its value.
function labelled(name, slider) {
  const block = element("label", "labelled");
  const read = element("output");
  block.append(element("span", "name", name), slider, read);
  slider.setAttribute("aria-label", name);
  const set = (value, text) => {
    slide(slider, value, text);
    read.textContent = text;
  };
  return { block, set };
}
