"""Records how much the features of a model change between all pairs of steps, for Refrain. Needs NumPy only."""
import json, struct
import numpy as np

class Recorder:
    def __init__(self, stride=61):
        self.stride, self.elements, self.lanes = stride, {}, {}
        self.lane, self.step = "conditional", 0  # set both before each pass of the model

    def see(self, tap, feature, stride=None):  # a torch tensor or a numpy array; looks at elements 0, stride, 2 * stride, ...
        flat = feature.reshape(-1)
        sketch = flat[:: stride or self.stride]
        sketch = sketch.detach().float().cpu() if hasattr(sketch, "detach") else sketch
        self.elements[tap] = flat.shape[0]
        self.lanes.setdefault(self.lane, {})[tap, self.step] = np.array(sketch, np.float32)

    def save(self, path, timesteps, **about):
        steps, tensors, header, data = range(len(timesteps)), {}, {}, b""
        for lane, seen in self.lanes.items():
            mean = lambda tap, s, r: np.abs(seen[tap, s] - seen[tap, r]).mean() if r < s else 0
            change = [[[mean(tap, s, r) for r in steps] for s in steps] for tap in self.elements]
            tensors[f"{lane}/change"] = np.array(change, "<f4")
            magnitude = [[np.abs(seen[tap, s]).mean() for s in steps] for tap in self.elements]
            tensors[f"{lane}/magnitude"] = np.array(magnitude, "<f4")
        taps = [{"tap": tap, "elements": count} for tap, count in self.elements.items()]
        about = {"format": 1, "timesteps": timesteps, "stride": self.stride, "taps": taps, "branches": [*self.lanes], **about}
        header["__metadata__"] = {"refrain.recording": json.dumps(about)}
        for name, tensor in tensors.items():
            offsets = [len(data), len(data) + tensor.nbytes]
            header[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": offsets}
            data += tensor.tobytes()
        text = json.dumps(header).encode()
        open(path, "wb").write(struct.pack("<Q", len(text)) + text + data)
