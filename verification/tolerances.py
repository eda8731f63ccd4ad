"""How far a genuine recording may stray: bounds that belong to no model, with their units.

What belongs to a model (face distance, voice similarity, digit margins) stands in its pack.

    >>> Tolerances().turn_yaw < 0.4
    True
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """Bounds of the checks. Shares are of sampled frames, 0 to 1; times are in seconds.

    Picture: `present_share` of all frames and `present_while_speaking` of the frames of digit
    steps must show a face; a second face counts where it is at least `rival_size` of the first
    one's height, and may do so in `rival_share` of the frames. `face_height` is the least median
    height of the face box over the frame's shorter side. `darkest` and `brightest` bound the
    median of the face's mean luma (0 to 255), `sharpest_least` the median of the variance of the
    Laplacian on the face scaled to 112 pixels.

    Turns: `turn_yaw` and `turn_pitch` are changes of the two measures of
    `verification.faces.geometry` against the person's own baseline. A flat photo, however it is
    held, moves the nose by at most 0.12 eye distances, a head by 0.40 at 30 degrees. `late_s` is
    how long after its step a movement still counts, and how long one may take to come back.
    `strayed_share` of the frames of digit steps may show a turned head. `turned_factor` widens
    the recognizer's own threshold for frames in turns.

    Stillness: two frames are one and the same where their thumbnails differ by less than `alike`
    grey levels in the mean, and the same but for the camera's noise below `repeated`. `frozen_s`
    of the one and the same frame are a frozen picture; a loop is `looped_share` of frames that
    repeat the one a fixed lag before. Measured: talking people 0.2 to 8 from frame to frame and
    above 1.2 at any longer lag; a frozen picture below 0.01; a loop, encoded anew, about 0.3.

    Sound: `quietest` is the least root mean square of the speech (full scale 1), `speech_s` the
    least speech in all, `digit_speech_s` the least speech in a digit's window, which reaches
    `digit_late_s` beyond its step. `digits_enough` of the digits must be recognized, and below
    that but from `digits_doubtful` on a person has to decide. Halves of a string are compared
    against the pack's voice threshold, which is for whole strings, less `voice_allowance`;
    `voice_doubt` is the width of the band below that in which a person has to decide. Both are
    cosines.
    """

    present_share: float = 0.6
    present_while_speaking: float = 0.75
    rival_size: float = 0.5
    rival_share: float = 0.1
    face_height: float = 0.16
    darkest: float = 40.0
    brightest: float = 230.0
    sharpest_least: float = 30.0
    turn_yaw: float = 0.18
    turn_pitch: float = 0.1
    late_s: float = 0.4
    strayed_share: float = 0.3
    turned_factor: float = 1.4
    alike: float = 0.15
    frozen_s: float = 1.0
    repeated: float = 0.6
    looped_share: float = 0.8
    quietest: float = 0.003
    speech_s: float = 1.0
    digit_speech_s: float = 0.1
    digit_late_s: float = 0.3
    digits_enough: float = 0.8
    digits_doubtful: float = 0.6
    voice_allowance: float = 0.04
    voice_doubt: float = 0.06
