"""Training, calibration and evaluation on labelled texts. The extractor itself runs without this package."""
