"""Everything about one person in one archive, which verifies without this service.

from cameo_service.exports.making import Wanted, make
"""
