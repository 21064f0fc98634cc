"""What a plug-in imports: everything of scanner.api and nothing more."""

from scanner.api import *  # noqa: F403
from scanner.api import __all__ as __all__
