"""Identity packages over HTTP, by subject: what is in one, who gets one, and what is recorded."""
