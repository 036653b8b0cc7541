"""Work on single texts: extracting and explaining, evaluation on labelled ones, review of doubtful ones."""
