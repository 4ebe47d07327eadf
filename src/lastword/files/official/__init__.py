"""Official downloads, read into the tables of a pack: nothing is taken over here, only read and compared.

``markup`` reads XML and HTML without ever expanding an entity; ``ecfr``, ``screening`` and ``eurlex`` know one
source each; ``comparison`` says what differs from the tables in use; ``formats`` tells the sources apart;
``takeover`` writes what was found into a pack outside the program.
"""
