/**
 * Wait for the verdict, and say honestly how long that takes.
 *
 *     const enrollment = await follow(session);  // its status is no longer `processing`
 */

import {Problem} from './api.js';
import {say} from './say.js';
import {show} from './screens.js';

const ASK_EVERY_MS = 1_000;
const ASK_EVERY_LATER_MS = 4_000;
const LONG_MS = 90_000;

const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Ask until there is a verdict. A lost connection is waited out.
 * @param {import('./api.js').Session} session
 * @returns {Promise<object>} the enrollment
 * @throws {Problem} when the service refuses to answer
 */
export async function follow(session) {
  const screen = show('checking', {seconds: 0});
  const part = (name) => screen.querySelector(`[data-part=${name}]`);
  const began = performance.now();
  const clock = setInterval(() => {
    const seconds = Math.floor((performance.now() - began) / 1000);
    part('elapsed').textContent = say('checking.elapsed', {seconds});
    part('long').hidden = seconds * 1000 < LONG_MS;
  }, 1_000);
  try {
    for (;;) {
      await delay(performance.now() - began < LONG_MS ? ASK_EVERY_MS : ASK_EVERY_LATER_MS);
      const enrollment = await readOrNull(session);
      part('reconnecting').hidden = enrollment !== null;
      if (enrollment && enrollment.status !== 'processing') return enrollment;
    }
  } finally {
    clearInterval(clock);
    part('reconnecting').hidden = true;
    part('long').hidden = true;
  }
}

async function readOrNull(session) {
  try {
    return await session.read();
  } catch (problem) {
    if (problem instanceof Problem && problem.isPassing) return null;
    throw problem;
  }
}
