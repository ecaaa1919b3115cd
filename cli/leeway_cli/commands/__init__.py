"""The commands, one module a group. They import what is heavy only when they run, so that --help is quick."""
