"""The SageMaker pipeline of a model: compiled once as a skeleton, rendered per model."""
