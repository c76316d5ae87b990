"""Training of the bundled speech model: generated text, synthetic speech, a small Whisper."""
