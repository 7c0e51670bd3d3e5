import type { RunnerTap, TapRequest } from '@refrain/core';
import type { ModelCut } from '../cut/cut-model.ts';
import { OnnxError } from '../errors.ts';

/** What a span is asked for, without the features themselves: spans of equal shape share one compiled session. */
export interface SpanShape {
  /** Position where it starts. */
  readonly from: number;
  /** Position where it ends; equal to `from` for looking at taps without computing further. */
  readonly until: number;
  /** Inner sites (by their `from`) whose value is given. */
  readonly values: readonly number[];
  /** Taps to return along. */
  readonly taps: readonly TapRequest[];
}

/** Where a tap comes from. */
export type TapSource =
  /** Tensors of the graph. */
  | { readonly of: 'graph'; readonly tensors: readonly string[] }
  /** A tensor that was computed at the beginning of the pass. */
  | { readonly of: 'conditioning'; readonly tensor: string };

/**
 * Checks that a span lies on the stream.
 *
 * @param cut - where the model is cut
 * @param shape - what is asked for
 * @throws OnnxError `SPAN_INVALID`
 */
export function requireSpan(cut: ModelCut, { from, until, values }: SpanShape): void {
  const end = cut.positions.length - 1;
  const inside = Number.isInteger(from) && Number.isInteger(until) && from >= 0 && until <= end;
  if (!inside || from >= until)
    throw invalid(`a span from ${from} until ${until}: expected integers, 0 ≤ from < until ≤ ${end}`);
  for (const at of values)
    if (!Number.isInteger(at) || at < from || at >= until)
      throw invalid(`a value for the site at ${at}, which is not between ${from} and ${until}`);
}

/**
 * The tensors that a tap means.
 *
 * @param cut - where the model is cut
 * @param tap - what is asked for
 * @param from - first position that can be tapped
 * @param until - last position whose stream can be tapped; modules can be tapped up to the one that ends there
 * @throws OnnxError `SPAN_INVALID` that names the tap
 */
export function tapSource(cut: ModelCut, tap: RunnerTap, from: number, until: number): TapSource {
  if (tap.of === 'conditioning') {
    const tensor = cut.conditioning.get(tap.name);
    if (tensor !== undefined) return { of: 'conditioning', tensor };
    throw invalid(
      `the conditioning tap "${tap.name}"; there is ${[...cut.conditioning.keys()].join(', ') || 'none'}`,
    );
  }
  const last = tap.of === 'stream' ? until : Math.max(from, until - 1);
  const tensors = tap.at >= from && tap.at <= last ? tensorsAt(cut, tap) : undefined;
  if (tensors !== undefined) return { of: 'graph', tensors };
  throw invalid(`the ${tap.of} tap at ${tap.at}, which a span from ${from} until ${until} does not have`);
}

function tensorsAt(
  cut: ModelCut,
  tap: Exclude<RunnerTap, { of: 'conditioning' }>,
): readonly string[] | undefined {
  if (tap.of === 'stream') return cut.positions[tap.at];
  const module = cut.modules[tap.at];
  if (tap.of === 'value') return module?.value;
  return module?.modulated === undefined ? undefined : [module.modulated];
}

function invalid(message: string): OnnxError {
  return new OnnxError('SPAN_INVALID', `cannot compute ${message}`);
}
