import { describeReason, type DecisionRecord } from '@refrain/core';
import type { RunCase } from '../cases/run-case.ts';
import type { TraceValue } from '../cases/traces.ts';
import type { LawFailure } from '../laws/try-property.ts';
import type { Course } from '../walk/course.ts';

/** A failure in words: the law, the reason, the smallest case, what was decided in it, and how to see it again. */
export function describeFailure(failure: LawFailure): string {
  const { property, given, breach, seed, path } = failure;
  const { law } = property;
  return [
    `[testing] law ${law.number}, ${property.name}, is broken by ${given.policy.id}`,
    '',
    `  law      ${law.statement}`,
    `  found    ${breach.reason}`,
    `  matters  ${law.matters}`,
    '',
    `  run      ${describeRun(given.run)}`,
    `  ${describeCase(given)}`,
    '',
    ...timelineOf(breach.course, breach.index),
    '',
    `  again with seed ${seed} and path "${path}"`,
  ].join('\n');
}

/** The shape of a run in words. */
export function describeRun({
  steps,
  blocks,
  modules,
  branches,
  callsPerStep,
  sampler = 'descending',
}: RunCase): string {
  const inside = modules.length > 0 ? ` of ${modules.join(' + ')}` : '';
  const calls = callsPerStep > 1 ? `, ${callsPerStep} calls a step` : '';
  const order = sampler === 'descending' ? '' : `, timesteps ${sampler}`;
  return `${steps} steps, ${count(blocks, 'block')}${inside}, ${branches.join(' and ')}${calls}${order}`;
}

function count(items: number, what: string): string {
  return `${items} ${what}${items === 1 ? '' : 's'}`;
}

/** What the case is made of beyond policy and run: its trace, or the input of its model. */
export function describeCase(given: LawFailure['given']): string {
  return 'trace' in given
    ? `trace    ${given.trace.map(printValue).join('  ')}   (what indicators show, step by step)`
    : `input    ${given.signal.map(printValue).join('  ')}   (what the model is given, step by step)`;
}

function printValue(value: TraceValue): string {
  if (typeof value === 'string') return value;
  return Object.is(value, -0) ? '-0' : String(Number(value.toPrecision(6)));
}

/** As many lines as are worth reading around the one that matters. */
const CONTEXT = 12;

/** The decisions of a course, one a line, with the offending one marked. */
export function timelineOf(course: Course | undefined, index: number | undefined): readonly string[] {
  if (!course || course.decisions.length === 0) return ['  (no decision was taken)'];
  const { decisions } = course;
  const at = index ?? decisions.length - 1;
  const from = Math.max(0, at - CONTEXT);
  const until = Math.min(decisions.length, at + 4);
  const lanes = new Set(decisions.map(({ branch, call }) => `${branch} ${call}`)).size;
  const lines = decisions.slice(from, until).map((record, offset) => {
    const marked = from + offset === index ? '→' : ' ';
    return `  ${marked} ${describeDecision(record, lanes > 1)}`;
  });
  return [
    `  step${lanes > 1 ? '  branch' : ''}  decision`,
    ...(from > 0 ? [`    … ${count(from, 'decision')} before`] : []),
    ...lines,
    ...(until < decisions.length ? [`    … ${count(decisions.length - until, 'decision')} after`] : []),
  ];
}

/** A decision in a line: `  3  reused 0–2: indicator 0.04 < threshold 0.1`. */
export function describeDecision(record: DecisionRecord, branches: boolean): string {
  const { step, branch, call, site, until, did, why, measured = {}, refused } = record;
  const lane = branches ? `  ${branch}${call > 0 ? `.${call}` : ''}` : '';
  const span = did === 'measured' ? `at ${site}` : `${site}–${until}`;
  const numbers = Object.entries(measured).map(([name, value]) => {
    if (value.kind !== 'sums') return `${name}: ${value.kind.replace('-', ' ')}`;
    return `${name} = ${String(Number((value.numerator / value.denominator).toPrecision(3)))}`;
  });
  const told = refused ? ` (it said reuse: ${refused.replace('-', ' ')})` : '';
  const shown =
    numbers.length > 0 ? `  [${numbers.slice(0, 3).join(', ')}${numbers.length > 3 ? ', …' : ''}]` : '';
  return `${String(step).padStart(3)}${lane}  ${did} ${span}${told}: ${describeReason(why)}${shown}`;
}
