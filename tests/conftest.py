"""What all tests share."""

from hypothesis import settings

# A time limit per example measures the machine's other work, not the code: figures of speed stand in bench/.
settings.register_profile("shiqu", deadline=None)
settings.load_profile("shiqu")
