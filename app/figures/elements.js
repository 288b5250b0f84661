// Numbers, colours and elements: before the script of a component or a figure, in its module.

// 256 colours, rrggbb each, as pixels.
function colours(text) {
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = [0, 2, 4].map((k) => parseInt(text.substr(6 * i + k, 2), 16));
    return (0xff000000 | (b << 16) | (g << 8) | r) >>> 0; // RGBA in memory, little-endian
  });
}

// At most three significant digits, but no digit before the point is lost.
function digits(value) {
  const size = Math.abs(value);
  if (size >= 1000 && size < 1e5) return String(Math.round(value)).replace("-", "−");
  let text = String(Number(value.toPrecision(3)));
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    const [mantissa, power] = value.toExponential(2).split("e");
    text = `${Number(mantissa)}×10${[...String(Number(power))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("")}`;
  }
  return text.replace("-", "−");
}

function pressed(button, yes) {
  button.setAttribute("aria-pressed", String(yes));
}

function element(tag, name = "", text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

function button(name, press, text = "") {
  const made = element("button", name, text);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}

function range(low, high, moved) {
  const made = element("input");
  Object.assign(made, { type: "range", min: low, max: high, step: 1, disabled: high <= low });
  made.addEventListener("input", () => moved(Number(made.value)));
  return made;
}

function slide(slider, value, text) {
  slider.value = value;
  const share = slider.max > slider.min ? (value - slider.min) / (slider.max - slider.min) : 0;
  slider.style.setProperty("--share", share.toFixed(4));
  slider.setAttribute("aria-valuetext", text);
}

// One object for each element, however often Streamlit calls: made at first, told of each call, and
// closed when the element has gone. A call that a newer one overtook is cleaned up as well, while the
// element stays. Returns what a component returns.
const objects = new WeakMap(); // parentElement → its object

function attached(parentElement, selector, make, tell) {
  const root = parentElement.querySelector(selector);
  if (!objects.has(parentElement)) objects.set(parentElement, make(root));
  tell(objects.get(parentElement));
  return () =>
    setTimeout(() => {
      if (root.isConnected) return;
      objects.get(parentElement)?.close();
      objects.delete(parentElement);
    });
}

// Whether no run of the page is under way, nor about to begin. A message to the server reports the
// controls as they were, and in the middle of a run would undo what Back has just restored.
const SETTLED = 1000; // ms after Back or Forward
let navigated = -Infinity; // when they were last used
addEventListener("popstate", () => (navigated = performance.now()));

function isIdle() {
  const app = document.querySelector("[data-test-script-state]");
  return performance.now() - navigated > SETTLED && (!app || app.dataset.testScriptState === "notRunning");
}
