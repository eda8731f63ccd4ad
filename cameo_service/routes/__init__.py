"""HTTP routes: they translate, and decide nothing."""
