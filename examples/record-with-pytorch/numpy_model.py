"""A model of a few lines, recorded with record.py: python3 numpy_model.py recording.safetensors"""
import sys
import numpy as np
from record import Recorder

TIMESTEPS = [1.0, 0.75, 0.5, 0.25]
BLOCKS = 3
grid = np.arange(40, dtype=np.float64)


def velocity(recorder, sample, timestep, prompt):
    stream = start = sample + prompt * np.sin(grid)
    recorder.see("input", stream)
    for block in range(BLOCKS):
        modulated = stream * (1 + timestep / (block + 1))
        recorder.see(f"modulated {block}", modulated)
        added = np.tanh(0.5 * np.roll(modulated, block + 1))
        recorder.see(f"residual {block}", added)
        stream = stream + added
        recorder.see(f"output {block}", stream)
    recorder.see("residual", stream - start)
    return 0.1 * stream


def main(path):
    recorder = Recorder(stride=7)
    sample = np.cos(grid)
    for step, timestep in enumerate(TIMESTEPS):
        recorder.step = step
        outputs = {}
        for recorder.lane, prompt in {"conditional": 1.0, "unconditional": 0.0}.items():
            recorder.see("sample", sample, stride=1)
            outputs[recorder.lane] = velocity(recorder, sample, timestep, prompt)
            recorder.see("model output", outputs[recorder.lane], stride=1)
        conditional, unconditional = outputs["conditional"], outputs["unconditional"]
        sample = sample - 0.25 * (unconditional + 3.0 * (conditional - unconditional))
    costs = {"source": "made up", "whole": 0.02, "frame": 0.001}
    recorder.save(path, TIMESTEPS, model="numpy model", blocks=BLOCKS, guidance=3.0, costs=costs)


main(sys.argv[1])
