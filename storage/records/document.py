"""JSON data as it is kept: terms, policies, questions.

>>> terms: Document = {"actions": ["tag"]}
"""

from typing import Any

Document = dict[str, Any]
