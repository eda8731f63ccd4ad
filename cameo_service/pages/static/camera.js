/**
 * Open the camera and the microphone, and say in one word what is wrong when that fails.
 *
 *     const stream = await openCamera();  // or throws a MediaProblem
 */

/**
 * What is asked of the devices. All of it is `ideal`: a camera that cannot do it is still used,
 * and the service judges what it sent.
 *
 * Sound is taken as raw as browsers give it. Nothing is played back, so there is no echo to cancel,
 * and noise suppression gates and smears speech, which costs the check of the digits and the
 * voice's template more than room noise does. Gain control stays on: it only levels a quiet
 * microphone.
 */
export const CONSTRAINTS = {
  video: {
    facingMode: 'user',
    width: {ideal: 1280},
    height: {ideal: 720},
    frameRate: {ideal: 30},
  },
  audio: {
    channelCount: {ideal: 1},
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: true,
  },
};

/** Why there is no recording; `code` names a sentence in `strings.media`. */
export class MediaProblem extends Error {
  /** @param {string} code @param {unknown} [cause] */
  constructor(code, cause) {
    super(code, {cause});
    this.code = code;
  }
}

const CODES = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotReadableError: 'busy',
  NotFoundError: 'no_camera',
};

/**
 * Whether this browser and this address can record at all, asked before a link is spent here.
 * @throws {MediaProblem} `insecure`, `unsupported`, `no_camera` or `no_microphone`
 */
export async function requireDevices() {
  if (!window.isSecureContext) throw new MediaProblem('insecure');
  if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) {
    throw new MediaProblem('unsupported');
  }
  const missing = await missingDevice();
  if (missing) throw new MediaProblem(missing);
}

/**
 * Ask for camera and microphone.
 * @returns {Promise<MediaStream>}
 * @throws {MediaProblem}
 */
export async function openCamera() {
  await requireDevices();
  try {
    return await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
  } catch (error) {
    throw new MediaProblem(CODES[error.name] ?? 'failed', error);
  }
}

/** Turn both devices off. @param {MediaStream|null} stream */
export function closeCamera(stream) {
  stream?.getTracks().forEach((track) => track.stop());
}

/** Which device there is none of. Browsers tell this much without permission. */
async function missingDevice() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const kinds = new Set(devices.map(({kind}) => kind));
  if (!kinds.has('videoinput')) return 'no_camera';
  return kinds.has('audioinput') ? null : 'no_microphone';
}
