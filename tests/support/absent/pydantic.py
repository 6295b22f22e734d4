"""Takes the place of the package in programs that tests start: it is not part of the product's environment."""

raise ImportError("only the tests' web frameworks bring pydantic")
