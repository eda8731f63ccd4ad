/**
 * The enrollment page, from the link to the verdict.
 *
 *     <html data-enrollment="enr_…"> … <script type="module" src="enroll.js">
 *
 * The service's answer alone says where the person stands: every step ends with an enrollment, and
 * `NEXT` has the step for each status. So a reload, a lost answer or a second tab change nothing.
 */

import {Problem} from './api.js';
import {MediaProblem, requireDevices} from './camera.js';
import {TurnedOff} from './capture.js';
import {follow} from './follow.js';
import {chosenNeeds, needsChanged, openNeeds, showNeeds} from './needs.js';
import {say, sayProblem, sayVerdict} from './say.js';
import {choice, fill, screenOf, show} from './screens.js';
import {enter} from './session.js';

/** @type {import('./api.js').Session} */
let session;
let accepted = false;
let seenAttempt = '';

/** How long sending the recording may take on a slow line. */
const SENDING_MS = 120_000;

const NEXT = {
  requires_input: (enrollment) => recordAgain(enrollment),
  processing: () => follow(session),
  verified: (enrollment) => end('verified', {cameo: enrollment.cameo_id}),
  needs_review: () => end('needs_review'),
  canceled: (enrollment) => end('canceled', {reason: reasonOf(enrollment)}),
  expired: () => end('expired'),
};

fill(document);
show('loading');
start();

async function start() {
  for (;;) {
    try {
      await requireDevices();
      const opened = await enter(document.documentElement.dataset.enrollment);
      session = opened.session;
      return await proceed(opened.enrollment);
    } catch (error) {
      await explain(error);
    }
  }
}

/** Say what is in the way; come back when the person wants to try again, if there is a point. */
async function explain(error) {
  if (error instanceof MediaProblem) return showMediaProblem(error);
  if (!(error instanceof Problem)) {
    console.error(error);
    return showProblem({code: 'page'}, say('problem.retry'));
  }
  return showProblem(error, error.isPassing ? say('problem.retry') : '');
}

/** Go on until there is nothing left to do. A step returns the enrollment as it is then. */
async function proceed(enrollment) {
  let current = enrollment;
  while (current) {
    current.receivedAt ??= performance.now();
    current = await NEXT[current.status](current);
  }
}

function end(screen, values) {
  show(screen, values);
  return null;
}

function reasonOf({last_error: error}) {
  return error ? sayVerdict(error) : '';
}

// -- what a person does while a recording is awaited -------------------------------------------

async function recordAgain(enrollment) {
  const {attempt, attempts_allowed: allowed, last_error: error, statement} = enrollment;
  accepted ||= statement.accepted_at !== null;
  if (!accepted) return agree(enrollment);
  if (error && seenAttempt !== attemptOf(enrollment)) {
    const values = {reason: reasonOf(enrollment), left: allowed - attempt + 1};
    if ((await choice(show('again', values))) === 'open') return recordOnce(enrollment);
    openNeeds(screenOf('prepare'));
  }
  return prepare(enrollment);
}

/** Show what will be asked, and ask for something else as often as the person wants. */
async function prepare(enrollment, {changed = false} = {}) {
  const seconds = Math.ceil(enrollment.challenge.duration_ms / 1000);
  const screen = show('prepare', {seconds});
  showNeeds(screen, enrollment, {changed});
  const pressed = await choice(screen);
  if (!needsChanged(screen, enrollment)) {
    return pressed === 'adapt' ? prepare(enrollment) : recordOnce(enrollment);
  }
  const adapted = await session.drawChallenge(chosenNeeds(screen));
  adapted.receivedAt = performance.now();
  // Whatever was pressed: what is asked now should be read before it is done.
  return prepare(adapted, {changed: true});
}

/** The verdict on an attempt is shown once; what fails on the page after it has its own words. */
function attemptOf({attempt, challenge}) {
  return `${attempt}:${JSON.stringify(challenge)}`;
}

