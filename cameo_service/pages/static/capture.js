/**
 * `<cameo-capture>`: the camera's preview, the microphone's level, and the recording of a
 * challenge.
 *
 *     const capture = document.querySelector('cameo-capture');
 *     await capture.open();                        // asks for the devices
 *     const {file, shown} = await capture.run(async () => challenge);  // waits for Start, records
 *
 * Its inside is the template `#capture`. The preview is mirrored, as people know themselves; the
 * recording is not. The devices are off again whatever `run` ends with.
 */

import {MediaProblem, closeCamera, openCamera} from './camera.js';
import {watchLevel} from './meter.js';
import {clearPrompt, playPrompts, showCount} from './prompt.js';
import {record} from './recorder.js';
import {say} from './say.js';

const COUNTDOWN = [3, 2, 1];
const COUNT_MS = 1_000;
/** Speech reaches this level of the meter (−36 dBFS); the noise of a room seldom does. */
const HEARD = 0.5;

const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The person turned the camera off instead of starting. */
export class TurnedOff extends Error {}

/** The web component. */
export class CameoCapture extends HTMLElement {
  #stream = null;
  #stopMeter = () => {};

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(document.getElementById('capture').content.cloneNode(true));
  }

  disconnectedCallback() {
    this.close();
  }

  /**
   * Ask for camera and microphone and show the preview.
   * @param {import('./schedule.js').Challenge} challenge what the person is told to get ready for
   * @throws {MediaProblem}
   */
  async open({accommodations = []}) {
    this.close();
    this.toggleAttribute('data-speechless', accommodations.includes('no_speech'));
    this.#part('heard-hint').hidden = !accommodations.includes('heard_prompts');
    this.#stream = await openCamera();
    const video = this.#part('preview');
    video.srcObject = this.#stream;
    await play(video);
    this.#stopMeter = watchLevel(this.#stream, (level) => this.#showLevel(level));
  }

  /** Turn the devices off and clear what was shown. */
  close() {
    this.#muteMeter();
    closeCamera(this.#stream);
    this.#stream = null;
    delete this.dataset.state;
    if (!this.childElementCount) return;
    this.#part('preview').srcObject = null;
    this.#sayHeard(false);
    clearPrompt(this.#part('stage'));
  }

  /**
   * Wait for Start, count down, and record the challenge.
   * @param {() => Promise<import('./schedule.js').Challenge>} challengeAtStart asked once the
   *     person has pressed Start
   * @returns {Promise<{file: Blob, shown: (number|null)[]}>} the recording, and when each prompt
   *     was shown, in milliseconds from the recorder's start
   * @throws {MediaProblem} when it was interrupted
   * @throws {TurnedOff} when the person does not want to start now
   */
  async run(challengeAtStart) {
    try {
      await this.#started();
      this.#muteMeter();
      this.dataset.state = 'recording';
      const challenge = await challengeAtStart();
      await this.#countDown();
      return await this.#record(challenge);
    } finally {
      this.close();
    }
  }

  #started() {
    const [start, back] = [this.#part('start'), this.#part('back')];
    return new Promise((resolve, reject) => {
      start.onclick = () => resolve();
      back.onclick = () => reject(new TurnedOff());
      for (const track of this.#stream.getTracks()) {
        track.addEventListener('ended', () => reject(new MediaProblem('lost')), {once: true});
      }
    });
  }

  async #countDown() {
    for (const number of COUNTDOWN) {
      showCount(this.#part('stage'), number);
      await delay(COUNT_MS);
    }
  }

  async #record(challenge) {
    const stage = this.#part('stage');
    let play = null;
    try {
      const file = await record(this.#stream, {
        duration: challenge.duration_ms,
        onStart: () => {
          play = playPrompts(stage, challenge);
        },
      });
      return {file, shown: play.shown};
    } finally {
      play?.stop();
    }
  }

  #muteMeter() {
    this.#stopMeter();
    this.#stopMeter = () => {};
  }

  #showLevel(level) {
    this.style.setProperty('--level', level.toFixed(3));
    if (level > HEARD && this.#part('heard').dataset.heard !== 'true') this.#sayHeard(true);
  }

  #sayHeard(heard) {
    const line = this.#part('heard');
    line.dataset.heard = String(heard);
    line.textContent = say(heard ? 'capture.heard' : 'capture.silent');
  }

  #part(name) {
    return this.querySelector(`[data-part=${name}]`);
  }
}

async function play(video) {
  try {
    await video.play();
  } catch (error) {
    throw new MediaProblem('failed', error);
  }
}

customElements.define('cameo-capture', CameoCapture);
