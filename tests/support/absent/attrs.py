"""Takes the place of the package in programs that tests start: it is not part of the product's environment."""

raise ImportError("only a client of the tests (tuspy, by aiohttp) brings attrs")