async function agree(enrollment) {
  const {statement, expires_at: until} = enrollment;
  const time = new Date(until).toLocaleString([], {dateStyle: 'medium', timeStyle: 'short'});
  const screen = show('consent', {time, version: statement.version, statement: statement.text});
  screen.querySelector('[data-value=statement]').lang = statement.locale;
  const box = screen.querySelector('input[type=checkbox]');
  const missing = screen.querySelector('[data-part=missing]');
  box.onchange = () => {
    missing.hidden = true;
  };
  while (!accepted) {
    if ((await choice(screen)) === 'decline') return decline(enrollment);
    accepted = box.checked;
    missing.hidden = accepted;
    if (!accepted) box.focus();
  }
  return enrollment;
}

async function decline(enrollment) {
  if ((await choice(show('decline'))) === 'back') return enrollment;
  return session.cancel();
}

async function recordOnce(enrollment) {
  seenAttempt = attemptOf(enrollment);
  const capture = document.querySelector('cameo-capture');
  try {
    await openDevices(capture, enrollment.challenge);
    show('capture');
    return await send(enrollment, await capture.run(() => inTime(enrollment)));
  } catch (problem) {
    if (problem instanceof TurnedOff) return enrollment;
    if (!(problem instanceof MediaProblem)) throw problem;
    return mendDevices(enrollment, problem);
  }
}

/** The challenge, or another one where too little is left of its time. */
async function inTime(enrollment) {
  const {challenge, challenge_expires_at: until, as_of: then, receivedAt} = enrollment;
  // the service's clock only: the person's may be wrong
  const left = new Date(until) - new Date(then) - (performance.now() - receivedAt);
  if (left > challenge.duration_ms + SENDING_MS) return challenge;
  const drawn = await session.drawChallenge();
  seenAttempt = attemptOf(drawn);
  return drawn.challenge;
}

async function openDevices(capture, challenge) {
  const note = document.querySelector('[data-screen]:not([hidden]) [data-part=asking]');
  if (note) note.hidden = false;
  try {
    await capture.open(challenge);
  } finally {
    if (note) note.hidden = true;
  }
}

async function mendDevices(enrollment, problem) {
  await showMediaProblem(problem);
  return recordOnce(enrollment);
}

function showMediaProblem({code}) {
  return choice(show('problem', {sentence: say(`media.${code}`), action: say('problem.retry')}));
}

// -- sending -------------------------------------------------------------------------------------

/** Send until the service has taken the recording, refused it, or the person gives it up. */
async function send(enrollment, recording) {
  for (;;) {
    try {
      return await sendOnce(recording);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      // The answer to an upload that did arrive may have been lost: ask how things stand.
      if (problem.status === 409) return session.read();
      if (!problem.isPassing) return refused(problem);
      if ((await choice(show('unsent', {reason: sayProblem(problem)}))) === 'discard') {
        return session.read();
      }
    }
  }
}

async function sendOnce(recording) {
  const screen = show('sending', {percent: 0});
  const bar = screen.querySelector('progress');
  const warn = (event) => event.preventDefault();
  addEventListener('beforeunload', warn);
  try {
    return await session.upload(recording, {
      onProgress: (share) => {
        bar.value = share;
        const percent = Math.floor(share * 100);
        screen.querySelector('[data-part=percent]').textContent = say('sending.text', {percent});
      },
    });
  } finally {
    removeEventListener('beforeunload', warn);
    bar.value = 0;
  }
}

/** The service took no attempt for what it refused as a file: the person may record again. */
async function refused(problem) {
  if (problem.status !== 413 && problem.status !== 422) throw problem;
  await showProblem(problem, say('problem.record'));
  return session.read();
}

/** Show a problem with one button, or with none where only a new link helps. */
function showProblem(problem, action) {
  const request = problem.request ? say('problem.request', {request: problem.request}) : '';
  return choice(show('problem', {sentence: sayProblem(problem), action, request}));
}
