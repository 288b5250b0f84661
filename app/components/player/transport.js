// The controls above the rows: play, what is heard, the part that is held, the loop.
//
// Appended to player.js.

const KEYS =
  "Click to seek, drag to set a loop. Space: play or pause. ← →: move. [ ]: loop from or to here. " +
  "Escape: clear. On a band: click or Enter mutes, double-click or S solos.";
const HOLD_KEYS = " Hold space: kept part only.";

function transport(player) {
  const { tracks, hold, gain } = player.data;
  const block = element("div", "transport");
  const play = button("play", () => player.toggle());
  play.innerHTML = icon("play") + icon("pause");
  const time = element("span", "clock");
  time.setAttribute("aria-hidden", "true"); // the slider says it
  const whole = tracks.filter((track) => track.group === "whole").map((t) => [t.name, t.label]);
  if (player.bands.length) whole.push(["bands", "Bands mix"]);
  const source = choice("Sound", whole, (name) => player.change(() => { player.source = name; }));
  const loop = button("loop", () => player.change(() => { player.loop = !player.loop; }, player.now()));
  loop.innerHTML = icon("loop");
  loop.append(element("span", "", "Loop"));
  loop.setAttribute("aria-label", "Loop"); // a narrow player has no room for the word
  const clear = button("clear", () => player.select(null));
  clear.setAttribute("aria-label", "Clear the loop");
  const part = element("span", "part");
  clear.append(part);
  clear.insertAdjacentHTML("beforeend", icon("clear"));
  const level = element("span", "gain", `gain ${signed(gain)}\u00a0dB`);
  level.title = "The same for every sound";
  const keys = button("keys", () => player.explain(), "?");
  keys.setAttribute("aria-label", "Keys and gestures");
  const held = hold && evidence(player);
  block.append(play, time, source.block, ...(held ? [held.block] : []), loop, clear, level, keys);
  const mark = () => {
    play.setAttribute("aria-label", player.wanted ? "Pause" : "Play");
    source.mark(player.source);
    pressed(loop, player.loop);
    clear.classList.toggle("none", !player.region);
    clear.disabled = !player.region;
    const [from, to] = player.region ?? [0, 0];
    part.textContent = `${from.toFixed(2)}–${to.toFixed(2)}\u00a0s`;
    keys.setAttribute("aria-expanded", String(player.explained));
    if (held) held.mark();
  };
  const [at, end] = [element("span"), element("span", "end")];
  time.append(at, end);
  const place = (now, duration) => {
    at.textContent = clock(now);
    end.textContent = ` / ${clock(duration)}`;
  };
  return { block, mark, place };
}

// A button that is held to hear a part, and the prediction for what is heard.
function evidence(player) {
  const block = element("div", "evidence");
  const hold = element("button", "hold");
  hold.type = "button";
  hold.append(element("span", "", "Hold: kept only"), element("kbd", "", "space"));
  hold.setAttribute("aria-label", "Hold to hear the kept part only");
  hold.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    hold.setPointerCapture(event.pointerId);
    player.hold(true);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
    hold.addEventListener(end, () => player.hold(false));
  hold.addEventListener("contextmenu", (event) => event.preventDefault()); // of a long press
  hold.addEventListener("click", (event) => {
    if (event.detail === 0) player.hold(!player.held); // by a key or a screen reader
  });
  const badge = element("span", "badge");
  badge.setAttribute("role", "status");
  const [what, says] = [element("span", "what"), element("b", "says")];
  badge.append(what, says);
  block.append(hold, badge);
  const mark = () => {
    pressed(hold, player.held);
    const { tracks, predictions } = player.data;
    const name = player.predicted();
    const track = tracks.find((one) => one.name === name);
    what.textContent = track ? track.label : "";
    says.textContent = track ? (predictions[name] ?? "…") : "";
    badge.hidden = !track;
  };
  return { block, mark };
}
