/**
 * From the link to an opened enrollment.
 *
 *     const {session, enrollment} = await enter(id);
 *
 * The link's fragment holds the client secret, which opens the enrollment once. It is taken out of
 * the address bar at once, and the session token that it bought is kept for this tab, so that
 * reloading the page works.
 */

import {Problem, Session, open} from './api.js';

const keyOf = (id) => `cameo:${id}`;

/** The secret of this visit's link, until it is spent: a failed try can be made again. */
let secret = '';

/**
 * Open the enrollment, or come back to it.
 * @param {string} id
 * @returns {Promise<{session: Session, enrollment: object}>}
 * @throws {Problem} `no_secret` where the address has none and this tab knows no token
 */
export async function enter(id) {
  secret ||= takeSecret();
  const token = sessionStorage.getItem(keyOf(id));
  const known = token && (await comeBack(id, token, {orElse: Boolean(secret)}));
  if (known) return known;
  if (!secret) throw new Problem({code: 'no_secret'});
  const {session_token: bought, enrollment} = await open(id, secret);
  sessionStorage.setItem(keyOf(id), bought);
  secret = '';
  return {session: new Session(id, bought), enrollment};
}

/** Read with a token that this tab knows; null where it is refused and there is another way. */
async function comeBack(id, token, {orElse}) {
  const session = new Session(id, token);
  try {
    return {session, enrollment: await session.read()};
  } catch (problem) {
    if (problem.code === 'unauthenticated' && orElse) return null;
    throw problem;
  }
}

function takeSecret() {
  const fragment = location.hash.slice(1);
  if (fragment) history.replaceState(null, '', location.pathname + location.search);
  return fragment;
}

// The same link pasted into this tab again changes the fragment only, which loads nothing.
addEventListener('hashchange', () => location.reload());
