// What is heard: int16 WAV files, fetched when they are wanted, added up, and played from a place on.
//
// Appended to player.js. The samples of the files are read directly, so that what is played is what
// was sent, bit for bit.

const FADE = 0.008; // s; starting or stopping at once would click
const MOST_BUFFERS = 6; // sums of bands that are kept

let context; // one AudioContext for the page, made by the first click

class Output {
  constructor(ended) {
    this.ended = ended;
    this.files = new Map(); // url → promise of {rate, samples}
    this.buffers = new Map(); // urls of what is added up → {buffer, sum}
    this.node = null; // what is playing
  }

  // Forget all files but these.
  keep(urls) {
    for (const url of this.files.keys()) if (!urls.has(url)) this.files.delete(url);
    for (const key of this.buffers.keys())
      if (!key.split(" ").every((url) => urls.has(url))) this.buffers.delete(key);
  }

  has(key) {
    return this.buffers.has(key);
  }

  file(url) {
    if (!this.files.has(url)) {
      const file = fetch(url).then(async (answer) => {
        if (!answer.ok) throw new Error(`${answer.status}`);
        return samplesOf(await answer.arrayBuffer());
      });
      file.catch(() => this.files.delete(url)); // fetched again next time
      this.files.set(url, file);
    }
    return this.files.get(url);
  }

  // The sum of the files of a key (their urls), and the checksum of that very buffer. Of no file, it
  // is silence as long as `like`.
  async buffer(key, like) {
    context ??= new AudioContext();
    if (!this.buffers.has(key)) {
      const files = await Promise.all((key ? key.split(" ") : [like]).map((url) => this.file(url)));
      const [{ rate, samples }] = files;
      const sum = new Int32Array(samples.length);
      if (key) for (const { samples } of files) samples.forEach((v, i) => { sum[i] += v; });
      const buffer = context.createBuffer(1, Math.max(1, sum.length), rate);
      const channel = buffer.getChannelData(0);
      sum.forEach((v, i) => { channel[i] = Math.max(-32768, Math.min(32767, v)) / 32768; });
      for (const old of this.buffers.keys()) {
        if (this.buffers.size < MOST_BUFFERS) break;
        this.buffers.delete(old);
      }
      this.buffers.set(key, { buffer, sum: checksum(channel) });
    }
    await context.resume();
    return this.buffers.get(key);
  }

  // From a place in s on; in a circle between the ends of a loop, if there is one.
  play(buffer, from, loop) {
    this.stop();
    const node = context.createBufferSource();
    const volume = context.createGain();
    node.buffer = buffer;
    if (loop) [node.loop, node.loopStart, node.loopEnd] = [true, ...loop];
    const now = context.currentTime;
    volume.gain.setValueAtTime(0, now);
    volume.gain.linearRampToValueAtTime(1, now + FADE);
    node.connect(volume).connect(context.destination);
    node.onended = () => {
      if (this.node !== node) return;
      this.node = null;
      this.ended();
    };
    node.start(now, from);
    [this.node, this.volume, this.began] = [node, volume, now];
  }

  stop() {
    if (!this.node) return;
    const [node, now] = [this.node, context.currentTime];
    this.node = null;
    this.volume.gain.setValueAtTime(1, now);
    this.volume.gain.linearRampToValueAtTime(0, now + FADE);
    node.stop(now + FADE);
  }

  // In s, since it was started.
  elapsed() {
    return Math.max(0, context.currentTime - this.began);
  }
}

// A WAV file's rate and samples.
function samplesOf(file) {
  const view = new DataView(file);
  const name = (at) => String.fromCharCode(...new Uint8Array(file, at, 4));
  let rate = 0;
  for (let at = 12; at < file.byteLength; at += 8 + view.getUint32(at + 4, true)) {
    const length = view.getUint32(at + 4, true);
    if (name(at) === "fmt ") rate = view.getUint32(at + 12, true);
    if (name(at) === "data") return { rate, samples: new Int16Array(file.slice(at + 8, at + 8 + length)) };
  }
  throw new Error("no samples");
}

// FNV-1a of the int16 samples of a channel, little-endian: what is played can be checked.
function checksum(channel) {
  let hash = 0x811c9dc5;
  for (const value of channel) {
    const sample = Math.round(value * 32768);
    hash = Math.imul(hash ^ (sample & 255), 0x01000193);
    hash = Math.imul(hash ^ ((sample >> 8) & 255), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
