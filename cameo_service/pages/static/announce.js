/**
 * Read prompts out to people who cannot see them: before the step, and silent during it.
 *
 *     const announcer = createAnnouncer(element);
 *     const {words, tone} = announcementsOf(challenge)[0];   // moments of the recording
 *     announcer.speak('Say 4', {until: 900});                // falls silent after 900 ms at most
 *     announcer.sound();                                     // the tone: now
 *
 * The browser's own voice speaks where it has one, and otherwise the person's screen reader, from a
 * live region. Both stop before the step begins: the recording is to hold the person's voice.
 */

/** The person may still be busy with the step before: its window reaches a little beyond it. */
const SETTLE_MS = 400;
export const TONE_MS = 120;
/** Between the tone's end and the step: what a loudspeaker and a room need to be still. */
const STILL_MS = 40;
const PITCH_HZ = 660;
const LOUDNESS = 0.15;

/**
 * When to read out each prompt, and when to sound its tone, from the start of the recording.
 * @param {import('./schedule.js').Challenge} challenge
 * @returns {{words: number, tone: number, until: number}[]} in milliseconds, one for each step
 */
export function announcementsOf({steps}) {
  return steps.map((step, index) => {
    const before = steps[index - 1];
    const free = before ? before.start_ms + before.duration_ms + SETTLE_MS : 0;
    const tone = step.start_ms - TONE_MS - STILL_MS;
    return {words: Math.min(free, tone), tone, until: tone};
  });
}

/**
 * A voice for the prompts.
 * @param {HTMLElement} region the live region that stands in for a missing voice
 */
export function createAnnouncer(region) {
  const sounds = new AudioContext();
  const synthesis = window.speechSynthesis;
  const hasVoice = () => Boolean(synthesis?.getVoices().length);
  let hush = 0;
  return {
    /** Speak now, and fall silent after `until` milliseconds whatever is left to say. */
    speak(words, {until}) {
      clearTimeout(hush);
      if (!hasVoice()) {
        region.textContent = words;
        return;
      }
      synthesis.cancel();
      const utterance = new SpeechSynthesisUtterance(words);
      utterance.lang = document.documentElement.lang;
      synthesis.speak(utterance);
      hush = setTimeout(() => synthesis.cancel(), until);
    },
    /** Sound the tone now. */
    sound() {
      const [tone, volume] = [sounds.createOscillator(), sounds.createGain()];
      const now = sounds.currentTime;
      const end = now + TONE_MS / 1000;
      tone.frequency.value = PITCH_HZ;
      // a soft beginning and end: a click would be heard as speech
      volume.gain.setValueAtTime(0, now);
      volume.gain.linearRampToValueAtTime(LOUDNESS, now + 0.02);
      volume.gain.linearRampToValueAtTime(0, end);
      tone.connect(volume).connect(sounds.destination);
      tone.start(now);
      tone.stop(end);
    },
    /** Stop, and give the sound device back. */
    close() {
      clearTimeout(hush);
      if (hasVoice()) synthesis.cancel();
      sounds.close();
    },
  };
}
