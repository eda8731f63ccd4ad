"""What tests put into the page before its own scripts run, to watch it.

page.add_init_script(WATCH_PROMPTS)
"""

WATCH_PROMPTS = """
(() => {
  window.prompts = [];
  window.stalled = 0;
  let began = 0;
  let drawn = performance.now();
  requestAnimationFrame(function draw() {
    window.stalled = Math.max(window.stalled, performance.now() - drawn);
    drawn = performance.now();
    requestAnimationFrame(draw);
  });
  const start = MediaRecorder.prototype.start;
  MediaRecorder.prototype.start = function (...given) {
    this.addEventListener('start', ({timeStamp}) => {
      began = performance.now();
      window.heardLate = began - timeStamp;
    });
    this.addEventListener('stop', () => { window.stopped = performance.now() - began; });
    return start.apply(this, given);
  };
  new MutationObserver((changes) => {
    for (const {target} of changes) {
      const now = target.dataset?.step;
      if (began && now && now !== window.prompts.at(-1)?.[0]) {
        window.prompts.push([now, performance.now() - began]);
      }
    }
  }).observe(document, {subtree: true, attributeFilter: ['data-step']});
})()
"""
"""Note every prompt with its time from the recorder's start, in milliseconds.

`window.stalled` is the longest that this machine left the page without a frame to draw, and
`window.heardLate` how long after it happened we heard of the recorder's start: the page hears of it
first, and may be ahead by that.
"""

QUICK_COUNTDOWN = """
(() => {
  const later = window.setTimeout.bind(window);
  window.setTimeout = (call, delay, ...given) => {
    const counting = document.querySelector('[data-part=stage][data-step=count]');
    return later(call, counting && delay === 1000 ? 100 : delay, ...given);
  };
})()
"""
"""Count down in tenths of seconds. What is recorded keeps its time."""

BUSY_FROM_THE_START = """
(() => {
  const start = MediaRecorder.prototype.start;
  MediaRecorder.prototype.start = function (...given) {
    this.addEventListener('start', () => {
      const until = Date.now() + 3000;
      while (Date.now() < until);
    });
    return start.apply(this, given);
  };
})()
"""
"""A page that is busy with something else for three seconds draws nothing meanwhile."""

STEPS_SHOWN = """
() => new Promise((resolve) => {
  const look = () => {
    const names = window.prompts.map(([name]) => name).filter((name) => /:|blink/.test(name));
    if (names.length > 0) resolve(names);
    else setTimeout(look, 50);
  };
  look();
})
"""
"""With `WATCH_PROMPTS`: the steps that were shown, once there is one."""

KEEP_STREAM = """
(() => {
  const media = navigator.mediaDevices;
  const ask = media.getUserMedia.bind(media);
  media.getUserMedia = async (what) => {
    window.lent = await ask(what);
    window.opened = performance.now();
    return window.lent;
  };
})()
"""
"""Keep the stream that the page was lent, and the time when it was."""

START_AT = """
(ms) => new Promise((resolve) => setTimeout(() => {
  document.querySelector('[data-part=start]').click();
  resolve();
}, window.opened + ms - performance.now()))
"""
"""Press Start so many milliseconds after the devices were opened."""
