"""What became of predictions: labels joined with captures, counted into cohorts and into quality."""
