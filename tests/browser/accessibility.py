"""What axe-core finds wrong with an opened page, by the rules of WCAG 2.2 up to level AA."""

import json

from axe_playwright_python.sync_playwright import Axe

#: A level's rules are tagged with the version of WCAG that brought them.
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
OPTIONS = {"runOnly": {"type": "tag", "values": list(RULES)}, "resultTypes": ["violations"]}


def violations(page):
    """One line for each element that breaks a rule: the rule, what is wanted, the element and why it fails.

    The page may forbid scripts by its content security policy: axe-core is handed in by the debugger, past it. It
    cannot run where the whole context has JavaScript turned off.
    """
    found = Axe().run(page, options=OPTIONS).response
    assert found["testEngine"]["name"] == "axe-core"
    return [_describe(rule, node) for rule in found["violations"] for node in rule["nodes"]]


def _describe(rule, node):
    where = " ".join(map(_selector, node["target"]))
    why = " ".join(node["failureSummary"].split())
    return f"{rule['id']}: {rule['help']}: {where}: {why}"


def _selector(target):
    return target if isinstance(target, str) else json.dumps(target)
