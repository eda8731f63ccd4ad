/**
 * How loud the microphone is.
 *
 *     const stop = watchLevel(stream, (level) => { bar.value = level; });
 */

const QUIETEST_DB = -60;
const LOUDEST_DB = -12;

/**
 * Call `onLevel` for every frame drawn with a level from 0 (silence) to 1 (loud).
 * @param {MediaStream} stream
 * @param {(level: number) => void} onLevel
 * @returns {() => void} ends the watch
 */
export function watchLevel(stream, onLevel) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let frame = requestAnimationFrame(function measure() {
    analyser.getFloatTimeDomainData(samples);
    onLevel(levelOf(samples));
    frame = requestAnimationFrame(measure);
  });
  return () => {
    cancelAnimationFrame(frame);
    context.close();
  };
}

/** The level of one window: its root mean square on a scale of decibels. */
function levelOf(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const decibels = 10 * Math.log10(power + 1e-12);
  return Math.min(1, Math.max(0, (decibels - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)));
}
