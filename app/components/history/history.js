// Streamlit replaces the address when a control changes; what it sets from Python gets an entry. Here
// it is one entry for each thing that a visitor did, so that Back undoes that. Views (?view=) get none.

const INSTALLED = Symbol.for("wam-history");

function isChangeOfControl(address) {
  const next = new URL(address ?? location.href, location.href);
  if (next.pathname !== location.pathname) return false;
  const [before, after] = [location.search, next.search].map((search) => {
    const parameters = new URLSearchParams(search);
    parameters.delete("view");
    parameters.sort();
    return parameters.toString();
  });
  return before !== after;
}

function install() {
  const { pushState, replaceState } = History.prototype;
  let done = 0; // when the visitor last did something
  let moved = 0; // when Back or Forward was last used
  let entered = 0; // when the last entry was made
  let leaving = ""; // the page that a link was followed from: its address stays for who comes back
  const note = (event) => {
    done = performance.now();
    const link = event.target?.closest?.("a[href]");
    leaving = link && new URL(link.href).pathname !== location.pathname ? location.pathname : "";
  };
  addEventListener("pointerdown", note, true);
  addEventListener("keydown", note, true);
  addEventListener("drop", note, true);
  addEventListener(
    "popstate",
    () => {
      moved = performance.now();
      leaving = "";
    },
    true,
  );
  const change = (usual) =>
    function (state, title, address) {
      if (!isChangeOfControl(address)) {
        if (usual === pushState) entered = performance.now();
        return usual.call(this, state, title, address);
      }
      if (leaving === location.pathname) return;
      const deserves = done > moved && done > entered;
      if (deserves) entered = performance.now();
      return (deserves ? pushState : replaceState).call(this, state, title, address);
    };
  history.replaceState = change(replaceState);
  history.pushState = change(pushState);
}

export default function () {
  if (window[INSTALLED]) return;
  window[INSTALLED] = true;
  install();
}
