"""Reads the metrics of a process, as Prometheus does."""

import httpx
from prometheus_client.parser import text_string_to_metric_families


class Scraped:
    """The metrics of one process."""

    def __init__(self, port: int, token: str = "") -> None:
        self._url = f"http://127.0.0.1:{port}/metrics"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def text(self, accept: str = "") -> str:
        return httpx.get(self._url, headers=self._headers | {"Accept": accept}, trust_env=False).raise_for_status().text

    def values(self, name: str) -> dict[str, float]:
        """The samples of a name, by the values of their labels."""
        samples = [sample for family in text_string_to_metric_families(self.text()) for sample in family.samples]
        found = (sample for sample in samples if sample.name == f"playhead_{name}")
        return {",".join(sample.labels.values()): sample.value for sample in found}
