"""The text of the file with the rules."""

import yaml
from infra.prometheus.rules import SITE, rules

HEAD = f"""\
# The rules of Prometheus for Playhead: what is recorded about its objectives, and its alerts. Generated from
# src/playhead/monitoring/alerts/table.py by `python -m infra.prometheus`; README.md says how to use it.
# Links to runbooks lead to {SITE}: replace it by your address.
"""


class _Dumper(yaml.SafeDumper):
    """Writes labels anew in each rule, and an expression of several lines as it is."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text_node(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text_node)


def text() -> str:
    """The text of the committed file."""
    return HEAD + written()


def written(site: str = SITE) -> str:
    """The rules of a site."""
    document = rules(site=site.rstrip("/"))
    made: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    return made
