// WebGL for the scene: the object's surface, voxels of the attribution as cubes, lines.
//
// Appended to slicer.js. Positions are those of the scene: x to the right, y to the back, z up, the
// whole volume within the unit ball. The camera has no perspective, so equal lengths stay equal.

const HEADER = `#version 300 es
precision highp float;
uniform mat3 view; // rows: to the right, up, and towards the viewer
uniform vec4 frame; // scale and shift of the screen
vec4 seen(vec3 at) {
  vec3 p = view * at;
  return vec4(p.xy * frame.xy + frame.zw, -0.5 * p.z, 1.0);
}
float lit(vec3 normal) {
  return 0.58 + 0.42 * max(0.0, dot(normal, normalize(vec3(-0.45, 0.6, 0.66))));
}
`;
const SURFACE = [`${HEADER}
in vec3 position; in vec3 normal; out vec3 turned;
void main() { turned = view * normal; gl_Position = seen(position); }`, `${HEADER}
uniform vec4 ink; in vec3 turned; out vec4 colour;
void main() {
  vec3 n = normalize(turned);
  n *= n.z < 0.0 ? -1.0 : 1.0;
  float rim = pow(1.0 - n.z, 1.6); // glass is densest where it is seen edge-on
  float a = ink.a >= 1.0 ? 1.0 : min(1.0, ink.a * (0.55 + 1.3 * rim));
  colour = vec4(ink.rgb * lit(n) * a, a);
}`];
const CUBES = [`${HEADER}
uniform mat3 place; uniform vec3 centre; uniform float opacity;
in vec4 cell; in vec4 tint; out vec2 corner; out vec4 shade;
void main() {
  int axis = int(cell.w) >> 1;
  float side = (int(cell.w) & 1) == 1 ? 1.0 : -1.0;
  corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  vec3 at = vec3(0.0), out_ = vec3(0.0);
  at[axis] = 0.53 * side; // just outside of the object's own surface
  at[(axis + 1) % 3] = corner.x - 0.5;
  at[(axis + 2) % 3] = corner.y - 0.5;
  out_[axis] = side;
  vec3 n = view * normalize(place * out_);
  shade = vec4(tint.rgb * lit(n) * opacity, opacity);
  gl_Position = n.z > 0.0 ? seen(place * (cell.xyz + at - centre)) : vec4(2.0, 2.0, 2.0, 1.0);
}`, `${HEADER}
uniform vec3 edge; in vec2 corner; in vec4 shade; out vec4 colour;
void main() { // edges as text, so that the darkest and the palest can be told from the page
  vec2 e = min(corner, 1.0 - corner);
  vec2 dot_ = fwidth(corner);
  vec2 line = smoothstep(vec2(0.0), 1.5 * dot_, e);
  float strength = 0.3 * clamp((1.0 / max(dot_.x, dot_.y) - 4.0) / 8.0, 0.0, 1.0); // not of small cubes
  colour = vec4(mix(edge * shade.a, shade.rgb, mix(1.0 - strength, 1.0, min(line.x, line.y))), shade.a);
}`];
const LINES = [`${HEADER}
uniform vec2 pixels; uniform float strength;
in vec3 from; in vec3 to; in vec4 tint; in float width; out vec4 shade;
void main() {
  vec4 a = seen(from), b = seen(to);
  vec2 along = (b.xy - a.xy) * pixels;
  along = length(along) > 0.01 ? normalize(along) : vec2(1.0, 0.0);
  vec2 side = vec2(-along.y, along.x) * ((gl_VertexID & 1) == 0 ? -1.0 : 1.0) * width / pixels;
  gl_Position = (gl_VertexID >> 1) == 0 ? a : b;
  gl_Position.xy += side;
  gl_Position.z -= 0.002;
  float alpha = tint.a * strength;
  shade = vec4(tint.rgb * alpha, alpha);
}`, `${HEADER}
in vec4 shade; out vec4 colour;
void main() { colour = shade; }`];

