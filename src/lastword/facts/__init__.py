"""Facts: things, parties, dependencies, custody, with source, standing and two times."""
