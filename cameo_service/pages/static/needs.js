/**
 * What a person cannot do, chosen on the screen that prepares the recording.
 *
 *     showNeeds(screen, enrollment);
 *     const chosen = chosenNeeds(screen);  // ['head_still']
 */

/** Set the choice to what the enrollment has, and the lessons to what its challenge asks. */
export function showNeeds(screen, {accommodations, challenge}, {changed = false} = {}) {
  for (const box of boxesIn(screen)) box.checked = accommodations.includes(box.value);
  const details = screen.querySelector('details');
  details.open ||= accommodations.length > 0;
  screen.querySelector('[data-part=changed]').hidden = !changed;
  const kinds = new Set(challenge.steps.map(({kind}) => kind));
  for (const lesson of screen.querySelectorAll('[data-lesson]')) {
    lesson.hidden = !kinds.has(lesson.dataset.lesson);
  }
  screen.querySelector('[data-part=heard-note]').hidden = !accommodations.includes('heard_prompts');
}

/** What is chosen now, in the order of the service. @returns {string[]} */
export function chosenNeeds(screen) {
  return boxesIn(screen).filter((box) => box.checked).map((box) => box.value).sort();
}

/** Whether the choice differs from what the enrollment has. */
export function needsChanged(screen, {accommodations}) {
  return chosenNeeds(screen).join() !== [...accommodations].sort().join();
}

/** Open the choice, for one who comes back because something could not be done. */
export function openNeeds(screen) {
  screen.querySelector('details').open = true;
}

function boxesIn(screen) {
  return [...screen.querySelectorAll('details input[type=checkbox]')];
}
