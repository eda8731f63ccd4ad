/**
 * Show the prompts of a challenge over the preview while the recording runs.
 *
 *     const play = playPrompts(stage, challenge);
 *     play.stop();
 *     play.shown;   // when each step's prompt was really shown, in milliseconds, null for never
 *
 * The stage carries what is due in `data-step` (`rest`, `turn:left`, `blink`, `digit:4`, `over`)
 * and its progress, from 0 to 1, in the custom property `--progress`; the style sheet draws both.
 */

import {announcementsOf, createAnnouncer} from './announce.js';
import {say} from './say.js';
import {momentAt} from './schedule.js';

/** A rest shorter than this is left blank: a sentence that flashes by only disturbs. */
const SHORTEST_NOTE_MS = 400;

/**
 * Play from now until it is stopped.
 * @param {HTMLElement} stage
 * @param {import('./schedule.js').Challenge} challenge
 * @returns {{stop: () => void, shown: (number|null)[]}}
 */
export function playPrompts(stage, challenge) {
  const began = performance.now();
  const dots = drawDots(stage, challenge.steps.length);
  const heard = challenge.accommodations?.includes('heard_prompts');
  const stopReading = heard ? readOut(stage, challenge) : () => {};
  const shown = challenge.steps.map(() => null);
  let name = '';
  let fresh = null;
  let frame = requestAnimationFrame(function draw() {
    const elapsed = performance.now() - began;
    // What the last frame changed has been painted by the time of this one.
    if (fresh !== null) shown[fresh] ??= Math.round(elapsed * 10) / 10;
    const moment = momentAt(challenge, elapsed);
    fresh = moment.step ? moment.index : null;
    if (`${moment.index}:${moment.kind}` !== name) showMoment(stage, dots, moment, {silent: heard});
    name = `${moment.index}:${moment.kind}`;
    stage.style.setProperty('--progress', String(moment.step ? moment.progress : 0));
    frame = requestAnimationFrame(draw);
  });
  const stop = () => {
    cancelAnimationFrame(frame);
    stopReading();
  };
  return {stop, shown};
}

/** Read each prompt out before its step, with a tone at its end. */
function readOut(stage, challenge) {
  const announcer = createAnnouncer(stage.querySelector('[data-part=spoken]'));
  const timers = announcementsOf(challenge).flatMap(({words, tone, until}, index) => [
    setTimeout(() => announcer.speak(say(...spokenFor(challenge.steps[index])), {until: until - words}), words),
    setTimeout(() => announcer.sound(), tone),
  ]);
  return () => {
    timers.forEach(clearTimeout);
    announcer.close();
  };
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

function showMoment(stage, dots, moment, {silent}) {
  stage.dataset.step = nameOf(moment);
  const {spoken, ...seen} = wordsFor(moment);
  write(stage, silent ? seen : {...seen, spoken});
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
  const note = step ? say(pathFor(step)) : restNote(kind, rest);
  return {sign: '', note, spoken: note};
}

function pathFor({kind, direction}) {
  return kind === 'turn' ? `prompts.turn.${direction}` : `prompts.${kind}`;
}

/** What is read out: shorter than what is shown, because it must be over in time. */
function spokenFor({kind, direction, digit}) {
  if (kind === 'turn') return [`prompts.heard.${direction}`];
  return kind === 'digit' ? ['prompts.digit', {digit}] : ['prompts.heard.blink'];
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
