"""Kill the service at random moments, and see that nothing it acknowledged is lost.

python -m tests.crash --rounds 200 --database sqlite
"""
