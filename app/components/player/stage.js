// The rows, the axis below them, and over them the pointer, the playhead and the looped part.
//
// Appended to player.js.

class Stage {
  constructor(player) {
    this.player = player;
    this.block = element("div", "stage");
    this.axis = element("div", "axis");
    this.over = this.overlay();
    this.rows = player.data.rows.map((row) => drawable(row, player));
    this.block.append(...this.rows.map((row) => row.block), this.axis, this.over);
  }

  // Rows that have changed; the others, and what has the focus in them, stay.
  exchange() {
    this.player.data.rows.forEach((row, i) => {
      if (row.version === this.rows[i].version) return;
      const made = drawable(row, this.player);
      this.rows[i].block.replaceWith(made.block);
      this.rows[i] = made;
    });
  }

  overlay() {
    const { player } = this;
    const { duration, tracks } = player.data;
    const over = element("div", "over");
    this.marks = element("canvas", "marks");
    this.playhead = element("div", "playhead");
    this.reading = element("div", "reading");
    over.append(this.marks, this.playhead, this.reading);
    this.outlined = this.pointed = null; // the part between two times; px from the left
    this.playhead.hidden = !tracks.length;
    if (tracks.length) {
      over.tabIndex = 0;
      over.setAttribute("role", "slider");
      over.setAttribute("aria-label", "Position in the sound");
      over.setAttribute("aria-valuemin", "0");
      over.setAttribute("aria-valuemax", duration.toFixed(2));
    }
    let down = null; // where a click or drag began, in px
    const time = (event) => {
      const { left, width } = over.getBoundingClientRect();
      return Math.max(0, Math.min(1, (event.clientX - left) / width)) * duration;
    };
    const drag = (event) => {
      const ends = [time({ clientX: down }), time(event)].sort((a, b) => a - b);
      return Math.abs(event.clientX - down) > DRAG && ends[1] - ends[0] > 0.005 ? ends : null;
    };
    over.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !player.source) return;
      over.setPointerCapture(event.pointerId);
      down = event.clientX;
    });
    over.addEventListener("pointermove", (event) => {
      this.point(event);
      if (down !== null && drag(event)) this.outline(drag(event));
    });
    over.addEventListener("pointerup", (event) => {
      if (down === null) return;
      const region = drag(event);
      if (region) player.select(region);
      else player.seek(time(event));
      down = null;
    });
    over.addEventListener("pointercancel", () => {
      down = null;
      player.mark();
    });
    over.addEventListener("pointerleave", () => this.point(null));
    return over;
  }

  mark() {
    this.outline(this.player.region);
    for (const row of this.rows) row.mark?.();
    if (this.player.data.tracks.length) this.voice(this.player.now());
  }

  place(now, end) {
    this.playhead.style.left = `${(100 * now) / end}%`;
    if (this.player.output.node && Math.floor(now) !== this.spoken) this.voice(now);
  }

  // For screen readers: once a second is often enough.
  voice(now) {
    const end = this.player.data.duration;
    this.spoken = Math.floor(now);
    this.over.setAttribute("aria-valuenow", now.toFixed(2));
    this.over.setAttribute("aria-valuetext", `${now.toFixed(1)} of ${end.toFixed(1)} seconds`);
  }

  outline(region) {
    this.outlined = region;
    this.sketch();
  }

  // A veil over what is outside of the looped part, and a line below the pointer.
  sketch() {
    const { marks, player } = this;
    const [wide, high] = [marks.clientWidth, marks.clientHeight];
    [marks.width, marks.height] = [wide, high].map((length) => Math.round(length * devicePixelRatio));
    const context = marks.getContext("2d");
    context.scale(devicePixelRatio, devicePixelRatio);
    const style = getComputedStyle(this.block);
    const fill = (colour, alpha, x, width) => {
      context.fillStyle = style.getPropertyValue(`--st-${colour}-color`);
      context.globalAlpha = alpha;
      context.fillRect(x, 0, width, high);
    };
    if (this.outlined) {
      const [from, to] = this.outlined.map((time) => (time / player.data.duration) * wide);
      const veil = player.loop ? 0.6 : 0.45;
      fill("background", veil, 0, from);
      fill("background", veil, to, wide - to);
      fill("primary", 1, from - 2, 2);
      fill("primary", 1, to, 2);
    }
    if (this.pointed === null) return;
    fill("background", 1, this.pointed + 1, 1);
    fill("text", 0.45, this.pointed, 1);
  }

  // The value under the pointer, beside it.
  point(event) {
    const box = this.over.getBoundingClientRect();
    this.reading.textContent = "";
    this.pointed = event && event.clientX - box.left;
    this.sketch();
    if (!event) return;
    const x = this.pointed;
    const share = Math.min(0.9999, Math.max(0, x / box.width));
    for (const row of this.rows) {
      const { top, bottom } = row.canvas.getBoundingClientRect();
      if (event.clientY < top || event.clientY >= bottom) continue;
      const at = digits(share * this.player.data.duration);
      this.reading.textContent = `${at}\u00a0s · ${row.read(share, event.clientY - top)}`;
      const room = box.width - this.reading.offsetWidth;
      const beside = share > 0.5 ? x - this.reading.offsetWidth - 6 : x + 6;
      this.reading.style.top = `${top - box.top + 4}px`;
      this.reading.style.left = `${Math.max(0, Math.min(room, beside))}px`;
    }
  }

  draw() {
    const width = this.over.clientWidth;
    if (!width) return; // hidden, in a closed tab for instance
    const style = getComputedStyle(this.block);
    const inks = {
      strong: style.getPropertyValue("--st-link-color"),
      pale: style.getPropertyValue("--pale"),
      line: style.getPropertyValue("--st-border-color"),
      page: style.getPropertyValue("--st-background-color"),
    };
    for (const row of this.rows) row.draw(width, inks);
    this.sketch();
    this.ticks(width);
  }

  ticks(width) {
    const end = this.player.data.duration;
    const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600];
    const step = steps.find((s) => (s / end) * width >= Math.max(48, width / 14)) ?? 1200;
    const marks = [];
    for (let i = 0; i * step <= end * (1 + 1e-9); i++) {
      const place = (i * step) / end;
      const edge = place === 0 ? " first" : place > 1 - 24 / width ? " last" : "";
      const mark = element("span", `tick${edge}`, `${digits(i * step)}\u00a0s`);
      mark.style.left = `${100 * place}%`;
      marks.push(mark);
    }
    const scale = element("div", "scale");
    scale.append(...marks);
    this.axis.replaceChildren(scale);
  }
}
