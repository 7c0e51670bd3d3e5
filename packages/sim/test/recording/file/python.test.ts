import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBlocks, laneName, type Float32Feature } from '@refrain/core';
import { readRecording, record, type Recording } from '@refrain/sim';
import { afterAll, describe, expect, test } from 'vitest';
import { tapKey } from '../../../src/recording/taps.ts';

const root = join(import.meta.dirname, '../../../../..');
const programs = join(root, 'examples/record-with-pytorch');
const fixture = readFileSync(join(import.meta.dirname, 'fixtures/from-python.safetensors'));
const folder = mkdtempSync(join(tmpdir(), 'refrain-python-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether Python has a module. What cannot be tested without it says so. */
function hasPython(module: string): boolean {
  try {
    execFileSync('python3', ['-c', `import ${module}`], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`NOT TESTED: python3 with ${module} is not here, so its program was not run`);
    return false;
  }
}

function runPython(program: string): Recording {
  const path = join(folder, 'recording.safetensors');
  const environment = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  execFileSync('python3', [join(programs, program), path], { env: environment });
  return readRecording(readFileSync(path));
}

/** Changes and magnitudes by lane, tap and steps. */
function numbersOf({ lanes, taps, steps }: Recording): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const { branch, call, change, magnitude } of lanes)
    for (const [index, { tap }] of taps.entries())
      for (let step = 0; step < steps; step++)
        for (let reference = 0; reference <= step; reference++) {
          const value =
            reference === step
              ? magnitude[index * steps + step]!
              : change[(index * steps + step) * steps + reference]!;
          numbers.set(`${laneName(branch, call)}, ${tapKey(tap)}, ${reference} to ${step}`, value);
        }
  return numbers;
}

/** The numbers of one recording that another has too. */
function expectSameNumbers(read: Recording, expected: Recording): void {
  const numbers = numbersOf(read);
  const others = numbersOf(expected);
  for (const [where, value] of numbers) {
    const other = others.get(where) ?? Number.NaN;
    if (Math.abs(value - other) > 2e-6 * (1 + Math.abs(other)))
      expect({ where, value }).toEqual({ where, value: other });
  }
}

const BLOCKS = 3;
const GUIDANCE = 3;
const timesteps = [1, 0.75, 0.5, 0.25];

interface Input {
  readonly sample: Float32Array;
  readonly prompt: number;
  readonly timestep: number;
}

/** The model of `numpy_model.py`, once more. */
const runner = fromBlocks(
  Array.from({ length: BLOCKS }, (_, block) => {
    const modulated = (x: Float32Feature, timestep: number): Float32Array =>
      (x as Float32Array).map((value) => value * (1 + timestep / (block + 1)));
    return {
      modulated,
      run(x: Float32Feature, timestep: number) {
        const given = modulated(x, timestep);
        return (x as Float32Array).map((value, at) => value + Math.tanh(0.5 * given.at(at - block - 1)!));
      },
    };
  }),
  {
    name: 'numpy model',
    enter: ({ sample, prompt, timestep }: Input) => ({
      x: sample.map((value, at) => value + prompt * Math.sin(at)),
      context: timestep,
    }),
    exit: (x) => (x as Float32Array).map((value) => 0.1 * value),
    model: {
      sample: ({ sample }) => sample.slice(),
      feature: (output) => output.slice(),
      output: (feature) => (feature as Float32Array).slice(),
    },
  },
);

async function recordHere(): Promise<Recording> {
  const branches = ['conditional', 'unconditional'];
  const run = record(runner, { stride: 7, guidance: GUIDANCE }).start({ timesteps, branches });
  let sample = Float32Array.from({ length: 40 }, (_, at) => Math.cos(at));
  for (const [step, timestep] of timesteps.entries()) {
    const conditional = await run.step({ sample, prompt: 1, timestep }, { step, branch: 'conditional' });
    const unconditional = await run.step({ sample, prompt: 0, timestep }, { step, branch: 'unconditional' });
    sample = sample.map((value, at) => {
      const plain = unconditional[at]!;
      return value - 0.25 * (plain + GUIDANCE * (conditional[at]! - plain));
    });
  }
  return run.recording();
}

describe('a recording that Python wrote', () => {
  const imported = readRecording(fixture);

  test('is read', () => {
    const { lanes, taps, costs, ...rest } = imported;
    expect(rest).toMatchObject({
      model: 'numpy model',
      steps: 4,
      timesteps,
      branches: ['conditional', 'unconditional'],
      guidance: GUIDANCE,
      wholeModel: true,
      stride: 7,
    });
    expect(taps).toHaveLength(13);
    expect(lanes.map(({ branch }) => branch)).toEqual(rest.branches);
    expect(costs).toMatchObject({ source: 'made up', whole: [0.02, 0.02, 0.02], frame: 0.001 });
  });

  test('says what recording the same model here says', async () => {
    const recorded = await recordHere();
    expect(imported.stream).toEqual(recorded.stream);
    expectSameNumbers(imported, recorded);
  });

  test.skipIf(!hasPython('numpy'))('is what its program writes today', () => {
    const again = runPython('numpy_model.py');
    expect({ ...again, lanes: [] }).toEqual({ ...imported, lanes: [] });
    expectSameNumbers(again, imported);
  });

  test.skipIf(!hasPython('torch'))('comes from the hooks of PyTorch too', () => {
    const { stream, steps, bytesPerElement, lanes, wholeModel } = runPython('pytorch_hooks.py');
    expect([stream.length, steps, bytesPerElement, lanes.length, wholeModel]).toEqual([4, 5, 2, 1, true]);
    expect(stream.blocks.every(({ modulated }) => modulated)).toBe(true);
  });
});

test('the page shows the programs as they are', () => {
  const page = readFileSync(join(root, 'docs/simulation/recording-format.md'), 'utf8');
  const program = (name: string): string => readFileSync(join(programs, name), 'utf8');
  const hooks = program('pytorch_hooks.py');
  const watch = hooks.slice(hooks.indexOf('def watch'), hooks.indexOf('\n\n\nclass Block'));
  expect(page).toContain(`\`\`\`python\n${program('record.py')}\`\`\``);
  expect(page).toContain(`\`\`\`python\n${watch}\n\`\`\``);
});
