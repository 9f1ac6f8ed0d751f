"""Settlement agreements as data: their format, clause library, text in Chinese and English, comparison.

Checks of what a court refuses are in ``draft_checks``; who may write, storing and signing are services.
"""

from app.domain.agreement.text import canonical, clean

__all__ = ["canonical", "clean"]
