/**
 * The service, as the person's page uses it.
 *
 *     const {session_token: token, enrollment} = await open(id, clientSecret);
 *     const session = new Session(id, token);
 *     await session.upload({file, shown}, {onProgress: (share) => …});
 */

// Relative to this module, so that the service may live under any path of a host.
const ENROLLMENTS = new URL('../v1/enrollments/', import.meta.url);

const ANSWER_WITHIN_MS = 30_000;
const STALLED_AFTER_MS = 60_000;

/** What the service refused, or why it was not reached (`offline`, `unreadable`). */
export class Problem extends Error {
  /** @param {{code?: string, detail?: string, status?: number, request_id?: string}} document */
  constructor({code = 'unreadable', detail = '', status = 0, request_id: request = ''} = {}) {
    super(detail || code);
    Object.assign(this, {code, detail, status, request});
  }

  /** Whether the same request may succeed later. */
  get isPassing() {
    return ['offline', 'unreadable'].includes(this.code) || this.status >= 500;
  }
}

/**
 * Spend the link's client secret.
 * @param {string} id @param {string} clientSecret
 * @returns {Promise<{session_token: string, enrollment: object}>}
 * @throws {Problem}
 */
export function open(id, clientSecret) {
  return ask(addressOf(id, '/open'), {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({client_secret: clientSecret}),
  });
}

/** An opened enrollment. Every method throws a `Problem`. */
export class Session {
  #id;
  #headers;

  /** @param {string} id @param {string} token the session token */
  constructor(id, token) {
    this.#id = id;
    this.#headers = {Authorization: `Bearer ${token}`};
  }

  /** Where the enrollment stands. */
  read() {
    return ask(addressOf(this.#id), {headers: this.#headers});
  }

  /**
   * Draw another challenge for the attempt at hand.
   * @param {string[]} [accommodations] what the person cannot do; left out, as it was
   */
  drawChallenge(accommodations) {
    const headers = {...this.#headers, 'Content-Type': 'application/json'};
    const body = JSON.stringify({accommodations});
    return ask(addressOf(this.#id, '/challenge'), {method: 'POST', headers, body});
  }

  /** End the enrollment. */
  cancel() {
    return ask(addressOf(this.#id, '/cancel'), {method: 'POST', headers: this.#headers});
  }

  /**
   * Send a recording, with the person's word that they accept the statement.
   * @param {{file: Blob, shown: (number|null)[]}} recording with the times of its prompts
   * @param {{onProgress: (share: number) => void}} options called with 0 to 1 of what was sent
   */
  upload({file, shown}, {onProgress}) {
    const form = new FormData();
    form.append('statement_accepted', 'true');
    form.append('timeline', JSON.stringify({shown_ms: shown}));
    form.append('recording', file, file.type.includes('mp4') ? 'recording.mp4' : 'recording.webm');
    return send(addressOf(this.#id, '/recording'), {headers: this.#headers, form, onProgress});
  }
}

function addressOf(id, action = '') {
  return new URL(encodeURIComponent(id) + action, ENROLLMENTS);
}

async function ask(address, options) {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  let response;
  let text;
  try {
    response = await fetch(address, {...options, signal, cache: 'no-store'});
    text = await response.text();
  } catch (error) {
    throw new Problem({code: 'offline', detail: error.message});
  }
  return documentIn(text, response.status);
}

/** Like `ask`, with progress: `fetch` cannot say how much of a body it has sent. */
function send(address, {headers, form, onProgress}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = () => reject(new Problem({code: 'offline'}));
    let stalled = setTimeout(() => request.abort(), STALLED_AFTER_MS);
    const alive = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), STALLED_AFTER_MS);
    };
    request.upload.onprogress = ({loaded, total}) => {
      alive();
      onProgress(total ? loaded / total : 0);
    };
    request.onerror = fail;
    request.onabort = fail;
    request.onload = () => {
      try {
        resolve(documentIn(request.responseText, request.status));
      } catch (problem) {
        reject(problem);
      }
    };
    request.onloadend = () => clearTimeout(stalled);
    request.open('POST', address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(form);
  });
}

function documentIn(text, status) {
  let document;
  try {
    document = JSON.parse(text);
  } catch {
    // A proxy in between answers with a page of its own, most often because of the size.
    throw new Problem({status, code: status === 413 ? 'media_too_large' : 'unreadable'});
  }
  if (status >= 400) throw new Problem({...document, status});
  return document;
}
