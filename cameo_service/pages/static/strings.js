/**
 * Every sentence of the pages, in English. Another language is another module with these keys.
 *
 * A value is a sentence, or a function of the values that the sentence names, so that a language
 * can follow its own rules for numbers. `problems` and `verdicts` are looked up by the service's
 * stable codes; a code without an entry is shown in the service's own words.
 *
 *     import {strings} from './strings.js';
 *     strings.prompts.digit({digit: 4});  // 'Say 4'
 */

const TOO_LARGE =
  'The recording is larger than the service accepts. Please record again; if that does not help, use another browser.';
const MISUNDERSTOOD = 'The service did not understand this page. Reload it, and record again.';

const attemptsMore = (count) => (count === 1 ? 'one more attempt' : `${count} more attempts`);

export const strings = {
  site: 'Cameo',
  stages: {agree: 'Agree', prepare: 'Prepare', record: 'Record', result: 'Result'},

  loading: {title: 'Opening your enrollment', text: 'One moment.'},

  footer: {
    retention: 'What is kept, and for how long',
    pack: 'Face and voice are measured with the model pack',
  },

  consent: {
    title: 'Create your cameo',
    lead:
      'A cameo is your likeness, kept under your control. To make sure that it is yours, you ' +
      'record yourself once, live. Please read first what you agree to.',
    statement: 'Consent statement',
    version: ({version}) => `Version ${version}`,
    accept: 'I have read the statement and agree to it.',
    continue: 'Continue',
    decline: 'I do not agree',
    required: 'Tick the box to go on, or choose “I do not agree”.',
    until: ({time}) => `This link works until ${time}.`,
  },

  decline: {
    title: 'End this enrollment?',
    text: 'No cameo is created, and nothing about your face or voice has been recorded.',
    confirm: 'End it',
    back: 'Go back',
  },

  prepare: {
    title: 'A short recording',
    lead: ({seconds}) =>
      `It takes ${seconds} seconds. You follow a few prompts, each only for a moment, so that ` +
      'nobody can pass off an old video as you.',
    light: {
      title: 'Show your face',
      text: 'Sit in front of a light, not with a window behind you. Only you in the picture; no cap, mask or dark glasses.',
    },
    turn: {
      title: 'Turn your head',
      text: 'An arrow shows where to. Turn that way, then come straight back.',
    },
    speak: {
      title: 'Say the digit',
      text: 'When a digit appears, say it aloud at once, facing the camera. Choose a quiet room.',
    },
    blink: {
      title: 'Close your eyes',
      text: 'When the eye appears, close both eyes for a moment, then open them again.',
    },
    heard: 'Each prompt is read out, and a short tone follows: do it after the tone. Wear headphones if you can.',
    changed: 'The prompts have been changed. This is what will be asked.',
    needs: {
      summary: 'I cannot turn my head, speak, or see the prompts',
      lead: 'Tell us what you cannot do, and we ask for something else.',
      head_still: {
        label: 'I cannot turn my head',
        text: 'You will not be asked to. Afterwards a person looks at your recording.',
      },
      no_speech: {
        label: 'I cannot speak',
        text: 'There will be no digits to say, and your cameo will have no voice.',
      },
      heard_prompts: {
        label: 'I cannot see the prompts',
        text: 'Each prompt is read out before it is due. The recording takes longer.',
      },
      apply: 'Change the prompts',
    },
    nothing: 'Nothing is recorded until you press Start.',
    open: 'Turn on camera and microphone',
    asking: 'Your browser is asking for your permission. Choose “Allow”.',
  },

  capture: {
    title: 'Get ready',
    hint: 'Bring your face into the oval, at eye level, about an arm’s length away.',
    heard_hint: 'Press Start, and listen: each prompt is read out, and the tone says when.',
    sound: 'Microphone',
    silent: 'We hear nothing yet: say a few words.',
    heard: 'We hear you.',
    start: 'Start',
    back: 'Turn the camera off',
    recording: 'Recording',
    preview: 'Your camera’s picture, as in a mirror',
  },

  prompts: {
    ready: 'Get ready',
    rest: 'Look straight ahead',
    digit: ({digit}) => `Say ${digit}`,
    say: 'Say aloud',
    blink: 'Close your eyes for a moment, then open them',
    /** Read out before the step: a few syllables, because each must be over in a second. */
    heard: {left: 'Turn left', right: 'Turn right', up: 'Look up', down: 'Look down', blink: 'Blink'},
    turn: {
      left: 'Turn to your left, and back',
      right: 'Turn to your right, and back',
      up: 'Look up, and back',
      down: 'Look down, and back',
    },
  },

  sending: {
    title: 'Sending your recording',
    text: ({percent}) => `${percent} % sent`,
    stay: 'Your camera is off. Please keep this page open until the recording is sent.',
  },

  unsent: {
    title: 'The recording was not sent',
    keep: 'It is still here, in this page only. You need not record again.',
    again: 'Send again',
    discard: 'Discard it and record again',
  },

  checking: {
    title: 'Checking your recording',
    text: 'We compare what you did with what was asked. That takes about as long as the recording itself, longer when others are waiting before you.',
    elapsed: ({seconds}) => `${seconds} s so far`,
    long: 'This is taking longer than usual. Your recording is in the queue and is not lost: leave this page open, or come back to it in this tab.',
    reconnecting: 'The connection is lost. We keep trying.',
  },

  verified: {
    title: 'You are verified',
    text: 'Your cameo is ready. Your recording has been deleted; only what you agreed to is kept, encrypted.',
    next: 'Nobody may generate with your cameo unless you allow it, and you can take back what you allowed. You can close this page and go on where you came from.',
    reference: ({cameo}) => `Your cameo: ${cameo}`,
  },

  needs_review: {
    title: 'A person will take a look',
    text: 'The automatic checks could not settle every question about your recording, so someone will look at it. It is deleted as soon as they have decided.',
    next: 'You need not wait here: the platform that sent you will tell you the result.',
  },

  again: {
    title: 'That did not work yet',
    left: ({left}) => `You have ${attemptsMore(left)}. The prompts will be new ones.`,
    deleted: 'The last recording has been deleted.',
    open: 'Try again',
    adapt: 'I cannot do what is asked',
  },

  canceled: {
    title: 'This enrollment has ended',
    text: 'No cameo was created, and no recording is kept.',
    next: 'To start anew, go back to the platform that sent you here.',
  },

  expired: {
    title: 'This link has expired',
    text: 'An enrollment stays open for a limited time only. No recording is kept.',
    next: 'Go back to the platform that sent you here and ask for a new link.',
  },

  problem: {
    title: 'Something is in the way',
    retry: 'Try again',
    record: 'Record again',
    request: ({request}) => `If you ask for help, mention ${request}.`,
  },

  /** Camera and microphone, by the codes of `camera.js` and `recorder.js`. */
  media: {
    insecure:
      'Browsers lend camera and microphone only to pages with a secure address. Open your link with https:// in front, or ask the platform that sent you.',
    unsupported:
      'This browser cannot record video. Open your link in a current version of Chrome, Edge, Firefox or Safari.',
    denied:
      'This page may not use your camera and microphone. Open the page’s permissions (the icon left of the address, or your browser’s settings), allow both, then try again.',
    no_camera: 'We found no camera. Connect one, then try again.',
    no_microphone: 'We found no microphone. Connect one, then try again.',
    busy: 'Camera or microphone is in use by another program. Close video calls and camera apps, then try again.',
    failed: 'The camera could not be started. Disconnect and reconnect it, then try again.',
    lost: 'The camera or the microphone was disconnected during the recording. Nothing was sent; please start again.',
    hidden: 'The recording stopped because this page went out of sight. Nothing was sent; please start again and stay on the page.',
    recorder: 'Your browser could not finish the recording. Nothing was sent; please start again.',
  },

  /** Answers of the service, by problem code. */
  problems: {
    offline: 'The service cannot be reached. Check your connection.',
    unreadable: 'The service gave an answer that this page does not understand. Please try again.',
    no_secret: 'This address is incomplete. Open the whole link that you were sent, up to its last character.',
    wrong_client_secret: 'This link is not valid. Open the whole link that you were sent, up to its last character.',
    client_secret_spent: 'This link has been opened before, and opens only once. Go back to the platform that sent you here and ask for a new one.',
    unauthenticated: 'Your session in this tab has ended. Go back to the platform that sent you here and ask for a new link.',
    principal_suspended: 'You cannot enroll here at the moment. Go back to the platform that sent you here: it knows more.',
    principal_protected: 'Nobody may enroll a likeness of this person here. Go back to the platform that sent you here.',
    enrollment_expired: 'This link has expired. Go back to the platform that sent you here and ask for a new one.',
    wrong_state: 'This enrollment has ended or is being checked. Go back to the platform that sent you here.',
    conflict: 'Something else changed this enrollment at the same moment. Please try again.',
    not_found: 'This address does not exist. Open the whole link that you were sent.',
    challenge_expired: 'The prompts of this recording are out of date. Please record again with the new ones.',
    no_more_challenges: 'The prompts were drawn too often. Go back to the platform that sent you here and ask for a new link.',
    upload_in_progress: 'A recording of yours is already on its way, perhaps from another tab. Please wait for it.',
    recording_missing: MISUNDERSTOOD,
    statement_not_accepted: MISUNDERSTOOD,
    timeline_malformed: MISUNDERSTOOD,
    prompts_not_shown: 'Your device showed a prompt too late to follow, so this recording does not count. Close other pages and programs, then record again.',
    bad_request: MISUNDERSTOOD,
    invalid_request: MISUNDERSTOOD,
    method_not_allowed: MISUNDERSTOOD,
    cage_unavailable: 'The service cannot look at recordings at the moment. Please try again in a minute.',
    store_unavailable: 'The service cannot store anything at the moment. Nothing was changed; please try again in a minute.',
    internal_error: 'Something went wrong in the service. Please try again.',
    media_too_large: TOO_LARGE,
    body_too_large: TOO_LARGE,
    media_no_audio: 'The recording has no sound. Choose a working microphone in your browser’s settings, then record again.',
    media_no_video: 'The recording has no picture. Choose a working camera in your browser’s settings, then record again.',
    media_too_short: 'The recording ended too early. Please record again and keep this page in front until it is sent.',
    media: 'The recording cannot be used as your browser made it. Please record again; if that does not help, use another browser.',
    page: 'Something went wrong in this page. Please try again.',
    other: ({detail}) => `The service says: ${detail}.`,
  },

  /** Reasons of a verdict, by code; a translation fills this in. In English the service speaks. */
  verdicts: {},
};