class Painter {
  // Throws where the browser has no WebGL 2.
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: true, preserveDrawingBuffer: true });
    if (!gl) throw new Error("no WebGL 2");
    this.gl = gl;
    this.surface = this.program(SURFACE, { position: 3, normal: 3 });
    this.cubes = this.program(CUBES, { cell: 4, tint: 4 });
    this.lines = this.program(LINES, { from: 3, to: 3, tint: 4, width: 1 });
    this.triangles = gl.createBuffer();
    this.counts = { surface: 0, cubes: 0, lines: 0 };
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  program([vertex, fragment], inputs) {
    const { gl } = this;
    const made = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(made, shader);
    }
    gl.linkProgram(made);
    if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
    const buffers = {};
    const inside = gl.createVertexArray();
    gl.bindVertexArray(inside);
    for (const name of Object.keys(inputs)) {
      buffers[name] = gl.createBuffer();
      gl.enableVertexAttribArray(gl.getAttribLocation(made, name));
    }
    const at = (name) => gl.getUniformLocation(made, name);
    return { made, inside, inputs, buffers, at };
  }

  // Numbers for each vertex, or with `every` 1 for each instance; bytes are colours, 0 … 1.
  fill({ made, inside, inputs, buffers }, arrays, every) {
    const { gl } = this;
    gl.bindVertexArray(inside);
    for (const [name, values] of Object.entries(arrays)) {
      const where = gl.getAttribLocation(made, name);
      const kind = { Float32Array: gl.FLOAT, Uint16Array: gl.UNSIGNED_SHORT, Uint8Array: gl.UNSIGNED_BYTE };
      gl.bindBuffer(gl.ARRAY_BUFFER, buffers[name]);
      gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
      gl.vertexAttribPointer(where, inputs[name], kind[values.constructor.name], values instanceof Uint8Array, 0, 0);
      gl.vertexAttribDivisor(where, every);
    }
  }

  setSurface(position, normal, faces) {
    const { gl } = this;
    this.fill(this.surface, { position, normal }, 0);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.triangles);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, faces, gl.STATIC_DRAW);
    this.counts.surface = faces.length;
    this.index = faces instanceof Uint32Array ? gl.UNSIGNED_INT : gl.UNSIGNED_SHORT;
  }

  setCubes({ cell, tint, count }) {
    this.fill(this.cubes, { cell, tint }, 1);
    this.counts.cubes = count;
  }

  setLines(segments) {
    const flat = (name) => Float32Array.from(segments.flatMap((segment) => segment[name]));
    this.fill(this.lines, { from: flat("from"), to: flat("to"), tint: flat("tint"), width: flat("width") }, 1);
    this.counts.lines = segments.length;
  }

  // view: rows; frame: scale and shift; place, centre: of voxels; ink: of the object, with its opacity;
  // edge: the colour of text.
  draw({ view, frame, place, centre, ink, edge, opacity, wide, high }) {
    const { gl } = this;
    gl.viewport(0, 0, wide, high);
    gl.depthMask(true);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    const use = ({ made, inside, at }) => {
      gl.useProgram(made);
      gl.bindVertexArray(inside);
      gl.uniformMatrix3fv(at("view"), true, view);
      gl.uniform4fv(at("frame"), frame);
      return at;
    };
    // glass is no veil: the attribution is drawn over it, and only a solid object hides any of it
    gl.depthMask(ink[3] >= 1);
    if (ink[3] > 0) this.drawSurface(use, ink);
    gl.depthMask(true);
    if (this.counts.cubes && opacity > 0) {
      const at = use(this.cubes);
      gl.uniformMatrix3fv(at("place"), true, place);
      gl.uniform3fv(at("centre"), centre);
      gl.uniform1f(at("opacity"), opacity);
      gl.uniform3fv(at("edge"), edge);
      // first how near they are, then the nearest alone: else one would shine through another
      for (const colour of opacity < 1 ? [false, true] : [true]) {
        gl.colorMask(colour, colour, colour, colour);
        gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.counts.cubes);
      }
    }
    gl.depthMask(false);
    if (!this.counts.lines) return;
    const at = use(this.lines);
    gl.uniform2f(at("pixels"), wide, high);
    for (const [test, strength] of [[gl.GREATER, 0.5], [gl.LEQUAL, 1]]) {
      gl.depthFunc(test);
      gl.uniform1f(at("strength"), strength);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.counts.lines);
    }
  }

  drawSurface(use, ink) {
    const { gl } = this;
    if (!this.counts.surface) return;
    gl.uniform4fv(use(this.surface)("ink"), ink);
    gl.drawElements(gl.TRIANGLES, this.counts.surface, this.index, 0);
  }

  close() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
