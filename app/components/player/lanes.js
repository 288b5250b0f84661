// An attribution by band: one lane a band. Its label mutes and solos it, and is the bar of its share.
//
// Appended to player.js.

const SIGNS = [["magnitude", "Magnitude"], ["signed", "Signed"]];
const SCALES = [["common", "Common"], ["own", "Per band"]];

function heat(row, { canvas, name, labels, side }, player) {
  const layers = Object.fromEntries(Object.entries(row.maps).map(([sign, map]) =>
    [sign, { common: layer(map, true), own: layer(map, false) }]));
  const shown = () => layers[player.view.sign][player.view.scale];
  const sign = choice("Sign", SIGNS, (chosen) => player.look("sign", chosen));
  const scale = choice("Scale", SCALES, (chosen) => player.look("scale", chosen));
  const heard = new Set(player.bands.map((band) => band.name));
  const all = button("all", () => player.all(), "Hear all");
  const switches = element("div", "switches");
  switches.append(sign.block, scale.block, ...(heard.size ? [all] : []));
  name.append(switches);
  canvas.parentElement.style.setProperty("--count", row.lanes.length);
  const most = Math.max(...row.lanes.map((lane) => Math.max(lane.share, lane.expected)));
  const lanes = row.lanes.map((lane, i) => {
    const made = laneLabel(lane, row.ticks[i][1], most, heard.has(lane.track) && player);
    labels.append(made);
    return made;
  });
  return {
    draw(width, inks) {
      const [pen, w, h] = canvasOf(canvas, width);
      const strip = Math.round(parseFloat(getComputedStyle(canvas).getPropertyValue("--strip")) * devicePixelRatio);
      const image = pen.createImageData(w, h);
      shown().paint(new Uint32Array(image.data.buffer), w, h, { strip });
      pen.putImageData(image, 0, 0);
      const silent = player.current() === "bands" ? inactive(player) : new Set();
      row.lanes.forEach(({ track }, r) => {
        const [top, bottom] = [r, r + 1].map((edge) => Math.round((edge * h) / row.lanes.length));
        pen.fillStyle = inks.page;
        pen.globalAlpha = 0.72;
        if (silent.has(track)) pen.fillRect(0, top + strip, w, bottom - top - strip);
        pen.globalAlpha = 0.25;
        if (r && !strip) pen.fillRect(0, top, w, 1); // a hairline between lanes
        pen.globalAlpha = 1;
      });
    },
    mark() {
      sign.mark(player.view.sign);
      scale.mark(player.view.scale);
      side.replaceChildren(shown().bar);
      const silent = inactive(player);
      row.lanes.forEach(({ track }, i) => {
        if (!heard.has(track)) return;
        pressed(lanes[i], !player.muted.has(track));
        lanes[i].classList.toggle("silent", silent.has(track));
        lanes[i].classList.toggle("solo", player.solo.has(track));
        lanes[i].setAttribute("aria-label", lanes[i].dataset.label + (player.solo.has(track) ? ", solo" : ""));
      });
      all.disabled = silent.size === 0 && !player.solo.size;
    },
    read(x, y) {
      return shown().read(x, y / canvas.clientHeight).join(" · ");
    },
  };
}

// The names of the bands that are muted, or not soloed where others are.
function inactive(player) {
  const silent = new Set(player.bands.map((band) => band.name));
  for (const { name } of player.active()) silent.delete(name);
  return silent;
}

function laneLabel({ track, share, expected, colour }, text, most, player) {
  const made = player ? button("lane", (event) => {
    if (event.detail === 2) player.alone(track, true); // the first click of two has muted it
    else if (event.detail < 2) player.mute(track);
  }) : element("div", "lane");
  made.style.setProperty("--level", colour);
  const [bar, tick] = [element("span", "share"), element("span", "expected")];
  bar.style.width = `${(100 * share) / most}%`;
  tick.style.left = `max(0px, ${(100 * expected) / most}% - 2px)`;
  made.append(bar, tick, element("span", "band", text), element("span", "percent", percent(share)));
  made.title = `${percent(share)} of the attribution, ${percent(expected)} of the coefficients`;
  if (player) {
    made.dataset.track = track;
    made.dataset.label = `${text}, ${percent(share)} of the attribution`;
    made.setAttribute("aria-keyshortcuts", "S");
    made.title += "\nClick: mute. Double-click or S: solo.";
  }
  return made;
}
