"""The answer to a question: judged, split, explained, settled."""
