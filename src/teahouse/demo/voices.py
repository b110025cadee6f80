"""Voice messages made on the spot: spoken by espeak-ng where it is installed, else a few notes. Ogg with Opus."""

import array
import io
import math
import random
import shutil
import subprocess
import wave

import av

RATE = 24_000
NOTES = (262, 294, 330, 392, 440, 523)
PATIENCE_S = 20
VOICES = {"en": "en", "zh": "cmn"}


def voice(words: str, language: str, dice: random.Random) -> bytes:
    """Say the words, or hum something about as long."""
    spoken = _spoken(words, language, dice)
    return _opus(spoken if spoken is not None else _hummed(words, dice))


def _spoken(words: str, language: str, dice: random.Random) -> bytes | None:
    program = shutil.which("espeak-ng")
    if program is None:
        return None
    command = [program, "-v", VOICES[language], "-p", str(dice.randint(30, 70)), "--stdout", "--", words]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)  # noqa: S603
    return done.stdout if done.returncode == 0 and done.stdout else None


def _hummed(words: str, dice: random.Random) -> bytes:
    samples = array.array("h")
    for _ in range(max(4, min(24, len(words) // 3))):
        note, length = dice.choice(NOTES), dice.choice((0.12, 0.18, 0.3))
        count = int(RATE * length)
        for step in range(count):
            swell = math.sin(math.pi * step / count)
            samples.append(int(9000 * swell * math.sin(math.tau * note * step / RATE)))
    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return made.getvalue()


def _opus(sound: bytes) -> bytes:
    made = io.BytesIO()
    with av.open(io.BytesIO(sound), "r") as heard, av.open(made, "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = 24_000
        fit = av.AudioResampler(format="s16", layout="mono", rate=48_000)
        for frame in heard.decode(audio=0):
            for fitted in fit.resample(frame):
                out.mux(stream.encode(fitted))
        for fitted in fit.resample(None):
            out.mux(stream.encode(fitted))
        out.mux(stream.encode())
    return made.getvalue()
