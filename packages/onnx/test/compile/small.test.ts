import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onnxRunner, type OnnxInput } from '../../src/index.ts';
import { tinyModel } from '../make-model.ts';
import { runs } from '../seed.ts';
import { lockstep, type Subject } from './lockstep.ts';

const steps = 9;
const timesteps = Array.from({ length: steps }, (_, step) => 1000 - step * 100);

/** Policies of every rule and variant, with a place for a threshold. */
const policies = [
  'fbcache(threshold={})',
  'fbcache(threshold={},variant=diffusers)',
  'fbcache(threshold={},variant=diffusers-nan,warmUp=2)',
  'fbcache(threshold={},variant=xdit,blocks=2)',
  'fbcache(threshold={},variant=lightx2v,stride=5)',
  'teacache(threshold={})',
  'teacache(threshold={},warmUp=3,tail=2,stride=5,coefficients=0.5:1.5:-0.01)',
  'teacache(threshold={},variant=xdit,coefficients=0.3:-0.2:1.1:0.01)',
  'teacache(threshold={},variant=vllm-omni,coefficients=1.1:-0.02)',
  'bwcache(threshold={})',
  'bwcache(threshold={},form=paper)',
  'bwcache(threshold={},rearm=yes,stop=threshold,interval=2)',
  'bwcache(threshold={},form=paper,stop=1.5,blocks=2,stride=5,tail=1)',
  'bwcache(threshold={},stop=1.1,low=150,high=850,interval=3)',
  'easycache(threshold={},warmUp=2)',
  'easycache(threshold={},warmUp=3,variant=wan)',
  'magcache(threshold={},ratios=1:0.9:1.1:0.95:0.97:1.02:0.99:0.98:0.9,retention=0.1)',
  'magcache(threshold={},ratios=1:0.9:1.1:0.95:0.97:1.02:0.99:0.98:0.9,variant=diffusers,maxSkip=3)',
  'fora(interval=3,cache=stack)',
  'fora(interval=2)',
  'fixed(mask=1101001)',
  'always',
];

/** What happens to the latent at a step: a number at some place, or another batch size. */
const trouble = fc.record({
  step: fc.nat(steps - 1),
  kind: fc.constantFrom('number', 'number', 'all', 'batch' as const),
  value: fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, 1e30, 1e-30),
  at: fc.nat(11),
});

describe('a compiled graph decides as the executor does', () => {
  let subject: Subject;
  beforeAll(async () => {
    const model = tinyModel(3);
    const runner = await onnxRunner({ model, selfCheck: false });
    subject = { runner, model, latent: 'latent', input: (timestep) => inputOf(timestep, 1) };
  });
  afterAll(async () => subject.runner.dispose());

  test.each(policies)('%s', async (template) => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.001, max: 1.5, noNaN: true }),
        fc.array(trouble, { maxLength: 2 }),
        async (threshold, troubles) => {
          // MagCache's ratios are known beforehand: a threshold below all of them is refused.
          const least = template.startsWith('magcache') ? 0.2 : 0;
          const id = template.replace('{}', (least + threshold).toPrecision(4));
          const { executor, compiled, difference } = await lockstep(subject, id, {
            timesteps,
            disturb: (step, latent) => {
              for (const { kind, value, at, step: when } of troubles)
                if (when === step && kind !== 'batch')
                  latent.fill(value, kind === 'all' ? 0 : at, kind === 'all' ? 12 : at + 1);
            },
            inputAt: (step) =>
              troubles.some(({ kind, step: when }) => kind === 'batch' && when === step)
                ? inputOf(timesteps[step] ?? 0, 2)
                : undefined,
          });
          expect(compiled).toBe(executor);
          expect(difference).toBeLessThan(1e-5);
        },
      ),
      { numRuns: runs(6) },
    );
  });
});

function inputOf(timestep: number, batch: number): OnnxInput {
  const data = Float32Array.from({ length: 12 * batch }, (_, at) => Math.cos(at * 2.3) * 0.8);
  return {
    latent: { data, dims: [batch, 3, 4] },
    timestep: { data: new Float32Array(batch).fill(timestep / 1000), dims: [batch] },
  };
}
