"""The report of drift as one file: HTML with its charts drawn in it, without a script and without the network."""
