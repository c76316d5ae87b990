"""Trains the bundled model that tags what patterns cannot find; `python -m scripts.train_privacy_model --help`."""
