import {
  parsePolicy,
  printTrace,
  readTrace,
  recorded,
  type BorrowedTerm,
  type Entry,
  type Needs,
  type TraceSpan,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import { runCases, traces } from '../testing.ts';

/** Names that branches may have. */
const names = fc.oneof(
  fc.constantFrom('conditional', 'ü-1 _', '__proto__', 'toString', '%', '[/]', '@&*~!+'),
  fc.string({ minLength: 1 }).filter((name) => /^[^.:,|()]+$/.test(name) && name.trim() === name),
);

describe('a trace is read as it was written', () => {
  test('whole runs', () => {
    fc.assert(
      fc.property(
        runCases().chain((run) => traces(run)),
        (trace) => {
          expect(readTrace(printTrace(trace))).toStrictEqual(trace);
        },
      ),
      fuzz,
    );
  });

  test('any finite weights, any names', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
    const name = fc.string({ minLength: 1 });
    const slot = fc.option(fc.record({ slot: name }), { nil: {} });
    const form = fc.constantFrom('residual' as const, 'output' as const, 'value' as const);
    const term = fc
      .tuple(
        fc.record({ weight: number, branch: names, step: fc.nat(99) }),
        slot,
        fc.option(fc.record({ lowPass: number }), { nil: {} }),
      )
      .map((parts): BorrowedTerm => Object.assign({}, ...parts));
    const span = fc.oneof(
      fc
        .array(
          fc.tuple(fc.record({ from: fc.constant(0), until: fc.integer({ min: 1, max: 99 }), form }), slot),
        )
        .map((list): TraceSpan => ({
          do: 'compute',
          until: 7,
          keep: list.map((parts): Entry => Object.assign({}, ...parts)),
        })),
      fc
        .tuple(fc.array(number, { maxLength: 4 }), fc.array(term, { maxLength: 3 }), form, slot)
        .filter(([weights, borrowed]) => weights.length + borrowed.length > 0)
        .map(([weights, borrowed, made, own]): TraceSpan => {
          const base = { do: 'reuse' as const, until: 7, form: made, weights, ...own };
          return borrowed.length > 0 ? { ...base, borrowed } : base;
        }),
    );
    fc.assert(
      fc.property(names, fc.array(fc.array(span, { maxLength: 1 }), { minLength: 1 }), (lane, steps) => {
        const trace = { [lane]: steps };
        const text = printTrace(trace);
        // As pairs: strict equality of objects compares what stands under the name "constructor" as a constructor.
        expect(Object.entries(readTrace(text) ?? {})).toStrictEqual(Object.entries(trace));
        expect(text).not.toMatch(/[,()]/);
      }),
      fuzz,
    );
  });

  test('also as part of an id', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (slot) => {
        const span: TraceSpan = { do: 'reuse', until: 1, form: 'output', weights: [1], slot };
        const { id } = recorded({ trace: printTrace({ a: [[{ do: 'compute', until: 1 }], [span]] }) });
        expect(parsePolicy(id).id).toBe(id);
      }),
      fuzz,
    );
  });
});

test.each<[string, string]>([
  ['a reuse from the sample into the stream', 'a:@c5/@r1c4'],
  ['a reuse from the stream to the output', 'a:@c5/@c3r2'],
  ['a reuse of a part of the way in', 'a:@c5/@r1'],
  ['an entry that starts outside its span', 'a:c3!r3-4'],
  ['an entry that ends where it starts', 'a:c3!r1-1'],
  ['a sample where there is none', 'a:c3!r-1-2'],
  ['two rules of what is kept', 'a:c3+!r0-1'],
  ['a name without an end', 'a:c3/r3[b'],
  ['no name', 'a:c3/r3[]'],
  ['a name that was not escaped', 'a:c3/r3[100%]'],
  ['a term without a step', 'a:c3/r3&[b]'],
  ['a term without a branch', 'a:c3/r3&1'],
  ['a weight that is none', 'a:c3/r3&[b]1*e'],
  ['frequencies that are none', 'a:c3/r3&[b]1~-'],
  ['weights that are left out', 'a:c3/r3*&[b]1'],
  ['nothing behind the sample', 'a:@'],
])('%s is no trace', (_, text) => {
  expect(readTrace(text)).toBe(undefined);
});

test.each<[string, Needs]>([
  ['a:c3/r3', { history: 1 }],
  ['a:c3/r3*2:-1', { history: 2 }],
  ['a:c3/c2v1', { history: 1, inner: 'any' }],
  ['a:@c5/c3/@o5', { history: 1, model: true }],
  ['a:c3/r3&[a]0[b]~0.2', { history: 1, operations: ['lowPass'] }],
  ['a:c3/c3/r3|b:c3/c3/r3&[a]0', { history: 2, branches: 'two' }],
  ['a:c3/c3!/r3|b:c3/c3/r3&[a]0', { history: 1, branches: 'two' }],
])('%s needs what it does', (trace, needs) => {
  expect(recorded({ trace }).needs).toStrictEqual(needs);
});
