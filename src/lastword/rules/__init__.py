"""Rules as data: conditions, terms, rules, tables, packs put together."""
