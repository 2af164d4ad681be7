"""params.yaml as typed, checked records."""

from memnet.params.measuring import Benchmark, Calibration, Claims, Showcase
from memnet.params.methods import CaffemodelMethod, CallableMethod, ImagesMethod, MethodConfig
from memnet.params.profile import Cells, Grid, Params, load_params
from memnet.params.training import Budget, Experiment, Plan, Recipe, TrainingSet

__all__ = [
    "Benchmark", "Budget", "CaffemodelMethod", "Calibration", "CallableMethod",
    "Cells", "Claims", "Experiment", "Grid", "ImagesMethod", "MethodConfig",
    "Params", "Plan", "Recipe", "Showcase", "TrainingSet", "load_params",
]  # fmt: skip
