import fc from 'fast-check';

/** Finite inputs of a model, one a step, that make indicators small here and large there: flat, U-shaped, random, zero. */
export function finiteSignals(steps: number): fc.Arbitrary<readonly number[]> {
  const noise = fc.array(fc.integer({ min: -64, max: 64 }), { minLength: steps, maxLength: steps });
  return fc.oneof(
    fc.integer({ min: 1, max: 99 }).map((level) => Array.from({ length: steps }, () => level)),
    fc.constant(Array.from({ length: steps }, () => 0)),
    noise,
    noise.map((values) => values.map((value, step) => 4096 + 64 * (step - steps / 2) ** 2 + value)),
    noise.map((values) => values.map((value) => 4096 + value)),
  );
}

/** The same, with numbers that break arithmetic in between. */
export function wildSignals(steps: number): fc.Arbitrary<readonly number[]> {
  const odd = fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e300, 1e-310, 5e-324, 1e39, 1e-46, 0, -0);
  const place = fc.tuple(fc.nat(steps - 1), odd);
  return fc.tuple(finiteSignals(steps), fc.array(place, { maxLength: 4 })).map(([signal, places]) => {
    const broken = [...signal];
    for (const [step, value] of places) broken[step] = value;
    return broken;
  });
}
