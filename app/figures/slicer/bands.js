// Which bands are summed: a table of levels and orientations, each cell with its share of the attribution.
//
// Appended to slicer.js. A click shows one row, column or cell, Shift + click adds or removes it,
// Escape shows all.

function bands(slicer) {
  const { heat } = slicer;
  const block = element("div", "bands");
  if (heat.bands.length < 2) return { block, mark: () => {} };
  const order = ["faces", "edges", "corners"];
  const kind = (word) => order.indexOf(heat.bands.find((band) => band.word === word).lines?.kind);
  const words = [...new Set(heat.bands.filter((band) => !band.approx).map((band) => band.word))]
    .sort((one, other) => kind(one) - kind(other));
  const rows = [...new Set(heat.bands.map((band) => band.row))];
  const most = Math.max(...heat.bands.map((band) => band.share)) || 1;
  const members = (test) => heat.bands.flatMap((band, nth) => (test(band) ? [nth] : []));
  const made = []; // [button, numbers of its bands]
  const add = (numbers, name, title) => {
    const each = button(name, (event) => choose(slicer, numbers, event.shiftKey));
    const share = numbers.reduce((sum, nth) => sum + heat.bands[nth].share, 0);
    each.title = `${title}: ${digits(100 * share)} % of the attribution`;
    each.setAttribute("aria-label", each.title);
    made.push([each, numbers]);
    return each;
  };
  const table = element("div", "grid");
  table.setAttribute("role", "group");
  table.setAttribute("aria-label", "Bands");
  table.style.setProperty("--columns", words.length);
  table.append(element("span"));
  for (const word of words) {
    const band = heat.bands.find((each) => each.word === word);
    const head = add(members((each) => each.word === word), "column", band.orientation);
    head.append(glyph(band.lines) ?? document.createTextNode(word));
    table.append(head);
  }
  for (const row of rows) {
    const head = add(members((each) => each.row === row), "row", row);
    head.textContent = row;
    table.append(head);
    const place = (nth) => words.indexOf(heat.bands[nth].word);
    for (const nth of members((each) => each.row === row).sort((one, other) => place(one) - place(other))) {
      const band = heat.bands[nth];
      const cell = add([nth], band.approx ? "cell wide" : "cell", band.name);
      const bar = element("i");
      bar.style.width = `${Math.max(2, (100 * band.share) / most / (band.approx ? words.length : 1))}%`;
      bar.style.background = band.colour;
      cell.append(bar);
      table.append(cell);
    }
  }
  const groups = choice("Scales", [["All", "All"], ...heat.groups.map(([name]) => [name, name])], (name) =>
    choose(slicer, name === "All" ? [...slicer.every()] : Object.fromEntries(heat.groups)[name], false));
  block.append(groups.block, table);
  block.addEventListener("keydown", (event) => {
    if (event.key === "Escape") choose(slicer, [...slicer.every()], false);
  });
  const same = (numbers) => numbers.length === slicer.chosen.size && numbers.every((nth) => slicer.chosen.has(nth));
  const mark = () => {
    const every = slicer.chosen.size === heat.bands.length;
    for (const [each, numbers] of made) {
      pressed(each, !every && numbers.every((nth) => slicer.chosen.has(nth)));
      each.classList.toggle("off", !numbers.some((nth) => slicer.chosen.has(nth)));
    }
    groups.set(every ? "All" : heat.groups.find(([, numbers]) => same(numbers))?.[0]);
  };
  return { block, mark };
}

// Some bands alone, or all where they are alone already; with `add`, in addition or no longer.
function choose(slicer, numbers, add) {
  slicer.change(() => {
    const { chosen } = slicer;
    const every = slicer.every();
    const there = numbers.every((nth) => chosen.has(nth));
    if (!add) {
      slicer.chosen = there && chosen.size === numbers.length ? every : new Set(numbers);
    } else if (chosen.size === every.size) slicer.chosen = new Set(numbers);
    else {
      slicer.chosen = new Set(chosen);
      for (const nth of numbers) slicer.chosen[there ? "delete" : "add"](nth);
      if (!slicer.chosen.size) slicer.chosen = every;
    }
    slicer.sum();
  });
}

// A cube with the faces, edges or corners that a band describes; null where it has no such picture.
function glyph(marks) {
  if (!marks) return null;
  const made = drawing("svg", { viewBox: "-11 -11 22 22", class: "glyph", "aria-hidden": "true" });
  // from the front right, as the scene is seen at first: x to the right, y to the back, z up
  const spot = ([x, y, z]) => [6.6 * x + 3.2 * y, 1.8 * x - 2.6 * y - 6.2 * z];
  const path = (corners, name, shut) => drawing("path", {
    d: `M${corners.map((corner) => spot(corner).map((n) => n.toFixed(1)).join(" ")).join("L")}${shut ? "Z" : ""}`,
    class: name,
  });
  const faces = [
    [[-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]],
    [[-1, -1, -1], [1, -1, -1], [1, -1, 1], [-1, -1, 1]],
    [[1, -1, -1], [1, 1, -1], [1, 1, 1], [1, -1, 1]],
  ];
  const { kind, axis } = marks;
  if (kind === "faces") made.append(path(faces[[2, 1, 0][axis]], "full", true));
  made.append(...faces.map((face) => path(face, "thin", true)));
  const along = [[-1, -1, 1], [1, -1, 1], [1, -1, -1]]; // a corner of each visible edge
  if (kind === "edges") {
    const ends = [
      [[[-1, -1, 1], [1, -1, 1]], [[-1, 1, 1], [1, 1, 1]], [[-1, -1, -1], [1, -1, -1]]],
      [[[1, -1, 1], [1, 1, 1]], [[-1, -1, 1], [-1, 1, 1]], [[1, -1, -1], [1, 1, -1]]],
      [[[1, -1, -1], [1, -1, 1]], [[-1, -1, -1], [-1, -1, 1]], [[1, 1, -1], [1, 1, 1]]],
    ][axis];
    made.append(...ends.map((edge) => path(edge, "thick", false)));
  }
  if (kind === "corners")
    for (const corner of [...along, [-1, -1, -1], [-1, 1, 1], [1, 1, 1], [1, 1, -1]]) {
      const [cx, cy] = spot(corner);
      made.append(drawing("circle", { cx, cy, r: 1.8, class: "dot" }));
    }
  return made;
}
