"""From a row to a score: the one implementation, for evaluation and for the endpoint."""
