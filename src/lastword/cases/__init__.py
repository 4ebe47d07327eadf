"""Cases: a request, all work on it, and the licences it leaves behind. Pure: what happens is decided from values alone."""
