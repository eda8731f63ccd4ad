/**
 * What the challenge asks for at a moment of the recording. Pure: no clock, no page.
 *
 *     momentAt(challenge, 1250);  // {kind: 'digit', index: 0, step: {…}, progress: 0.2}
 */

/**
 * @typedef {object} Step
 * @property {'turn'|'blink'|'digit'} kind
 * @property {number} start_ms from the start of the recording
 * @property {number} duration_ms
 * @property {'left'|'right'|'up'|'down'} [direction] as the person sees it
 * @property {number} [digit]
 *
 * @typedef {object} Challenge
 * @property {number} duration_ms of the whole recording
 * @property {Step[]} steps in order, none overlapping another
 * @property {string[]} accommodations what the person cannot do
 *
 * @typedef {object} Moment
 * @property {'turn'|'blink'|'digit'|'rest'|'over'} kind
 * @property {number} index of the step, or of the next one while resting
 * @property {Step|null} step the step that is due
 * @property {number} progress of the step, 0 to 1; of the whole recording where there is no step
 * @property {number} rest_ms how long the rest lasts in all; 0 during a step
 */

/**
 * The moment `elapsed` milliseconds after the recording began.
 * @param {Challenge} challenge
 * @param {number} elapsed
 * @returns {Moment}
 */
export function momentAt(challenge, elapsed) {
  const {steps, duration_ms: whole} = challenge;
  if (elapsed >= whole) {
    return {kind: 'over', index: steps.length, step: null, progress: 1, rest_ms: 0};
  }
  const upcoming = steps.findIndex((step) => elapsed < step.start_ms + step.duration_ms);
  const index = upcoming < 0 ? steps.length : upcoming;
  const step = steps[index];
  if (step && elapsed >= step.start_ms) {
    const progress = (elapsed - step.start_ms) / step.duration_ms;
    return {kind: step.kind, index, step, progress, rest_ms: 0};
  }
  const before = steps[index - 1];
  const from = before ? before.start_ms + before.duration_ms : 0;
  const until = step ? step.start_ms : whole;
  return {kind: 'rest', index, step: null, progress: elapsed / whole, rest_ms: until - from};
}
