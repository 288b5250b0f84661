// Reruns the fragment that it is in, again and again, as long as it is on the page. Goes after elements.js.
//
// Streamlit calls the default export at first and whenever the data change; what it returns is
// called before the next call and when the element goes.

export default function ({ data, setTriggerValue }) {
  const timer = setInterval(() => isIdle() && setTriggerValue("due", Date.now()), data.milliseconds);
  return () => clearInterval(timer);
}
