// What is chosen in a component, kept in the page's address as one short parameter:
//
//   ?view=image~top-5~sign-signed~~sound~gain-2
//
// Parts of components are separated by ~~, a part begins with the component's key, and each choice is
// name-value. Streamlit and Python write these characters as they are. This file goes before a
// component's own script, in the same module; each module has a copy, and all share the address.
//
//   readView(key)            → {name: "value", …} of the address; {} where it has none
//   writeView(key, choices)  puts {name: value, …} into the address; leave out what is at its default
//   followView(key, apply)   calls apply({name: "value", …}) after back and forward; returns a function
//                            that ends this, to be called when the element goes
//
// Names consist of letters and digits, values of letters, digits and . _ - only.

const VIEW_PAUSE = 200; // ms: browsers allow about 100 changes of the address in 10 s
const viewsWritten = new Map(); // key → its part of the address, as it was last read or written here
const viewsPending = new Map(); // key → the timer of a part that is to be written

function viewParts() {
  const text = new URLSearchParams(location.search).get("view") ?? "";
  return new Map(text.split("~~").filter(Boolean).map((part) => [part.split("~", 1)[0], part]));
}

function readView(key) {
  const choices = {};
  const part = viewParts().get(key) ?? "";
  for (const choice of part.split("~").slice(1)) {
    const dash = choice.indexOf("-");
    if (dash > 0) choices[choice.slice(0, dash)] = choice.slice(dash + 1);
  }
  viewsWritten.set(key, part);
  return choices;
}

function writeView(key, choices) {
  const named = Object.entries(choices).map(([name, value]) => {
    const text = `${name}-${value}`;
    if (!/^[A-Za-z0-9]+-[\w.-]*$/.test(text)) throw new Error(`${text} cannot be part of an address`);
    return text;
  });
  viewsWritten.set(key, named.length ? [key, ...named].join("~") : "");
  const page = location.pathname;
  clearTimeout(viewsPending.get(key));
  viewsPending.set(key, setTimeout(() => {
    viewsPending.delete(key);
    if (location.pathname === page) putView(key);
  }, VIEW_PAUSE));
}

function putView(key) {
  if (!location.protocol.startsWith("http")) return; // a saved page keeps its address
  const parts = viewParts();
  const part = viewsWritten.get(key);
  if ((parts.get(key) ?? "") === part) return;
  if (part) parts.set(key, part);
  else parts.delete(key);
  const others = location.search.slice(1).split("&").filter((pair) => pair && !/^view(=|$)/.test(pair));
  if (parts.size) others.push(`view=${[...parts.values()].join("~~")}`);
  const search = others.length ? `?${others.join("&")}` : "";
  history.replaceState(history.state, "", location.pathname + search + location.hash);
}

function followView(key, apply) {
  const page = location.pathname;
  const moved = () => {
    if (location.pathname !== page) return;
    clearTimeout(viewsPending.get(key));
    viewsPending.delete(key);
    apply(readView(key));
  };
  // The server does not know what was chosen here: an address that it sets lacks it.
  const replaced = ({ navigationType }) => {
    if (!["push", "replace"].includes(navigationType) || location.pathname !== page) return;
    if (viewsWritten.has(key) && !viewsPending.has(key)) putView(key);
  };
  addEventListener("popstate", moved);
  window.navigation?.addEventListener("currententrychange", replaced);
  return () => {
    removeEventListener("popstate", moved);
    window.navigation?.removeEventListener("currententrychange", replaced);
  };
}
