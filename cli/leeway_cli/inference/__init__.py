"""From a sample of a CSV file to a draft of model.toml: every guess is judged by the rules that judge real drops."""
