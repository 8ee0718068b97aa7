"""Ways of writing each digit, as a handful of points for the pen to pass, drawn for this project."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

SAMPLES = 5
"""Points of the curve from one control point to the next."""
REACH = 0.6
"""Way along a stroke, in half heights, over which the hand's drift stays much the same."""
NO_DIGIT = 10
"""What stands in place of the digit for a letter or a symbol."""


@dataclass(frozen=True)
class Template:
    """One way of writing a digit.

    Attributes:
        name: what is special about this way.
        share: how often it is written, relative to the digit's other ways.
        path: points "x,y" that the pen passes, y downwards, about 100 units high. The line through them is
            smooth except at a point marked "!"; " / " lifts the pen.
    """

    digit: int
    name: str
    share: float
    path: str

    def strokes(self) -> list[list[tuple[float, float, bool]]]:
        """The path as numbers: a list of points (x, y, whether it is a corner) for each stroke."""
        return [
            [(float(x), float(y.rstrip("!")), y.endswith("!")) for x, y in (p.split(",") for p in part.split())]
            for part in self.path.split("/")
        ]


TEMPLATES = (
    Template(0, "oval", 4, "42,1 20,6 5,30 3,58 14,88 36,100 58,90 70,62 68,30 55,8 38,0"),
    Template(0, "overlapping", 2, "52,6 30,1 8,22 2,55 14,88 36,100 58,88 70,58 64,24 46,4 26,8"),
    Template(0, "closed inside", 1.5, "34,4 12,14 3,45 8,82 32,100 58,88 70,55 62,18 44,2 34,14 32,26"),
    Template(0, "open at the top", 1.5, "30,2 10,22 2,56 14,90 36,100 58,88 68,56 64,24 50,4"),
    Template(0, "begun at the side", 1, "60,14 40,0 14,14 2,50 12,86 36,100 60,86 70,52 62,18 44,8"),
    Template(0, "slashed", 0.7, "42,1 20,6 5,30 3,58 14,88 36,100 58,90 70,62 68,30 55,8 38,0 / 64,6 38,50 8,98"),
    Template(0, "slashed across", 0.5,
             "42,1 20,6 5,30 3,58 14,88 36,100 58,90 70,62 68,30 55,8 38,0 / 84,-8 36,50 -12,108"),
    Template(0, "slashed inside", 0.5,
             "42,1 20,6 5,30 3,58 14,88 36,100 58,90 70,62 68,30 55,8 38,0 / 54,28 37,50 20,74"),
    Template(0, "slashed, one line", 0.5, "58,10 36,0 14,12 3,48 12,86 36,100 60,86 70,50 62,16 50,8! 34,50 14,90"),
    Template(0, "slashed, one line, across", 0.4,
             "40,0 14,12 2,48 12,86 36,100 62,86 72,50 62,14 40,0 84,-6! 36,50 -14,106"),
    Template(0, "slashed, narrow", 0.4, "30,0 12,12 4,50 12,90 28,100 44,88 50,50 42,12 28,0 / 62,2 28,50 -6,98"),
    Template(0, "slashed, flat", 0.3,
             "42,1 20,6 5,30 3,58 14,88 36,100 58,90 70,62 68,30 55,8 38,0 / 92,20 36,50 -18,78"),
    Template(0, "slashed far", 0.5, "42,0 18,8 4,28 6,56 22,74 44,74 62,56 66,28 56,8 40,0 / 84,-14 34,44 -20,116"),
    Template(0, "slashed far, one line", 0.5, "46,2 20,6 4,28 6,56 24,72 46,70 62,50 64,24 50,2 76,-8! 30,50 -18,114"),
    Template(0, "slashed to the foot", 0.4, "40,2 16,10 4,34 10,62 32,72 54,60 62,34 54,10 38,2 / 60,8 30,56 2,110"),
    Template(0, "round, slashed far", 0.4, "50,0 20,8 4,34 10,66 40,84 74,72 86,40 76,12 48,0 / 104,-10 46,44 -16,104"),
    Template(0, "narrow", 1, "20,0 8,12 2,44 6,84 16,100 28,88 32,52 28,16 18,0"),
    Template(0, "very narrow", 1, "12,0 4,14 0,48 4,86 10,100 17,86 20,50 17,14 10,0"),
    Template(0, "clockwise", 1, "30,0 56,12 68,48 58,88 34,100 12,88 2,52 12,14 34,0"),
    Template(0, "begun at the foot", 1, "34,100 10,86 2,48 14,10 38,0 62,14 68,54 56,90 30,100"),
    Template(0, "tail to the right", 1, "40,2 16,10 2,48 12,88 36,100 60,88 68,50 58,12 40,2 62,8 88,-2"),
    Template(0, "loop at the top", 1, "44,4 18,8 2,46 12,88 36,100 60,86 66,48 56,14 40,8 32,20 46,24 60,8"),
    Template(0, "wide open", 1, "48,8 26,0 8,16 2,52 14,90 38,100 60,84 66,52 60,24"),
    Template(0, "slashed backwards", 1,
             "42,1 20,6 5,30 3,58 14,88 36,100 58,90 70,62 68,30 55,8 38,0 / 12,14 36,50 62,88"),
    Template(1, "plain", 3, "20,0 20,33 20,66 20,100"),
    Template(1, "bent", 1.5, "22,0 17,33 17,66 21,100"),
    Template(1, "short upstroke", 1.5, "4,20 14,10 22,0! 21,33 20,66 20,100"),
    Template(1, "long upstroke", 1, "0,42 16,24 34,0! 33,33 32,66 32,100"),
    Template(1, "upstroke from the middle", 0.8, "0,60 18,32 36,0! 36,33 35,66 34,100"),
    Template(1, "upstroke from the ground", 0.6, "0,96 20,50 42,0! 41,33 40,66 40,100"),
    Template(1, "round upstroke", 0.6, "0,46 20,34 36,0! 35,33 34,66 34,100"),
    Template(1, "long upstroke and foot", 0.4, "0,44 18,26 36,0! 36,33 35,66 34,98 / 4,99 34,98 66,98"),
    Template(1, "foot", 0.5, "30,0 30,33 30,66 30,100 / 4,100 30,99 58,100"),
    Template(1, "upstroke and foot", 1.2, "8,22 20,12 32,0! 31,33 30,66 30,100 / 0,100 30,99 64,100"),
    Template(1, "slanted", 1, "56,0 38,33 19,66 0,100"),
    Template(1, "steep short upstroke", 1, "0,26 6,13 12,0! 12,33 11,66 11,100"),
    Template(1, "steep long upstroke", 1, "0,64 8,32 16,0! 16,33 15,66 14,100"),
    Template(1, "wide short upstroke", 1, "0,28 18,14 36,0! 36,33 35,66 34,100"),
    Template(1, "wide upstroke", 1, "0,58 26,29 52,0! 51,33 50,66 49,100"),
    Template(1, "arched upstroke", 1, "0,48 10,18 34,0! 34,33 33,66 32,100"),
    Template(1, "round top", 1, "0,38 12,16 26,2 34,14 34,44 33,72 32,100"),
    Template(1, "separate upstroke", 1, "0,38 18,20 34,4 / 38,0 37,33 36,66 36,100"),
    Template(1, "curled foot", 1, "0,26 12,14 24,0! 24,40 24,76 32,98 46,92"),
    Template(1, "slanted, short upstroke", 1, "20,24 38,14 54,0! 46,33 38,66 30,100"),
    Template(1, "slanted, long upstroke", 1, "0,62 34,30 58,0! 50,33 42,66 34,100"),
    Template(1, "slanted, flat upstroke", 1, "10,26 34,14 58,0! 48,33 38,66 28,100"),
    Template(1, "long upstroke and short foot", 1, "0,44 16,22 32,0! 32,33 31,66 31,98 / 14,99 31,98 48,98"),
    Template(2, "sharp foot", 3, "6,24 18,6 40,0 60,12 60,34 42,62 22,82 4,98! 26,96 50,96 74,98"),
    Template(2, "smooth foot", 1.5, "6,20 22,3 46,2 60,18 52,44 30,72 10,92 14,98 34,95 54,96 74,94"),
    Template(2, "small loop", 2, "8,20 24,2 48,2 60,18 52,46 32,76 12,94 4,88 14,80 34,88 54,98 78,92"),
    Template(2, "large loop", 1.5, "10,16 28,0 50,4 58,24 48,54 28,84 8,96 2,82 16,70 36,80 54,96 80,94"),
    Template(2, "round loop, falling tail", 3, "12,20 30,0 58,6 66,32 56,62 36,88 14,94 4,78 20,62 44,68 62,84 78,97"),
    Template(2, "narrow, loop beside", 1, "14,18 32,0 54,10 54,40 44,74 26,96 6,92 8,74 26,68 46,80 60,97"),
    Template(2, "long tail", 0.8, "10,20 32,0 58,8 54,36 30,66 6,86! 40,82 80,84 116,88"),
    Template(2, "curled start", 1, "22,26 10,18 22,3 46,1 60,16 56,40 36,70 6,97! 28,94 50,95 74,97"),
    Template(2, "like a Z", 1, "4,8 28,4 58,4! 44,34 24,66 4,97! 26,95 48,95 70,96"),
    Template(2, "narrow head", 1.2, "14,14 28,2 38,16 34,44 22,72 4,98! 28,96 52,94 80,90"),
    Template(2, "large head, falling tail", 1.5,
             "4,30 18,6 44,0 62,16 60,50 46,84 22,96 6,84 18,68 44,72 62,88 72,100"),
    Template(2, "rising tail", 1.2, "16,20 36,0 58,12 56,42 36,74 14,92 2,80 18,68 46,74 64,74 84,64"),
    Template(2, "flat", 0.8, "4,20 26,4 54,0 62,14 40,36 8,62! 42,60 78,60 110,62"),
    Template(3, "round", 4, "6,16 22,2 46,1 58,15 50,34 26,46! 50,50 66,68 56,92 32,100 4,90"),
    Template(3, "soft waist", 2, "8,12 28,0 52,6 56,26 40,42 30,47 44,50 64,64 62,88 38,100 4,92"),
    Template(3, "looped waist", 1, "8,14 28,0 52,6 54,28 34,46 24,50 28,42 50,48 66,68 54,94 28,100 2,90"),
    Template(3, "flat top", 1.5, "6,6 30,3 60,2! 46,20 26,42! 50,46 66,66 58,90 34,100 4,92"),
    Template(3, "zigzag", 1, "6,10 30,2 52,6 42,24 14,46! 40,46 62,58 60,82 36,98 2,100"),
    Template(3, "hooked ends", 1.5, "10,26 10,8 30,0 54,8 52,32 26,46! 54,52 66,72 50,96 18,98 4,76"),
    Template(3, "flat foot", 1, "10,10 30,0 56,6 54,28 28,46! 54,52 64,72 52,94 28,97 0,96"),
    Template(3, "high waist", 1, "16,12 30,0 48,6 48,20 28,34! 54,42 68,66 56,92 30,100 2,84"),
    Template(3, "falling end", 1.2, "4,10 28,2 52,8 46,28 28,42! 46,52 54,68 48,86 36,100"),
    Template(3, "low waist", 1, "8,18 28,0 54,8 56,34 30,58! 52,62 62,80 46,97 22,100 2,90"),
    Template(4, "open", 2, "14,4 10,28 6,54! 26,54 46,53 68,50 / 58,0 56,34 53,66 50,100"),
    Template(4, "open and round", 2, "8,6 4,30 10,50 30,54 50,46 66,36 / 66,2 61,34 56,66 52,100"),
    Template(4, "one line", 0.6, "8,8 4,32 14,50 36,48 54,30 62,4! 59,36 55,68 50,100"),
    Template(4, "open wide", 1, "22,0 14,26 2,60! 28,61 54,60 80,58 / 58,14 56,42 53,70 50,100"),
    Template(4, "like a U", 1, "6,12 2,40 14,62 36,62 58,58 76,52 / 70,0 68,34 66,66 66,100"),
    Template(4, "closed", 1.5, "52,0 36,22 20,42 2,66! 28,66 54,65 80,64 / 54,2 54,34 53,66 52,100"),
    Template(4, "closed, no overhang", 0.7, "40,0 26,22 12,44 0,66! 18,67 36,66 54,64 / 42,0 46,34 50,66 54,100"),
    Template(4, "closed, one line", 1, "50,100 52,66 54,34 56,2! 38,24 22,44 4,64! 28,64 54,63 80,62"),
    Template(4, "closed and round", 0.3, "56,4 36,14 14,36 8,52 24,56 46,50 76,42 / 57,2 56,34 53,66 50,100"),
    Template(4, "right angle", 1, "2,0 2,24 2,48! 22,49 42,48 64,48 / 46,0 46,34 46,66 46,100"),
    Template(4, "long tail", 1, "10,0 6,18 0,36! 16,36 30,36 44,34 / 34,-4 32,36 30,80 28,128"),
    Template(4, "narrow", 1, "6,4 4,26 0,48! 8,49 16,48 24,46 / 16,0 16,34 15,70 14,104"),
    Template(4, "narrow, long tail", 1, "4,0 3,16 0,32! 9,33 18,32 26,31 / 18,-6 18,34 17,76 16,120"),
    Template(4, "one line, long tail", 1, "6,6 2,22 8,36 24,36 36,24 42,0! 40,40 37,80 34,124"),
    Template(4, "small cup", 1, "0,20 2,36 12,44 26,40 36,26 / 38,0 36,36 34,72 32,108"),
    Template(4, "bar apart from the stem", 1, "10,0 6,26 0,52! 18,53 36,52 / 50,6 48,38 47,70 46,102"),
    Template(4, "low", 1, "10,0 6,28 0,58! 26,58 52,57 84,55 / 44,34 43,60 42,80 41,104"),
    Template(5, "one line", 3, "68,2 44,3 20,4! 17,22 14,42! 36,36 60,46 66,70 52,94 28,100 4,92"),
    Template(5, "separate bar", 3, "20,6 17,24 14,44! 36,38 60,48 64,70 50,94 26,100 2,92 / 18,6 44,4 72,0"),
    Template(5, "like an S", 1.5, "66,2 42,2 22,12 20,32 38,44 58,56 62,78 46,96 24,100 2,92"),
    Template(5, "long bar", 1.5, "90,0 62,4 32,8! 24,24 20,40! 38,44 50,58 50,76 38,94 20,100 0,94"),
    Template(5, "hooked end", 1, "66,4 44,3 20,4! 18,22 16,40! 38,36 60,46 64,72 46,96 18,98 4,80"),
    Template(5, "small bowl", 1, "70,0 48,2 28,6! 22,30 16,54! 34,48 48,58 50,76 38,94 22,100 4,94"),
    Template(5, "long back", 0.8, "70,0 48,2 30,8 26,30 34,50 42,70 34,92 14,100 0,90 4,78"),
    Template(5, "falling end", 1.2, "20,8 17,26 12,46! 34,44 56,50 66,64 64,82 58,100 / 10,12 44,6 84,0"),
    Template(5, "closing bowl", 1, "66,4 44,3 20,4! 18,22 16,42! 40,38 60,50 62,76 42,97 14,94 4,76 14,62"),
    Template(5, "leaning", 0.8, "84,0 56,10 30,20! 20,42 8,64! 34,50 60,46 74,56 64,78 44,94"),
    Template(6, "straight", 3, "40,0 26,22 14,46 6,74 16,96 36,100 54,86 56,66 42,56 22,64 10,82"),
    Template(6, "curved", 2, "58,4 36,6 16,28 4,58 8,86 30,100 54,94 64,74 52,56 28,56 8,72"),
    Template(6, "wide, curled in", 2.5, "16,0 4,30 2,64 14,92 42,100 68,90 76,68 60,52 40,58 32,76"),
    Template(6, "small loop", 1, "44,0 26,24 10,52 6,80 20,98 42,96 52,82 44,70 26,74 12,88"),
    Template(6, "narrow", 0.5, "34,0 22,30 10,60 8,88 20,100 34,90 32,74 20,76 10,90"),
    Template(6, "large loop", 1, "30,0 14,24 4,52 4,80 22,100 50,96 66,74 56,50 32,46 8,62"),
    Template(6, "open", 0.7, "34,0 18,26 6,54 6,82 24,100 48,94 58,76 46,62 26,68"),
    Template(7, "plain", 3, "2,6 22,6 42,5 64,4! 52,34 38,66 26,100"),
    Template(7, "curved", 2, "2,10 22,6 44,4 64,4! 48,32 38,64 34,100"),
    Template(7, "round shoulder", 2, "2,18 14,5 36,2 56,6 62,22 52,50 38,76 28,100"),
    Template(7, "hook", 1.5, "4,26 5,16 6,6! 26,6 46,5 66,3! 54,34 42,66 30,100"),
    Template(7, "like an n", 1.5, "2,40 8,20 12,4! 28,5 46,4 62,6! 60,36 54,68 48,100"),
    Template(7, "wide and round", 1, "0,26 12,6 44,0 76,6 80,24 66,44 50,64 36,84"),
    Template(7, "sagging bar", 0.7, "0,2 14,16 40,18 68,0! 56,34 44,66 36,100"),
    Template(7, "crossed", 1.5, "2,6 22,6 42,5 64,4! 52,34 38,66 26,100 / 18,52 42,50 70,47"),
    Template(7, "hook and cross", 1, "4,26 5,16 6,6! 26,6 46,5 66,3! 54,34 42,66 30,100 / 18,54 42,52 70,49"),
    Template(7, "round and crossed", 0.7, "2,18 14,5 36,2 56,6 62,22 52,50 38,76 28,100 / 24,58 46,52 74,46"),
    Template(7, "crossed low", 0.7, "4,14 22,4 42,3 64,4! 52,34 38,66 26,100 / 10,70 36,66 66,62"),
    Template(7, "curled foot", 0.4, "2,8 22,5 44,4 64,6! 50,36 34,66 28,92 36,99 46,95"),
    Template(7, "short and crossed", 0.6, "0,6 22,4 44,3 66,2! 52,26 38,50 26,72 / 0,42 40,38 88,30"),
    Template(7, "narrow", 1, "0,4 12,3 26,2! 24,34 20,66 16,100"),
    Template(7, "narrow, straight", 1, "0,3 14,2 30,2! 29,34 27,68 26,100"),
    Template(7, "waving bar", 1, "0,10 10,0 24,4 40,8 62,0! 48,34 36,66 28,100"),
    Template(8, "S-wise", 3, "58,14 38,0 14,10 14,32 36,48 58,66 56,92 32,100 8,90 10,66 34,46 56,28 58,10"),
    Template(8, "tail", 1.5, "74,10 44,0 18,8 14,28 36,46 54,66 50,92 28,100 8,88 12,66 36,46 58,28 72,6"),
    Template(8, "large head", 1.5, "62,16 38,0 12,10 10,34 32,54 46,74 44,94 30,100 18,92 22,72 46,46 62,28 62,12"),
    Template(8, "small head", 0.7, "54,12 38,0 24,8 24,24 40,36 64,58 64,88 34,100 4,88 6,62 34,40 50,26 52,10"),
    Template(8, "begun inside", 1, "36,46 14,32 16,8 38,0 58,10 56,32 36,46 12,64 8,90 32,100 58,92 60,66 36,46"),
    Template(8, "two circles", 1.5,
             "36,0 14,8 12,32 34,46 56,34 58,10 34,0 / 34,46 10,58 6,84 34,100 62,86 58,58 36,46"),
    Template(8, "open at the top", 1, "62,6 40,2 18,14 24,36 44,54 58,76 42,98 18,96 8,78 24,58 46,38 56,16"),
    Template(8, "long tail", 1, "96,8 68,10 36,4 14,14 20,34 40,52 48,76 34,98 12,94 10,72 34,48 62,28 90,10"),
    Template(8, "open at the foot", 0.3, "8,100 20,70 44,40 54,14 38,0 20,10 26,38 44,68 56,98"),
    Template(8, "broad foot", 1, "52,14 36,0 18,8 18,28 38,42 66,60 72,84 40,100 6,88 4,66 30,46 50,28 52,12"),
    Template(9, "straight", 3, "56,12 36,0 14,10 6,30 18,48 40,44 54,28 58,8! 57,38 54,70 50,100"),
    Template(9, "curved", 1.2, "56,14 36,0 12,10 4,30 18,48 42,44 58,20 62,46 56,76 38,96 10,92"),
    Template(9, "slanted, smooth", 2, "62,14 44,0 20,8 6,30 18,46 42,36 62,12 56,40 46,70 36,100"),
    Template(9, "open loop", 1.5, "58,2 34,4 12,18 8,38 24,48 46,38 60,16! 56,44 50,72 44,100"),
    Template(9, "small loop", 1, "50,14 34,0 18,8 16,26 30,34 44,26 52,10! 52,40 50,70 48,100"),
    Template(9, "looped tail", 0.3, "56,12 32,0 10,12 8,36 28,46 50,36 60,10! 62,44 58,80 36,100 12,88 20,72"),
    Template(9, "tail away", 0.7, "48,10 26,2 6,18 6,40 24,50 42,40 52,10! 56,40 64,70 76,98"),
    Template(9, "large loop", 1, "54,12 30,0 6,14 2,40 20,56 46,48 58,24 60,10! 60,42 60,70 60,100"),
    Template(9, "stem above the loop", 2, "52,18 32,8 12,18 6,36 22,50 42,38 62,0! 58,34 54,68 48,100"),
    Template(9, "ring and stem", 1.2, "52,6 28,2 8,16 6,36 22,48 42,42 54,24 54,6 / 58,0 57,34 54,68 50,100"),
    Template(9, "flat top", 1, "46,6 22,4 4,22 10,44 30,46 50,28 56,6! 58,36 58,68 58,100"),
    Template(9, "hooked tail", 1, "56,12 34,0 12,10 8,34 26,48 48,38 60,10! 62,44 54,84 28,100 2,86"),
    Template(9, "like a g", 0.8, "56,14 36,0 12,8 6,28 20,44 42,38 58,12! 60,44 56,80 36,100 12,94 2,80"),
    Template(9, "like a g, small loop", 0.6, "52,12 36,0 20,8 18,24 32,32 48,24 54,8! 60,44 56,82 34,100 8,92 0,78"),
    Template(9, "open loop, hooked tail", 0.6, "56,8 34,2 12,16 10,34 26,44 46,36 58,22! 60,52 52,86 28,100 2,88"),
    Template(9, "round back", 0.8, "54,20 40,2 18,4 6,22 14,42 38,46 56,30 54,14 64,42 60,74 42,94 12,100"),
    Template(9, "round back, small loop", 0.5, "48,22 40,8 24,8 16,22 26,36 44,30 50,12 62,34 62,68 46,92 6,98"),
    Template(9, "round", 3, "50,24 44,6 28,0 10,8 4,26 12,42 28,46 44,38 51,20! 51,46 48,72 44,100"),
    Template(9, "round, long stem", 1.5, "48,18 40,4 26,0 12,6 8,20 16,32 30,33 42,26 49,14! 50,42 48,70 46,100"),
)  # fmt: skip
"""Ways that MNIST hardly holds: they are digits too where digits are told from other signs."""


