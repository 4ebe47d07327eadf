"""How a rule attaches to a thing: parts, content, promises, needs."""
