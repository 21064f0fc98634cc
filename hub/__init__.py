"""The collecting side (通报汇集): envelopes of thousands of units come in, notices go down. Installed as an extra: ``pip install 'shiqu[hub]'``."""
