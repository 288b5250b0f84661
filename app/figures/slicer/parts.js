// What Python sends, and elements of SVG. Appended to slicer.js.

// What Python has packed: the length of a JSON, the JSON, and after it the arrays that it names.
function opened(packed) {
  const head = new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
  const data = JSON.parse(new TextDecoder().decode(packed.subarray(4, 4 + head)));
  const kinds = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i2: Int16Array };
  let from = 4 + head;
  for (const [name, kind, bytes] of data.arrays)
    data[name] = new kinds[kind](packed.slice(from, (from += bytes)).buffer);
  return data;
}

// A pixel as CSS has it.
function css(pixel) {
  return `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
}

function drawing(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
