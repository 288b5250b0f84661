// What Python sends. Appended to slicer.js.

// What Python has packed: the length of a JSON, the JSON, and after it the numbers as they are.
function opened(packed) {
  const head = new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
  const data = JSON.parse(new TextDecoder().decode(packed.subarray(4, 4 + head)));
  let from = 4 + head;
  for (const part of [data, data.heat]) if (part) part.codes = packed.slice(from, (from += part.codes));
  return data;
}

function unpacked(codes, bits) {
  return bits === 8 ? codes : new Uint16Array(codes.buffer);
}
