import type { RunnerTap, TapRequest } from '@refrain/core';
import { GpuJsError } from '../errors.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import { sketch } from '../operations/reduce.ts';

/** Taps that a stretch was asked for, filled in as it runs. */
export class TapCollection {
  readonly #requests: readonly TapRequest[];
  readonly #taken: (DeviceTensor | undefined)[] = [];

  /** @param requests - in the order of the answer */
  constructor(requests: readonly TapRequest[]) {
    this.#requests = requests;
  }

  /** True if a place was asked for. */
  wants(of: 'stream' | 'modulated' | 'value', at: number): boolean {
    return this.#requests.some(({ tap }) => isAt(tap, of, at));
  }

  /** Takes what stands at a place for whoever asked for it; it stays the caller's too. */
  async take(of: 'stream' | 'modulated' | 'value', at: number, tensor: DeviceTensor): Promise<void> {
    await this.#fill(
      (tap) => isAt(tap, of, at),
      () => tensor,
    );
  }

  /** Takes conditioning tensors. */
  async takeConditioning(find: (name: string) => DeviceTensor): Promise<void> {
    await this.#fill(
      (tap) => tap.of === 'conditioning',
      (tap) => find(tap.of === 'conditioning' ? tap.name : ''),
    );
  }

  /**
   * All that was asked for, in order; it belongs to the caller from now on.
   *
   * @throws GpuJsError `SPAN_INVALID` for a tap that was not there
   */
  list(): readonly DeviceTensor[] {
    return this.#requests.map(({ tap }, index) => {
      const tensor = this.#taken[index];
      if (tensor) return tensor;
      throw new GpuJsError('SPAN_INVALID', `expected a tap inside the stretch, got ${tapText(tap)}`);
    });
  }

  /** Frees what was taken, after an error. */
  dispose(): void {
    for (const tensor of this.#taken) tensor?.dispose();
  }

  async #fill(matches: (tap: RunnerTap) => boolean, find: (tap: RunnerTap) => DeviceTensor): Promise<void> {
    for (const [index, { tap, stride = 1 }] of this.#requests.entries()) {
      if (!matches(tap)) continue;
      const tensor = find(tap);
      this.#taken[index] = stride > 1 ? await sketch(tensor, stride) : tensor.share();
    }
  }
}

function isAt(tap: RunnerTap, of: RunnerTap['of'], at: number): boolean {
  return tap.of !== 'conditioning' && tap.of === of && tap.at === at;
}

/** A tap in words, for messages. */
export function tapText(tap: RunnerTap): string {
  return tap.of === 'conditioning' ? `the conditioning "${tap.name}"` : `the ${tap.of} at ${tap.at}`;
}
