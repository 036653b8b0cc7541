"""Learning: labelled texts, training, calibration, evaluation. The extractor itself runs without any of it."""
