/**
 * Record a stream for a given time with the browser's own recorder.
 *
 *     const file = await record(stream, {duration: 12_000, onStart: () => showPrompts()});
 */

import {MediaProblem} from './camera.js';

/** What is preferred, the first that the browser can write: WebM, or MP4 where it must be. */
const TYPES = [
  'video/webm;codecs="vp8,opus"',
  'video/webm',
  'video/mp4;codecs="avc1.42E01E,mp4a.40.2"',
  'video/mp4',
];
/** Frames that are still in the encoder when it is stopped are lost: let the last ones through. */
const RUN_ON_MS = 400;
const RATES = {videoBitsPerSecond: 2_500_000, audioBitsPerSecond: 128_000};

/** The first type that this browser's recorder writes; undefined leaves the choice to it. */
export function recordingType() {
  return TYPES.find((type) => MediaRecorder.isTypeSupported(type));
}

/**
 * Record at least `duration` milliseconds from the moment the recorder says that it has begun.
 * @param {MediaStream} stream
 * @param {{duration: number, onStart: () => void}} options `onStart` runs at that moment
 * @returns {Promise<Blob>} typed with what the recorder really wrote
 * @throws {MediaProblem} `lost` or `hidden` when it was interrupted, `recorder` when it failed
 */
export function record(stream, {duration, onStart}) {
  return new Promise((resolve, reject) => {
    const recorder = createRecorder(stream);
    const chunks = [];
    const watch = new AbortController();
    const once = {signal: watch.signal};
    let timer = 0;

    const settle = (problem, cause) => {
      clearTimeout(timer);
      watch.abort();
      if (recorder.state !== 'inactive') recorder.stop();
      if (problem) reject(new MediaProblem(problem, cause));
    };
    recorder.addEventListener('dataavailable', ({data}) => chunks.push(data), once);
    recorder.addEventListener('error', ({error}) => settle('recorder', error), once);
    recorder.addEventListener('stop', () => {
      settle();
      const file = new Blob(chunks, {type: recorder.mimeType || chunks[0]?.type});
      if (file.size > 0) resolve(file);
      else reject(new MediaProblem('recorder'));
    }, once);
    recorder.addEventListener('start', () => {
      timer = setTimeout(() => recorder.stop(), duration + RUN_ON_MS);
      onStart();
    }, once);
    for (const track of stream.getTracks()) {
      track.addEventListener('ended', () => settle('lost'), once);
    }
    if (stream.getTracks().some((track) => track.readyState === 'ended')) return settle('lost');
    if (document.hidden) return settle('hidden');
    // Out of sight, browsers slow timers and cameras down, and nobody sees the prompts.
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) settle('hidden');
    }, once);
    return recorder.start();
  });
}

function createRecorder(stream) {
  try {
    return new MediaRecorder(stream, {mimeType: recordingType(), ...RATES});
  } catch (error) {
    throw new MediaProblem('unsupported', error);
  }
}
