"""Say one word with eSpeak NG, as a program of its own.

eSpeak NG keeps the phase of its oscillators from one word to the next, even across
`espeak_Terminate`, so only a fresh process gives the same samples for the same word. Run by
`speakers`, which reads the sample rate (a line) and then 16-bit samples:

    python -I -S synthesis.py LIBRARY DATA WORD VOICE RATE PITCH RANGE
"""

import ctypes
import sys

SYNCHRONOUS = 2
"""The output mode that hands samples to a callback before `espeak_Synth` returns."""

RATE, PITCH, RANGE = 1, 3, 4
"""Numbers of eSpeak NG's parameters."""

UTF8 = 1
"""Encoding of the text."""

LISTENER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
"""eSpeak NG's callback: samples, how many, events."""


def main(arguments: list[str]) -> int:
    """Write the word to standard output; return 1 with a message if it cannot be said."""
    path, data, word, voice, *numbers = arguments
    library = ctypes.CDLL(path)
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, data.encode(), 0)
    if rate <= 0 or library.espeak_SetVoiceByName(voice.encode()) != 0:
        sys.stderr.write(f"no voice `{voice}`")
        return 1
    for parameter, value in zip((RATE, PITCH, RANGE), numbers, strict=True):
        library.espeak_SetParameter(parameter, int(value), 0)
    heard: list[bytes] = []

    def collect(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            heard.append(ctypes.string_at(samples, 2 * count))
        return 0

    listener = LISTENER(collect)
    library.espeak_SetSynthCallback(listener)
    text = word.encode() + b"\0"
    if library.espeak_Synth(text, len(text), 0, 1, 0, UTF8, None, None) != 0 or not heard:
        sys.stderr.write(f"cannot say `{word}`")
        return 1
    sys.stdout.buffer.write(b"%d\n" % rate + b"".join(heard))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
