import { parseId, type Policy } from '@refrain/core';

/**
 * Why the rule of a policy cannot be written into a graph.
 *
 * @param policy - one without a writer
 * @param compilable - names of those that have one
 */
export function whyNot(policy: Policy, compilable: readonly string[]): string {
  const { id, needs, shared, granularity } = policy;
  const reasons: string[] = [];
  if (parseId(id).policies.length > 0) reasons.push('it is made of other policies');
  if (needs.history === 0) reasons.push('it never reuses anything, so the model itself does as well');
  if (needs.history > 1)
    reasons.push(`it combines ${needs.history} past features, and a compiled graph keeps the newest`);
  if (needs.inner && needs.inner !== 'any')
    reasons.push('it decides at each attention, and a compiled graph has one gate');
  if (needs.branches || granularity === 'guidance')
    reasons.push(
      'it derives one guidance branch from another, and a compiled graph sees one branch at a time',
    );
  if (needs.operations)
    reasons.push(`it needs ${needs.operations.join(' and ')}, which no node of the graph computes`);
  if (shared) reasons.push('its branches share one state');
  if (reasons.length === 0) reasons.push('its rule has not been written down as a graph');
  return `${id} cannot be compiled: ${reasons.join('; ')}. Compilable are ${compilable.join(', ')}; for others run the model with onnxRunner.`;
}
