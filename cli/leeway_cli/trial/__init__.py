"""An experiment looked back on: what its evidence, weights and guardrails were over time, and how it was decided."""
