"""Looking at drift: the monitor's reports read, as a map in the terminal, and as a page."""
