from __future__ import annotations

import subprocess
import sys


def test_the_formulas_load_no_scipy_until_one_needs_it():
    code = (
        "import sys, qualitychain.metrics as m; m.dpmo(1, 2, 3); "
        "heavy = {'scipy', 'pandas', 'matplotlib', 'networkx'} & set(sys.modules); "
        "m.sigma_level(3.4, shift=1.5); print(sorted(heavy), 'scipy.special' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[] True"
