import { passCases } from './cases.ts';
import type { RunnerLaw } from './law.ts';
import { apart, infoOf, inPass, request } from './subject.ts';

/** Rounding of float32 that may add up when a feature is put together again. */
const ROUNDING = 1e-5;

/** The operations on features are what their names say. */
export const arithmetic: RunnerLaw = {
  name: 'arithmetic',
  statement:
    'Differences added again give the feature, nothing is apart from itself, a sketch is a part of it, and all results are new.',
  matters:
    'The cache is made of these operations: a residual that does not add up to the feature is a wrong picture.',
  fault: 'MagCache adds a residual of another length to the last tokens of the stream.',
  cases: passCases,
  async problem(subject, { step, variant }) {
    const { ops } = subject.runner;
    return inPass(subject, infoOf(subject, step), variant, async (pass) => {
      const x = pass.x;
      const { x: y } = await pass.span(request(0, subject.length, x));
      const made: object[] = [x, y];
      const keep = <Feature extends object>(feature: Feature): Feature => {
        made.push(feature);
        return feature;
      };
      try {
        if (ops.shape(x) === ops.shape(y)) {
          const residual = keep(await ops.subtract(y, x));
          const again = keep(
            await ops.combine([
              { weight: 1, feature: x },
              { weight: 1, feature: residual },
            ]),
          );
          const distance = await apart(ops, again, y);
          if (distance > ROUNDING) return `x + (y − x) is ${distance} apart from y`;
        }
        return (await oddSums()) ?? (await oddSketch()) ?? (await oddFacts());
      } finally {
        for (const feature of new Set(made)) ops.dispose(feature);
      }

      async function oddSums(): Promise<string | undefined> {
        const [self] = await ops.relativeL1([{ current: y, reference: y }]);
        if (!self || self.numerator !== 0)
          return `a feature is ${self?.numerator} apart from itself, expected 0`;
        if (!(self.denominator >= 0) || !(self.count > 0))
          return `the sums of a feature are ${self.denominator} over ${self.count} elements`;
        const doubled = keep(await ops.combine([{ weight: 2, feature: y }]));
        const [half] = await ops.relativeL1([{ current: doubled, reference: y }]);
        const ratio = (half?.numerator ?? Number.NaN) / (half?.denominator ?? Number.NaN);
        return self.denominator > 0 && !(Math.abs(ratio - 1) < ROUNDING)
          ? `twice a feature is ${ratio} apart from it, expected 1`
          : undefined;
      }

      async function oddSketch(): Promise<string | undefined> {
        const [whole] = await ops.relativeL1([{ current: y, reference: y }]);
        const sketch = keep(await ops.sketch(y, 2));
        const [part] = await ops.relativeL1([{ current: sketch, reference: sketch }]);
        if (!whole || !part) return 'relativeL1 returns no sums';
        if (!(part.count > 0 && part.count <= whole.count))
          return `a sketch of every second element has ${part.count} of ${whole.count} elements`;
        return part.denominator > whole.denominator * (1 + ROUNDING)
          ? `a sketch sums up to ${part.denominator}, its feature to ${whole.denominator}`
          : undefined;
      }

      async function oddFacts(): Promise<string | undefined> {
        if (!(ops.bytes(y) > 0)) return `a feature holds ${ops.bytes(y)} bytes`;
        if (ops.isFinite && !(await ops.isFinite(y))) return 'the stream of an ordinary input is not finite';
        return undefined;
      }
    });
  },
};
