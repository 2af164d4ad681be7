"""MemNet (Tai et al., ICCV 2017) reproduced: networks, protocols, training and evaluation."""

__version__ = "0.1.0"
