"""Looking back on trainings: each with what it was made of and how it came out, two side by side, and for MLflow."""
