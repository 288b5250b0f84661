// What stands below the slices: the crosshair and its values, the window, the attribution.
//
// Appended to slicer.js. Each block has its element, and marks what is chosen.

function crosshair(slicer) {
  const { data } = slicer;
  const block = element("section", "place");
  block.setAttribute("aria-label", "Crosshair");
  const list = element("dl", "reading");
  const add = (label) => {
    const [pair, value] = [element("div"), element("dd")];
    pair.append(element("dt", "", label), value);
    list.append(pair);
    return value;
  };
  const voxel = add("Voxel");
  const value = add(data.quantity[0].toUpperCase() + data.quantity.slice(1));
  const attribution = data.heat && add("Attribution");
  const buttons = element("div", "buttons");
  if (data.heat)
    buttons.append(button("go", () => slicer.go(slicer.data.heat.peak), "Strongest attribution"));
  const shown = toggle(slicer, "crosshair", "Crosshair");
  shown.title = "Show the crosshair";
  const smooth = toggle(slicer, "smooth", "Smooth");
  smooth.title = "Smooth the greys between voxels; the attribution stays in blocks";
  buttons.append(button("go", () => slicer.go(slicer.centre()), "Centre"), shown, smooth);
  block.append(list, buttons);
  const mark = () => {
    const { heat } = slicer;
    const place = slicer.place(slicer.at);
    voxel.textContent = [0, 1, 2].map((axis) => slicer.index(axis)).join(", ");
    value.textContent = `${digits(slicer.value())}${data.unit && ` ${data.unit}`}`;
    if (heat) attribution.replaceChildren(digits(heat.at(place)), element("span", "hint", rank(heat, place)));
    pressed(shown, slicer.taste.crosshair);
    pressed(smooth, slicer.taste.smooth);
  };
  return { block, mark };
}

function rank(heat, place) {
  if (Math.abs(heat.codes[place]) === heat.most) return "strongest of all";
  const share = Math.floor(1000 * heat.rank(place)) / 10;
  return `${heat.sign === "signed" ? "size " : ""}above ${share.toFixed(1)} % of voxels`;
}

function windowing(slicer) {
  const { data } = slicer;
  const block = group("Window");
  const presets = element("div", "buttons");
  const chosen = data.presets.map(([name, [low, high]]) => {
    const made = button("preset", () => slicer.change(() => { slicer.window = [low, high]; }), name);
    made.dataset.name = name;
    presets.append(made);
    return [made, low, high];
  });
  const [lowest, span] = slicer.range();
  const unit = data.unit && ` ${data.unit}`;
  const now = () => [(slicer.window[0] + slicer.window[1]) / 2, slicer.window[1] - slicer.window[0]];
  const level = labelled("Level", range(0, 1000, (v) => slicer.look(lowest + (v / 1000) * span, now()[1])));
  const width = labelled("Width", range(1, 1000, (v) => slicer.look(now()[0], (v / 1000) * slicer.widest())));
  const says = element("p", "hint");
  const [named, sliders] = [element("div"), element("div")];
  named.append(presets, says);
  sliders.append(level.block, width.block);
  block.append(named, sliders);
  const mark = () => {
    const [middle, wide] = now();
    level.set(Math.round((1000 * (middle - lowest)) / span), `${digits(middle)}${unit}`);
    width.set(Math.round((1000 * wide) / slicer.widest()), `${digits(wide)}${unit}`);
    const [low, high] = slicer.window;
    says.textContent = `black at ${digits(low)} and below, white at ${digits(high)}${unit} and above`;
    for (const [made, from, to] of chosen) pressed(made, low === from && high === to);
  };
  return { block, mark };
}

function overlay(slicer) {
  const { heat } = slicer.data;
  const block = group("Attribution");
  const shown = toggle(slicer, "overlay", "Shown");
  shown.setAttribute("aria-label", "Attribution shown");
  const opacity = labelled("Opacity", range(0, 100, (v) =>
    slicer.change(() => { slicer.taste.opacity = v / 100; })));
  const strongest = labelled("Strongest", range(0, STRONGEST.length - 1, (v) =>
    slicer.change(() => { slicer.strongest = v; })));
  const ramp = element("div", "ramp");
  const colour = (i) => `#${heat.palette.substr(6 * i, 6)}`;
  const stops = Array.from({ length: 33 }, (_, i) => colour(Math.round((255 * i) / 32)));
  ramp.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const hidden = element("span", "hidden");
  ramp.append(hidden);
  const signed = heat.sign === "signed";
  const ends = element("div", "ends");
  const [less, more] = heat.open ? ["≤ ", "≥ "] : ["", ""];
  ends.append(element("span", "", signed ? less + digits(-heat.limit) : "0"),
    ...(signed ? [element("span", "", "0")] : []), element("span", "", more + digits(heat.limit)));
  const scale = element("div", "scale");
  scale.append(ramp, ends, element("p", "what", heat.label));
  const says = element("p", "hint");
  block.querySelector(".title").append(shown);
  const [sliders, legend] = [element("div"), element("div")];
  sliders.append(opacity.block, strongest.block);
  legend.append(scale, says);
  block.append(sliders, legend);
  const mark = () => {
    const { taste, from, count } = slicer;
    pressed(shown, taste.overlay);
    opacity.set(Math.round(100 * taste.opacity), `${Math.round(100 * taste.opacity)} %`);
    strongest.set(slicer.strongest, `${STRONGEST[slicer.strongest]} %`);
    const least = from * slicer.heat.step;
    const share = Math.min(1, least / heat.limit);
    hidden.style.left = signed ? `${50 - 50 * share}%` : "0";
    hidden.style.width = `${100 * share}%`;
    const number = count.toLocaleString("en").replaceAll(",", " ");
    const all = count === slicer.heat.codes.length;
    const clipped = heat.open ? ` Colours end at the ${heat.percentile}th percentile.` : "";
    says.textContent =
      (all ? "All voxels are coloured." :
       `${number} voxels ${signed ? `at least ${digits(least)} from 0` : `≥ ${digits(least)}`} are `
       + "coloured; weaker ones are transparent (hatched).") + clipped;
  };
  return { block, mark };
}

function group(title) {
  const block = element("section", "block");
  block.setAttribute("aria-label", title);
  const head = element("div", "title");
  head.append(element("b", "", title));
  block.append(head);
  return block;
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
