"""shiqu (石渠): evidence first, verdict second. The machine; it knows no clause, no check, no sentence of a report."""

__version__ = "0.1.0"
