"""Packs the source folder: the container installs it by pip, and without this file it would leave the packages out."""

from setuptools import setup  # type: ignore[import-untyped]  # the image has it, the project does not

setup(
    name="leeway-training",
    version="0",
    packages=["leeway", "own", "serving", "steps"],
    py_modules=["inference", "train"],
)
