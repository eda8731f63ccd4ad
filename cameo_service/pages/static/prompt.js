/**
 * Show the prompts of a challenge over the preview while the recording runs.
 *
 *     const stop = playPrompts(stage, challenge);
 *
 * The stage carries what is due in `data-step` (`rest`, `turn:left`, `digit:4`, `over`) and its
 * progress, from 0 to 1, in the custom property `--progress`; the style sheet draws both.
 */

import {say} from './say.js';
import {momentAt} from './schedule.js';

/** A rest shorter than this is left blank: a sentence that flashes by only disturbs. */
const SHORTEST_NOTE_MS = 400;

/**
 * Play from now until `stop` is called.
 * @param {HTMLElement} stage
 * @param {import('./schedule.js').Challenge} challenge
 * @returns {() => void} stop
 */
export function playPrompts(stage, challenge) {
  const began = performance.now();
  const dots = drawDots(stage, challenge.steps.length);
  let shown = '';
  let frame = requestAnimationFrame(function draw() {
    const moment = momentAt(challenge, performance.now() - began);
    const name = `${moment.index}:${moment.kind}`;
    if (name !== shown) showMoment(stage, dots, moment);
    shown = name;
    stage.style.setProperty('--progress', String(moment.step ? moment.progress : 0));
    frame = requestAnimationFrame(draw);
  });
  return () => cancelAnimationFrame(frame);
}

/** Show a number of the countdown. @param {HTMLElement} stage @param {number} number */
export function showCount(stage, number) {
  stage.dataset.step = 'count';
  write(stage, {sign: String(number), note: say('prompts.ready'), spoken: String(number)});
}

/** Take every prompt away. @param {HTMLElement} stage */
export function clearPrompt(stage) {
  delete stage.dataset.step;
  stage.style.setProperty('--progress', '0');
  stage.querySelector('[data-part=dots]').replaceChildren();
  write(stage, {sign: '', note: '', spoken: ''});
}

function showMoment(stage, dots, moment) {
  stage.dataset.step = nameOf(moment);
  write(stage, wordsFor(moment));
  dots.forEach((dot, index) => {
    dot.dataset.state = index < moment.index ? 'done' : index === moment.index ? 'due' : 'later';
  });
}

function nameOf({kind, step}) {
  if (kind === 'turn') return `turn:${step.direction}`;
  return kind === 'digit' ? `digit:${step.digit}` : kind;
}

function wordsFor({kind, step, rest_ms: rest}) {
  if (kind === 'digit') {
    const spoken = say('prompts.digit', {digit: step.digit});
    return {sign: String(step.digit), note: say('prompts.say'), spoken};
  }
  const note = kind === 'turn' ? say(`prompts.turn.${step.direction}`) : restNote(kind, rest);
  return {sign: '', note, spoken: note};
}

function restNote(kind, rest) {
  return kind === 'rest' && rest >= SHORTEST_NOTE_MS ? say('prompts.rest') : '';
}

function write(stage, words) {
  for (const [part, text] of Object.entries(words)) {
    stage.querySelector(`[data-part=${part}]`).textContent = text;
  }
}

function drawDots(stage, count) {
  const dots = Array.from({length: count}, () => document.createElement('li'));
  stage.querySelector('[data-part=dots]').replaceChildren(...dots);
  return dots;
}
