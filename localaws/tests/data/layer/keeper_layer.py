"""A module that only the layer brings."""

VALUE = "from the layer"
