"""Where weights come from: the package index, the web, a model hub, this machine."""
