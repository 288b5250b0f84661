// What the viewer and the row of maps share: how much of a map is shown, and by which controls.
// Goes before both, after elements.js.

const STRONGEST = [1, 2, 5, 10, 20, 50, 100]; // % of the places
const SHOWN = { top: 20, opacity: 70 }; // at first, in %
const NARROW = 880; // px: below, one panel at a time
const PATIENCE = 5000; // ms

// The bytes of an address; null where they are not wanted any more.
async function fetched(url, isWanted) {
  const answer = await fetch(url);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  // The next run of the page may have taken the file away; its own result is on the way.
  if (!answer.ok) await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  if (!isWanted()) return null;
  if (!answer.ok) throw new Error(`The result could not be fetched: ${answer.status}`);
  return bytes;
}

// What is chosen, in the page's address where it is not as at first.
class Chosen {
  constructor(first) {
    this.first = first;
    this.view = { ...first };
  }

  restore(chosen) {
    this.view = this.known(chosen);
    this.refresh();
  }

  change(some) {
    this.view = { ...this.view, ...some };
    const others = Object.entries(this.view).filter(([name, value]) => value !== this.first[name]);
    writeView(this.data.key, Object.fromEntries(others));
    this.refresh();
  }
}

function slider(name, low, high, moved) {
  const block = element("label", "slider");
  const [input, output] = [range(low, high, moved), element("output")];
  input.setAttribute("aria-label", name);
  block.append(element("span", "name", name), input, output);
  const set = (value, text) => {
    slide(input, value, text);
    output.textContent = text;
  };
  return { block, set };
}

function choice(name, options, choose, chosen) {
  const block = element("div", "choice");
  block.setAttribute("role", "group");
  block.setAttribute("aria-label", name);
  const made = Object.entries(options).map(([value, text]) => {
    const option = button("option", () => choose(value), text);
    option.dataset.value = value;
    return option;
  });
  const row = element("span", "options");
  row.append(...made);
  block.append(element("span", "name", name), row);
  const refresh = () => made.forEach((option) => pressed(option, option.dataset.value === chosen()));
  return { block, refresh };
}

// On a narrow page the panels are swiped; their names lead to them.
function swipe(panels) {
  const bar = element("nav", "swipe");
  bar.setAttribute("aria-label", "Panels");
  const place = (panel) => panel.offsetLeft - panels.offsetLeft;
  const names = [...panels.children].map((panel) =>
    button("", () => panels.scrollTo({ left: place(panel), behavior: "smooth" }), panel.dataset.title));
  const mark = () => {
    const far = [...panels.children].map((panel) => Math.abs(place(panel) - panels.scrollLeft));
    const ended = panels.scrollLeft > 0 && panels.scrollLeft + panels.clientWidth >= panels.scrollWidth - 2;
    const now = ended ? names.length - 1 : far.indexOf(Math.min(...far));
    names.forEach((name, nth) => name.setAttribute("aria-current", String(nth === now)));
  };
  panels.addEventListener("scroll", mark, { passive: true });
  bar.append(...names);
  return { bar, mark };
}
