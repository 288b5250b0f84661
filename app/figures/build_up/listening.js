// The sounds of all stops on one position: another stop goes on where the last one was.

const RAMP = 0.012; // s; starting or stopping at once would click
const START = "wam-player-start"; // on window: something else on the page has started to play

let speakers; // one AudioContext for the page, made by the first click

class Listening {
  constructor({ sounds, seconds }, changed) {
    Object.assign(this, { sounds, seconds, changed });
    this.on = false;
    this.files = new Map(); // stop → promise of its samples
    this.request = 0; // counts starts and stops: only the newest may play
    this.elsewhere = (event) => event.detail !== this && this.on && (this.halt(), this.changed());
    window.addEventListener(START, this.elsewhere);
  }

  start(stop) {
    speakers ??= new AudioContext();
    speakers.resume();
    window.dispatchEvent(new CustomEvent(START, { detail: this }));
    clearTimeout(this.ending);
    if (!this.on) this.from = null;
    this.on = true;
    this.change(stop);
  }

  // Once its sound is there, and unless something else was asked for since, it takes the place of
  // what is heard.
  async change(stop) {
    if (!this.on) return;
    const request = ++this.request;
    const samples = await this.file(stop);
    if (request !== this.request || !this.on) return;
    const now = speakers.currentTime;
    this.from ??= now;
    this.silence();
    const node = new AudioBufferSourceNode(speakers, { buffer: samples, loop: true });
    const level = new GainNode(speakers, { gain: 0 });
    level.gain.setValueAtTime(0, now);
    level.gain.linearRampToValueAtTime(1, now + RAMP);
    node.connect(level).connect(speakers.destination);
    node.start(now, (now - this.from) % this.seconds);
    this.heard = { node, level };
    this.changed(); // there is a position from here on
    for (let ahead = 1; ahead < 4; ahead++) this.file(stop + ahead);
  }

  file(stop) {
    if (stop >= this.sounds.length) return null;
    if (!this.files.has(stop)) {
      const file = contents(this.sounds[stop]).then((bytes) => speakers.decodeAudioData(bytes));
      file.catch(() => this.files.delete(stop)); // asked for again next time
      this.files.set(stop, file);
    }
    return this.files.get(stop);
  }

  // To the end of this pass through the sound.
  end() {
    const left = this.seconds * (1 - (this.position() ?? 1));
    this.ending = setTimeout(() => { this.halt(); this.changed(); }, 1000 * left);
  }

  halt() {
    clearTimeout(this.ending);
    this.on = false;
    this.request++;
    this.silence();
  }

  silence() {
    if (!this.heard) return;
    const { node, level } = this.heard;
    const now = speakers.currentTime;
    level.gain.cancelScheduledValues(now);
    level.gain.setValueAtTime(level.gain.value, now);
    level.gain.linearRampToValueAtTime(0, now + RAMP);
    node.stop(now + RAMP);
    this.heard = null;
  }

  // 0 … 1; null while nothing is heard.
  position() {
    if (!this.on || !this.heard) return null;
    return ((speakers.currentTime - this.from) % this.seconds) / this.seconds;
  }

  close() {
    this.halt();
    window.removeEventListener(START, this.elsewhere);
  }
}

// A saved page may fetch nothing: there the address holds the file.
async function contents(address) {
  if (!address.startsWith("data:")) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return answer.arrayBuffer();
  }
  return Uint8Array.from(atob(address.split(",")[1]), (letter) => letter.charCodeAt(0)).buffer;
}
