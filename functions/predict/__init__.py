"""Entry point of the function predict."""
