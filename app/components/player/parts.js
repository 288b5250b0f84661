// Icons, numbers and a choice of one of several. Appended to player.js, after the shared elements.js.

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",
  loop: "M3 7.5A4 4 0 0 1 7 4h3.5V1.7L14 4.750 10.5 7.8V5.5H7a2.5 2.5 0 0 0-2.5 2zM13 8.5A4 4 0 0 1 9 12H5.5v2.3L2 11.250 5.5 8.2v2.3H9a2.5 2.5 0 0 0 2.5-2z",
  clear: "M4.2 3 8 6.8 11.8 3 13 4.2 9.2 8 13 11.8 11.8 13 8 9.2 4.2 13 3 11.8 6.8 8 3 4.2z",
};

function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function shorts(text) {
  return new Int16Array(bytes(text).buffer);
}

function signed(value) {
  return (value > 0 ? "+" : value < 0 ? "−" : "±") + Math.abs(value).toFixed(1);
}

// A share as per cent: two digits where it is small.
function percent(share) {
  const value = 100 * share;
  return `${value >= 10 || value === 0 ? Math.round(value) : value.toFixed(1)}\u00a0%`;
}

function clock(seconds) {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  const two = (n) => String(n).padStart(2, "0");
  return `${two(Math.floor(tenths / 600))}:${two(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
}

function flip(set, name) {
  if (!set.delete(name)) set.add(name);
}

function icon(name) {
  return `<svg class="icon icon-${name}" viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
}

// One of several: buttons side by side. options: [[name, text], …].
function choice(title, options, pick) {
  const block = element("div", "choice");
  block.setAttribute("role", "group");
  block.setAttribute("aria-label", title);
  const buttons = options.map(([name, text]) => {
    const made = button("option", () => pick(name), text);
    made.dataset.name = name;
    return made;
  });
  block.append(...buttons);
  const mark = (chosen) => buttons.forEach((made) => pressed(made, made.dataset.name === chosen));
  return { block, mark };
}
