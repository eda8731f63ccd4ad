/**
 * Find a sentence and fill in its values.
 *
 *     say('prompts.digit', {digit: 4});  // 'Say 4'
 */

import {strings} from './strings.js';

/** Look `path` (`a.b.c`) up in the strings; undefined where there is no such entry. */
function find(path) {
  return path.split('.').reduce((part, name) => part?.[name], strings);
}

/**
 * The sentence at `path`.
 * @param {string} path dotted, as in `consent.title`
 * @param {Object<string, unknown>} [values] what the sentence names
 * @returns {string}
 * @throws {Error} where the strings have no such sentence
 */
export function say(path, values = {}) {
  const entry = find(path);
  if (typeof entry === 'function') return entry(values);
  if (typeof entry === 'string') return entry;
  throw new Error(`no sentence at ${path}`);
}

/**
 * What to tell the person about a problem of the service.
 * @param {{code: string, detail: string}} problem
 */
export function sayProblem({code, detail}) {
  const known = find(`problems.${code}`);
  if (typeof known === 'string') return known;
  return code.startsWith('media_') ? say('problems.media') : say('problems.other', {detail});
}

/**
 * Why a recording was not accepted.
 * @param {{code: string, reason: string}} error the enrollment's `last_error`
 */
export function sayVerdict({code, reason}) {
  return find(`verdicts.${code}`) ?? reason;
}
