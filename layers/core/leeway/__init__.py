"""Leeway: keeps machine-learning models on Amazon SageMaker true to the world."""
