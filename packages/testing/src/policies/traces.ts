import { SAMPLE, type BorrowedTerm, type CacheForm, type Trace, type TraceSpan } from '@refrain/core';
import fc from 'fast-check';
import type { RunCase } from '../cases/run-case.ts';

const weights = fc.constantFrom([1], [1], [2, -1], [0.5, 0.5], [1.5e-7]);
const slots = fc.constantFrom(undefined, undefined, undefined, 'b', 'a name [with] / 100 %, (all)');
/** A feature of the own branch so many steps ago: what other branches lend depends on what happens in them. */
const terms = fc.record({
  ago: fc.integer({ min: 1, max: 3 }),
  weight: fc.constantFrom(1, -0.5),
  slot: slots,
  lowPass: fc.constantFrom(undefined, undefined, 0.2),
});
type Term = typeof terms extends fc.Arbitrary<infer T> ? T : never;
const borrowing = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(terms, { minLength: 1, maxLength: 2 }) },
);
type Piece = (branch: string, step: number) => TraceSpan;
type Step = readonly Piece[];

/** Traces that fit a run, in the stream or of the whole model: the first step is computed, all others are anything. */
export function traces({ steps, blocks, modules, branches, callsPerStep }: RunCase): fc.Arbitrary<Trace> {
  const length = blocks * Math.max(1, modules.length);
  const inStream = spans(length, modules.length > 0);
  const lanes = branches.flatMap((branch) =>
    Array.from({ length: callsPerStep }, (_, call) => ({
      branch,
      name: call === 0 ? branch : `${branch}.${call}`,
    })),
  );
  return fc.boolean().chain((ofModel) => {
    const first: TraceSpan = ofModel
      ? { do: 'compute', from: SAMPLE, until: length + 1 }
      : { do: 'compute', until: length };
    const later = fc.array(ofModel ? modelSteps(length, inStream) : inStream, {
      minLength: steps - 1,
      maxLength: steps - 1,
    });
    return fc.tuple(...lanes.map(() => later)).map((all) =>
      Object.fromEntries(
        lanes.map(({ name, branch }, index) => {
          const told = (all[index] ?? []).map((pieces, at) => pieces.map((piece) => piece(branch, at + 1)));
          return [name, [[first], ...told]];
        }),
      ),
    );
  });
}

function modelSteps(length: number, inStream: fc.Arbitrary<Step>): fc.Arbitrary<Step> {
  const end = length + 1;
  const wayIn: Piece = () => ({ do: 'compute', from: SAMPLE, until: 0, across: true });
  const wayOut: Piece = () => ({ do: 'compute', until: end });
  const whole = reuses(fc.constantFrom('residual', 'output'));
  return fc.oneof(
    whole.map((piece): Step => [(branch, step) => ({ ...piece(end)(branch, step), from: SAMPLE })]),
    fc.constant<Step>([() => ({ do: 'compute', from: SAMPLE, until: end })]),
    inStream.map((pieces): Step => [wayIn, ...pieces, wayOut]),
    // Of a step that is told without its frame the frame is computed.
    inStream,
  );
}

function reuses(forms: fc.Arbitrary<CacheForm>): fc.Arbitrary<(until: number) => Piece> {
  return fc.tuple(forms, weights, slots, borrowing).map(([form, own, slot, lent]) => (until) => {
    return (branch, step) => {
      const borrowed = lent.map((term) => termOf(term, branch, step));
      const extra = { ...(slot && { slot }), ...(borrowed.length > 0 && { borrowed }) };
      return { do: 'reuse', until, form, weights: own, ...extra };
    };
  });
}

function termOf({ ago, weight, slot, lowPass }: Term, branch: string, step: number): BorrowedTerm {
  const where = { weight, branch, step: Math.max(0, step - ago) };
  return { ...where, ...(slot && { slot }), ...(lowPass !== undefined && { lowPass }) };
}

function spans(length: number, inner: boolean): fc.Arbitrary<Step> {
  const forms: readonly CacheForm[] = inner ? ['residual', 'output', 'value'] : ['residual', 'output'];
  const piece = fc.oneof(
    ...forms.map((form) => reuses(fc.constant(form)).map((reuse) => ({ reuse, inner: form === 'value' }))),
    fc.boolean().map((across) => ({ across })),
  );
  return fc.array(fc.tuple(fc.nat(length), piece), { maxLength: 6 }).map((drawn) => {
    const made: Piece[] = [];
    let site = 0;
    for (const [reach, what] of drawn) {
      if (site >= length) break;
      const until = 'inner' in what && what.inner ? site + 1 : Math.min(length, site + 1 + reach);
      made.push('reuse' in what ? what.reuse(until) : computed(until, what.across));
      site = until;
    }
    if (site < length) made.push(computed(length, false));
    return made;
  });
}

function computed(until: number, across: boolean): Piece {
  return () => ({ do: 'compute', until, ...(across && { across: true as const }) });
}
