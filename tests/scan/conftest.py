"""The stack as the tests of the template have it."""

from tests.template.conftest import stack

__all__ = ["stack"]
