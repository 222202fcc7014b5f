"""Name → format, for every return that can be loaded."""

from __future__ import annotations

from subgraphs.returns.cin import CIN
from subgraphs.returns.gias import GIAS
from subgraphs.returns.ilr import ILR
from subgraphs.returns.school_census import SCHOOL_CENSUS
from subgraphs.returns.ssda903 import SSDA903

FORMATS = {each.name: each for each in (CIN, SSDA903, SCHOOL_CENSUS, ILR, GIAS)}