@dataclass(frozen=True)
class Curves:
    """Templates as arrays, filled up to the same size: t templates, k control points, p points of curve.

    Attributes:
        digit: (t,), 0 to 9, or NO_DIGIT.
        share: (t,), of each template among its digit's.
        controls: (t, k, 2), in units of half the height, around (0, 0).
        stroke: (t, k), the number of the stroke that a control point belongs to.
        inward: (t, k), for the end of a stroke the index of the point next to it, else the point's own.
        drift: (t, k, k), takes independent normal numbers to ones that change smoothly along the strokes.
        curve: (t, p, k), takes control points to the points of the curve.
        begins: (t, p), where the pen comes down.
        sizes: (t,), how many of the p points are real.
    """

    digit: NDArray[np.int64]
    share: NDArray[np.float64]
    controls: NDArray[np.float64]
    stroke: NDArray[np.int64]
    inward: NDArray[np.int64]
    drift: NDArray[np.float64]
    curve: NDArray[np.float64]
    begins: NDArray[np.bool_]
    sizes: NDArray[np.int64]


@cache
def curves(templates: tuple[Template, ...]) -> Curves:
    parsed = [template.strokes() for template in templates]
    matrices = [[_curve(stroke) for stroke in strokes] for strokes in parsed]
    sizes = np.array([sum(map(len, pieces)) for pieces in matrices])
    t, k, p = len(templates), max(sum(map(len, strokes)) for strokes in parsed), int(sizes.max())
    controls, stroke_of, inward = np.zeros((t, k, 2)), np.zeros((t, k), np.int64), np.tile(np.arange(k), (t, 1))
    drift, curve, begins = np.zeros((t, k, k)), np.zeros((t, p, k)), np.zeros((t, p), np.bool_)
    for i, (strokes, pieces) in enumerate(zip(parsed, matrices, strict=True)):
        at = row = 0
        for number, (stroke, piece) in enumerate(zip(strokes, pieces, strict=True)):
            own, rows = slice(at, at + len(stroke)), slice(row, row + len(piece))
            controls[i, own] = [point[:2] for point in stroke]
            stroke_of[i, own] = number
            inward[i, [own.start, own.stop - 1]] = [own.start + 1, own.stop - 2]
            curve[i, rows, own] = piece
            begins[i, row] = True
            at, row = own.stop, rows.stop
        real = controls[i, :at]
        real -= (real.min(axis=0) + real.max(axis=0)) / 2
        real /= 50
        drift[i, :at, :at] = _drift(real, stroke_of[i, :at])
    share = np.array([template.share for template in templates])
    digit = np.array([template.digit for template in templates])
    return Curves(digit, share, controls, stroke_of, inward, drift, curve, begins, sizes)


