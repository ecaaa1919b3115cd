"""Programs that run with other people's monitors, in an environment of their own."""
