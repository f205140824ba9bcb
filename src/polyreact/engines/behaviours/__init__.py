"""What every sandbox must show, as data: one small program for each behaviour, and what must be seen of it.

One file for each side of it. `conformance` tries them on an engine; docs/explanation/sandbox.md tells which setting
of the policy each of them rests on, and tests/integration/engines/test_flags.py takes the settings away one by one.
"""

from polyreact.engines.behaviours.behaviour import Behaviour
from polyreact.engines.behaviours.files import FILES
from polyreact.engines.behaviours.limits import LIMITS
from polyreact.engines.behaviours.network import NETWORK
from polyreact.engines.behaviours.privileges import PRIVILEGES
from polyreact.engines.behaviours.surroundings import SURROUNDINGS

#: In the order in which they are tried; those that have a container of their own stand at the end.
BEHAVIOURS: tuple[Behaviour, ...] = tuple(
    sorted((*NETWORK, *FILES, *PRIVILEGES, *SURROUNDINGS, *LIMITS), key=lambda behaviour: behaviour.is_alone)
)
