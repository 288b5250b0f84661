// Keys for a talk. Numbers open tabs here in the browser; the others are told to Python.
//
// A key that is meant for something that has the focus (a slider, a text, the player) stays there.

const TOLD = {
  ArrowRight: "next",
  PageDown: "next",
  n: "next",
  ArrowLeft: "previous",
  PageUp: "previous",
  p: "previous",
  Escape: "leave",
};
const BUSY =
  "input, textarea, select, [contenteditable], [role=slider], [role=tab], [role=radio], [role=dialog], .player, .slicer";

export default function ({ setTriggerValue }) {
  const press = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const arrow = event.key.startsWith("Arrow");
    for (const element of event.composedPath()) {
      if (arrow && element.matches?.(BUSY)) return;
      if (element.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, [contenteditable]")) return;
    }
    if (/^[1-9]$/.test(event.key)) {
      document.querySelectorAll("[data-testid=stMain] [role=tab]")[event.key - 1]?.click();
    } else if (TOLD[event.key]) {
      setTriggerValue("pressed", TOLD[event.key]);
      if (arrow || event.key.startsWith("Page")) event.preventDefault();
    }
  };
  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}
