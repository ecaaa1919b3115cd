"""Programs that run on the training image's Python, with what the steps have."""
