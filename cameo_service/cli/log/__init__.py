"""`cameo log`: the consent log verified, proven, audited and witnessed."""
