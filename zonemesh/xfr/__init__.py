"""Zones read from a name server by AXFR and IXFR, for zones that are pulled from primaries."""
