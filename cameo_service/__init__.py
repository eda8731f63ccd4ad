"""The consent service: use cases, HTTP, worker, pages, command line and client."""
