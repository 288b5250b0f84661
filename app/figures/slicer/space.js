// Geometry of the scene: faces of voxels, rays, normals. Appended to slicer.js.

const VERTEX = 64; // steps per voxel of a vertex, counted from voxel −1 on

function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function times(rows, vector) {
  return rows.map((row) => dot(row, vector));
}

function blend(one, other, share) {
  return one.map((part, i) => part * (1 - share) + other[i] * share);
}

// The outer faces of all voxels that have at least a strength, with their colours.
function faces(heat, from, palette) {
  if (!heat) return { cell: new Uint16Array(0), tint: new Uint8Array(0), count: 0 };
  const { codes, shape } = heat;
  const strides = [shape[1] * shape[2], shape[2], 1];
  const cells = [];
  const tints = [];
  const shown = (n) => Math.abs(codes[n]) >= from;
  for (let i = 0, n = 0; i < shape[0]; i++)
    for (let j = 0; j < shape[1]; j++)
      for (let k = 0; k < shape[2]; k++, n++) {
        if (!shown(n)) continue;
        const at = [i, j, k];
        for (let face = 0; face < 6; face++) {
          const [axis, side] = [face >> 1, face & 1];
          const beside = at[axis] + (side ? 1 : -1);
          if (beside >= 0 && beside < shape[axis] && shown(n + (side ? strides[axis] : -strides[axis]))) continue;
          cells.push(i, j, k, face);
          tints.push(palette[codes[n] + MOST_CODE]);
        }
      }
  return { cell: Uint16Array.from(cells), tint: new Uint8Array(Uint32Array.from(tints).buffer), count: tints.length };
}

// The first voxel on a ray that passes a test on its place, or null. Voxel i reaches from i − ½ to i + ½.
function first(start, along, shape, passes) {
  let [enter, leave] = [0, Infinity];
  for (let axis = 0; axis < 3; axis++) {
    const ends = [-0.5, shape[axis] - 0.5].map((end) => (end - start[axis]) / along[axis]);
    if (Math.abs(along[axis]) < 1e-9) {
      if (start[axis] < -0.5 || start[axis] > shape[axis] - 0.5) return null;
      continue;
    }
    enter = Math.max(enter, Math.min(...ends));
    leave = Math.min(leave, Math.max(...ends));
  }
  if (enter >= leave) return null;
  const at = start.map((from, axis) =>
    Math.max(0, Math.min(shape[axis] - 1, Math.round(from + (enter + 1e-7) * along[axis]))));
  const move = along.map(Math.sign);
  const each = along.map((speed) => Math.abs(1 / speed)); // from one border to the next
  const next = at.map((i, axis) =>
    move[axis] ? (i + move[axis] / 2 - start[axis]) / along[axis] : Infinity);
  while (true) {
    if (passes((at[0] * shape[1] + at[1]) * shape[2] + at[2])) return at;
    const axis = next.indexOf(Math.min(...next));
    at[axis] += move[axis];
    if (at[axis] < 0 || at[axis] >= shape[axis]) return null;
    next[axis] += each[axis];
  }
}

// Of each vertex: the mean of its triangles', larger ones counting more; three numbers each.
function normals(position, faces) {
  const made = new Float32Array(position.length);
  const corner = (n) => position.subarray(3 * n, 3 * n + 3);
  for (let n = 0; n < faces.length; n += 3) {
    const [a, b, c] = [corner(faces[n]), corner(faces[n + 1]), corner(faces[n + 2])];
    const [ux, uy, uz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
    const [vx, vy, vz] = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
    const across = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    for (let k = 0; k < 3; k++)
      for (let axis = 0; axis < 3; axis++) made[3 * faces[n + k] + axis] += across[axis];
  }
  return made;
}