def _curve(stroke: list[tuple[float, float, bool]]) -> NDArray[np.float64]:
    """The matrix that takes a stroke's control points to its curve, (points, control points).

    Uniform Catmull-Rom splines (Catmull and Rom 1974) from corner to corner; beyond an end or a corner the
    next control point is taken to lie straight ahead.
    """
    n = len(stroke)
    eye = np.eye(n)
    s = (np.arange(SAMPLES) / SAMPLES)[:, None]
    rows = []
    for i in range(n - 1):
        b, c = eye[i], eye[i + 1]
        a = 2 * b - c if i == 0 or stroke[i][2] else eye[i - 1]
        d = 2 * c - b if i == n - 2 or stroke[i + 1][2] else eye[i + 2]
        rows.append(b + s * (c - a) / 2 + s**2 * (a - 2.5 * b + 2 * c - d / 2) + s**3 * (d - a + 3 * (b - c)) / 2)
    return np.concatenate([*rows, eye[-1:]])


def _drift(controls: NDArray[np.float64], stroke: NDArray[np.int64]) -> NDArray[np.float64]:
    """A square root of the covariance of points (k, 2) that move alike the nearer they lie along the path."""
    step = np.hypot(*np.diff(controls, axis=0).T)
    step[np.diff(stroke) != 0] = 1.0
    way = np.concatenate([[0.0], np.cumsum(step)])
    covariance = np.exp(-0.5 * ((way[:, None] - way) / REACH) ** 2)
    return np.linalg.cholesky(covariance + 1e-6 * np.eye(len(way)))
