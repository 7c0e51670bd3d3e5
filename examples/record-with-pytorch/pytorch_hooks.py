"""Forward hooks that record a PyTorch model, shown on a toy: python3 pytorch_hooks.py recording.safetensors"""
import sys
import torch
from record import Recorder


def watch(recorder, blocks, first):
    """What enters the blocks, what their first module is given, what each block puts out and adds, and what all add."""
    last = len(blocks) - 1
    entered = {}

    def before(index, inputs):
        recorder.see(f"modulated {index}", inputs[0])

    def after(index, inputs, output):
        if index == 0:
            entered["stream"] = inputs[0]
            recorder.see("input", inputs[0])
        recorder.see(f"output {index}", output)
        recorder.see(f"residual {index}", output - inputs[0])
        if index == last and last > 0:
            recorder.see("residual", output - entered.pop("stream"))

    for index, block in enumerate(blocks):
        first(block).register_forward_pre_hook(lambda module, inputs, index=index: before(index, inputs))
        block.register_forward_hook(lambda module, inputs, output, index=index: after(index, inputs, output))


class Block(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = torch.nn.LayerNorm(width)
        self.attention = torch.nn.Linear(width, width)

    def forward(self, stream, timestep):
        return stream + torch.tanh(self.attention(self.norm(stream) * (1 + timestep)))


@torch.no_grad()
def main(path):
    torch.manual_seed(0)
    blocks = torch.nn.ModuleList(Block(16) for _ in range(4)).to(torch.bfloat16)
    recorder = Recorder(stride=7)
    watch(recorder, blocks, first=lambda block: block.attention)
    timesteps = [1.0, 0.8, 0.6, 0.4, 0.2]
    sample = torch.randn(1, 32, 16, dtype=torch.bfloat16)
    for recorder.step, timestep in enumerate(timesteps):
        recorder.see("sample", sample, stride=1)
        stream = sample
        for block in blocks:
            stream = block(stream, timestep)
        recorder.see("model output", stream, stride=1)
        sample = sample - 0.2 * stream
    recorder.save(path, timesteps, model="pytorch toy", blocks=len(blocks), bytesPerElement=2)


main(sys.argv[1])
