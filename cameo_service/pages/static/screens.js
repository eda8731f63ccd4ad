/**
 * The page's screens: one is shown at a time, and its sentences are filled in.
 *
 *     show('again', {reason: 'The digits were not heard.', left: 2});
 *
 * A screen is a `section` with `data-screen`. Inside, `data-say` names a sentence of the strings,
 * and `data-value` a value to show as it is. `choice` waits for one of its buttons.
 */

import {say} from './say.js';

const STAGES = ['agree', 'prepare', 'record', 'result'];

/**
 * Show a screen, and move the focus to its heading.
 * @param {string} name
 * @param {Object<string, unknown>} [values] what its sentences name
 * @returns {HTMLElement} the screen
 */
export function show(name, values = {}) {
  const screen = screenOf(name);
  fill(screen, values);
  for (const other of document.querySelectorAll('[data-screen]')) {
    other.hidden = other !== screen;
  }
  markStage(screen.dataset.stage);
  const heading = screen.querySelector('h1');
  document.title = `${heading.textContent} · ${say('site')}`;
  heading.tabIndex = -1;
  heading.focus();
  window.scrollTo(0, 0);
  return screen;
}

/**
 * Fill the sentences of `root` that the values suffice for.
 * @param {ParentNode} root
 * @param {Object<string, unknown>} values
 */
export function fill(root, values = {}) {
  for (const element of root.querySelectorAll('[data-say]')) {
    element.textContent = say(element.dataset.say, values);
  }
  for (const element of root.querySelectorAll('[data-say-label]')) {
    element.setAttribute('aria-label', say(element.dataset.sayLabel, values));
  }
  for (const element of root.querySelectorAll('[data-value]')) {
    element.textContent = values[element.dataset.value] ?? '';
    element.hidden = !element.textContent;
  }
}

/**
 * Wait until a button of the screen is pressed.
 * @param {HTMLElement} screen
 * @returns {Promise<string>} the button's `data-choice`
 */
export function choice(screen) {
  return new Promise((resolve) => {
    for (const button of screen.querySelectorAll('[data-choice]')) {
      button.onclick = () => resolve(button.dataset.choice);
    }
  });
}

/** The screen called `name`. */
export function screenOf(name) {
  return document.querySelector(`[data-screen=${name}]`);
}

function markStage(stage) {
  const reached = STAGES.indexOf(stage);
  for (const item of document.querySelectorAll('[data-stage-item]')) {
    const at = STAGES.indexOf(item.dataset.stageItem);
    item.dataset.state = at < reached ? 'done' : at === reached ? 'due' : 'later';
    if (at === reached) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
  }
}
