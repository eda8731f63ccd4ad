"""What to tell a person about each code: what happened, and what to do about it.

>>> remedy_for("no_sound")
'The recording is silent. Allow the microphone, unmute it, and say the digits aloud.'
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Remedy:
    """Two sentences in English: what was found, and what helps."""

    happened: str
    advice: str

    def __str__(self) -> str:
        return f"{self.happened} {self.advice}"


RECORD_AGAIN = "Record again with the camera page, and leave it open until it has finished."
OTHER_BROWSER = "Record again with the camera page in a current browser."

REMEDIES = MappingProxyType(
    {
        "media_empty": Remedy("The file is empty.", RECORD_AGAIN),
        "media_not_video": Remedy("The file is not a WebM or MP4 video.", OTHER_BROWSER),
        "media_too_large": Remedy("The file is too large.", OTHER_BROWSER),
        "media_too_long": Remedy("The recording is too long.", RECORD_AGAIN),
        "media_too_short": Remedy("The recording ends before the prompts do.", RECORD_AGAIN),
        "media_no_video": Remedy(
            "The recording has no picture.", "Allow the camera, and record again."
        ),
        "media_no_audio": Remedy(
            "The recording has no sound track.", "Allow the microphone, and record again."
        ),
        "media_several_tracks": Remedy(
            "The file has more than one picture or sound track.", OTHER_BROWSER
        ),
        "media_frame_too_large": Remedy(
            "The picture is larger than 1920 pixels.", "Choose a lower camera resolution."
        ),
        "media_frame_too_small": Remedy(
            "The picture is smaller than 240 pixels.", "Choose a higher camera resolution."
        ),
        "media_too_many_frames": Remedy(
            "The recording has more than 60 frames a second.", "Choose a lower frame rate."
        ),
        "media_too_many_packets": Remedy("The file is cut into too many pieces.", OTHER_BROWSER),
        "media_codec_refused": Remedy(
            "The video is encoded in a way that is not accepted.", OTHER_BROWSER
        ),
        "media_external_reference": Remedy("The file points to other files.", OTHER_BROWSER),
        "media_truncated": Remedy("The file is incomplete.", "Upload it again, or record again."),
        "media_corrupt": Remedy("The file is damaged.", "Upload it again, or record again."),
        "media_unreadable": Remedy("The file cannot be read.", OTHER_BROWSER),
        "media_timeout": Remedy("The file takes too long to read.", OTHER_BROWSER),
        "media_times_disordered": Remedy("The times in the file are out of order.", OTHER_BROWSER),
        "media_frames_missing": Remedy(
            "Parts of the picture are missing.", "Close other programs and pages, and record again."
        ),
        "media_frames_repeated": Remedy(
            "Parts of the picture are repeated.",
            "Use the camera itself, without a program in between, and record again.",
        ),
        "media_edited": Remedy(
            "The picture jumps.", "Record in one go with the camera page, in steady light."
        ),
        "media_resized": Remedy(
            "The size of the picture changes.", "Do not turn the device while it records."
        ),
        "media_sound_gaps": Remedy(
            "Parts of the sound are missing.", "Close other programs and pages, and record again."
        ),
        "media_sound_apart": Remedy(
            "Sound and picture do not begin or end together.", RECORD_AGAIN
        ),
        "no_face": Remedy(
            "Your face is not visible all the time.",
            "Keep your whole face in the picture, and turn only as far as feels easy.",
        ),
        "several_faces": Remedy(
            "More than one face is visible.", "Be alone in the picture, without posters behind you."
        ),
        "person_changed": Remedy(
            "The face changes during the recording.",
            "Record in one go, alone, with nothing covering your face.",
        ),
        "person_unclear": Remedy(
            "Your face is not clear in enough of the recording.",
            "Face the camera in good light while you say the digits.",
        ),
        "face_too_small": Remedy("Your face is too small.", "Come closer to the camera."),
        "too_dark": Remedy("The picture is too dark.", "Turn towards a window or a lamp."),
        "too_bright": Remedy("The picture is too bright.", "Move out of the direct light."),
        "too_blurred": Remedy(
            "The picture is blurred.", "Clean the lens, keep the camera still, and add light."
        ),
        "light_clipped": Remedy(
            "Parts of your face are too bright or too dark to see.",
            "Move out of direct light, and turn towards a softer one.",
        ),
        "light_uneven": Remedy(
            "One half of your face is in the dark.", "Turn until the light falls on both halves."
        ),
        "too_flat": Remedy(
            "The picture has hardly any contrast.", "Clean the lens, and add light in front of you."
        ),
        "face_cut_off": Remedy(
            "Your face is cut off by the edge of the picture.",
            "Sit in the middle, an arm's length away.",
        ),
        "not_facing": Remedy(
            "You do not look straight at the camera.",
            "Place the camera in front of you, and look at it unless a prompt says otherwise.",
        ),
        "eyes_hidden": Remedy(
            "Your eyes cannot be seen well.",
            "Take off dark glasses, and keep hair and cap off your eyes.",
        ),
        "mouth_hidden": Remedy(
            "Your mouth cannot be seen well.",
            "Take off a mask or scarf, and keep hands and microphone away.",
        ),
        "turns_not_followed": Remedy(
            "The head turns do not match the prompts.",
            "Turn your head clearly the way each prompt says, as soon as it appears, and back.",
        ),
        "turned_unprompted": Remedy(
            "Your head is turned while you should face the camera.",
            "Look straight at the camera while you say the digits.",
        ),
        "turns_not_asked": Remedy(
            "Without head turns, only a person can be sure of your recording.",
            "Someone will look at it; you need not do anything now.",
        ),
        "blinks_alone_asked": Remedy(
            "Without head turns and digits, only a person can be sure of your recording.",
            "Someone will look at it; you need not do anything now.",
        ),
        "face_flat": Remedy(
            "What turned looks flat, like a picture of a face.",
            "Show your own face, turn it clearly as each prompt says, and stay near the camera.",
        ),
        "depth_unclear": Remedy(
            "Your head turns do not show your face clearly enough.",
            "Turn your head a little farther, in even light.",
        ),
        "blink_missing": Remedy(
            "Your eyes were not seen to close when it was asked.",
            "Close both eyes for a moment when the prompt says so, and open them again.",
        ),
        "blink_unclear": Remedy(
            "Your eyes cannot be seen clearly.",
            "Take off glasses that reflect, and add light on your face.",
        ),
        "picture_frozen": Remedy(
            "The picture stands still.", "Close other programs that use the camera, and try again."
        ),
        "picture_looped": Remedy("The picture repeats itself.", RECORD_AGAIN),
        "face_not_alive": Remedy(
            "Your face looks like a photo or a screen.",
            "Sit before the camera yourself, in even light, without any filter.",
        ),
        "face_perhaps_not_alive": Remedy(
            "It is not clear that a living face is in the picture.",
            "Sit before the camera yourself, in even light, without any filter.",
        ),
        "no_sound": Remedy(
            "The recording is silent.", "Allow the microphone, unmute it, and say the digits aloud."
        ),
        "no_speech": Remedy(
            "There is hardly any speech in the recording.", "Say every digit aloud as it appears."
        ),
        "sound_clipped": Remedy(
            "The sound is overdriven.", "Speak more softly, or farther from the microphone."
        ),
        "sound_too_noisy": Remedy(
            "The noise is almost as loud as you.",
            "Go to a quiet room, and speak closer to the microphone.",
        ),
        "lips_still": Remedy(
            "Your lips do not move while the digits sound.",
            "Say the digits yourself, with your mouth in view.",
        ),
        "lips_out_of_step": Remedy(
            "Lips and sound do not belong together.",
            "Say the digits yourself, and use the device's own microphone.",
        ),
        "lips_unclear": Remedy(
            "It was not clear that lips and sound belong together.",
            "Say the digits clearly, with your mouth in good light and nothing before it.",
        ),
        "digit_missing": Remedy(
            "A digit was not heard while it was shown.",
            "Say each digit aloud as soon as it appears.",
        ),
        "digits_not_spoken": Remedy(
            "The digits that were said are not those that were shown.",
            "Say each digit clearly, in English, in a quiet room.",
        ),
        "digits_unclear": Remedy(
            "Some of the digits were not understood.",
            "Say each digit clearly, in English, in a quiet room.",
        ),
        "voice_changed": Remedy(
            "The digits are not all said by one voice.",
            "Say all of them yourself, with nobody else speaking.",
        ),
        "voice_uncertain": Remedy(
            "The voice is not clear enough to be sure of.",
            "Speak at an even distance from the microphone, in a quiet room.",
        ),
        "face_differs_from_before": Remedy(
            "The face is not the one that this cameo was made of.",
            "Only its owner can renew a cameo: record yourself, alone and in good light.",
        ),
        "face_unsure": Remedy(
            "The face is hardly like the one of the earlier recording.",
            "Record in good light, without glasses or a mask.",
        ),
        "face_not_compared": Remedy(
            "The face could not be compared with the earlier recording.",
            "You need not do anything now.",
        ),
        "voice_differs_from_before": Remedy(
            "The voice is not the one that this cameo was made of.",
            "Only its owner can renew a cameo: speak yourself, in a quiet room.",
        ),
        "voice_unsure": Remedy(
            "The voice is hardly like the one of the earlier recording.",
            "Speak as you usually do, in a quiet room; with a cold, wait until it is over.",
        ),
        "voice_not_compared": Remedy(
            "The voice could not be compared with the earlier recording.",
            "You need not do anything now.",
        ),
        "renewal_not_possible": Remedy(
            "The cameo cannot be renewed any more.", "Ask the platform what became of it."
        ),
        "processing_failed": Remedy(
            "Something went wrong here, not with your recording.",
            "Record again; no attempt was used up.",
        ),
        "needs_review": Remedy(
            "The checks left a doubt, so a person will look at your recording.",
            "You need not do anything now.",
        ),
        "face_known": Remedy(
            "Your face looks like one that is known already, so a person will look at this.",
            "You need not do anything now.",
        ),
        "already_enrolled": Remedy(
            "This person already has a cameo.", "Use that one, or ask the platform for help."
        ),
        "rejected_by_reviewer": Remedy(
            "A person looked at the recording and did not accept it.", RECORD_AGAIN
        ),
        "not_verified": Remedy("The recording could not be accepted.", RECORD_AGAIN),
    }
)


def remedy_for(code: str) -> str:
    """What to tell the person; for a code that has no entry, what `not_verified` says."""
    return str(REMEDIES.get(code, REMEDIES["not_verified"]))
