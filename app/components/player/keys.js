// The keys of a player. A press of the space bar plays or pauses; held, it lets the part be heard.
//
// Appended to player.js.

const TAKES_SPACE =
  "input, textarea, select, button, summary, a, audio, video, iframe, .player, " +
  "[contenteditable], [role=button], [role=slider], [role=tab], [role=radio], [role=option], [role=dialog]";

function keyboard(player, on) {
  let down = false; // the space bar, pressed here
  let waits = 0;

  const spaceDown = (event) => {
    if (!event.target.closest?.("button")) event.preventDefault(); // it would scroll
    if (event.repeat || down || !player.source) return;
    down = true;
    if (player.data.hold) waits = setTimeout(() => player.hold(true), HOLD);
  };

  const spaceUp = (event) => {
    if (!down) return;
    down = false;
    clearTimeout(waits);
    if (player.held) {
      event.preventDefault(); // it would press the button that has the focus
      player.hold(false);
    } else if (!event.target.closest?.("button")) player.toggle();
  };

  const press = (event) => {
    if (!player.source || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " ") return spaceDown(event);
    const step = Math.max(0.01, player.data.duration / 100) * (event.shiftKey ? 10 : 1);
    const [now, end] = [player.now(), player.data.duration];
    const [from, to] = player.region ?? [0, end];
    const lane = event.target.closest("[data-track]")?.dataset.track;
    const does = {
      ArrowLeft: () => player.seek(Math.max(0, now - step)),
      ArrowDown: () => player.seek(Math.max(0, now - step)),
      ArrowRight: () => player.seek(Math.min(end, now + step)),
      ArrowUp: () => player.seek(Math.min(end, now + step)),
      PageDown: () => player.seek(Math.max(0, now - end / 10)),
      PageUp: () => player.seek(Math.min(end, now + end / 10)),
      Home: () => player.seek(0),
      End: () => player.seek(end),
      "[": () => now < to && player.select([now, to]),
      "]": () => now > from && player.select([from, now]),
      Escape: () => (player.region ? player.select(null) : player.all()),
      ...(lane && { s: () => player.alone(lane), S: () => player.alone(lane) }),
    }[event.key];
    if (!does) return;
    does();
    event.preventDefault();
    event.stopPropagation();
  };

  on(player.root, "keydown", press);
  on(player.root, "keyup", (event) => event.key === " " && spaceUp(event));
  // where nothing that takes it has the focus, the space bar is for the player with a part to hold
  const free = (event) =>
    event.key === " " && player.data.hold && player.stage.over.clientWidth > 0 &&
    !event.composedPath().some((one) => one.matches?.(TAKES_SPACE)) &&
    !event.ctrlKey && !event.metaKey && !event.altKey;
  on(window, "keydown", (event) => free(event) && spaceDown(event));
  on(window, "keyup", (event) => free(event) && spaceUp(event));
}
