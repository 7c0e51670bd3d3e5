import type { ModuleState } from '../moment.ts';
import type { BoundConstants, PassNorms, PassPoint } from './constants.ts';
import type { SampleGeometry } from './geometry.ts';
import { stored } from './rounding.ts';
import { Path } from './path.ts';

/** How far two freshly computed passes are apart, at most. */
export interface Variation {
  /** Streams position by position. */
  readonly path: Path;
  /** Values module by module. */
  readonly values: Float64Array;
  readonly output: number;
  readonly sample: number;
}

/** Bounds how far fresh passes of a run are apart: by the distance of their samples and of their conditioning. */
export class Variations {
  readonly #constants: BoundConstants;
  readonly #geometry: SampleGeometry;
  readonly #known = new Map<string, Variation>();
  readonly #norms = new Map<string, PassNorms>();

  /**
   * @param constants - of the model
   * @param geometry - of the run's samples
   */
  constructor(constants: BoundConstants, geometry: SampleGeometry) {
    this.#constants = constants;
    this.#geometry = geometry;
  }

  /** How far two passes are apart; the same pass is not apart from itself. */
  between(one: PassPoint, other: PassPoint): Variation {
    const key = `${one.step} ${one.branch} ${other.step} ${other.branch}`;
    const known = this.#known.get(key) ?? this.#compute(one, other);
    this.#known.set(key, known);
    return known;
  }

  #compute(one: PassPoint, other: PassPoint): Variation {
    const constants = this.#constants;
    const { length } = constants;
    const path = new Path(length);
    const values = new Float64Array(length);
    if (one.step === other.step && one.branch === other.branch) {
      for (let position = 0; position < length; position++) path.go(position, position + 1, 0, 0);
      return { path, values, output: 0, sample: 0 };
    }
    const norms = [one, other].map((point) => this.#normsOf(point).stream);
    const normsAt = (position: number): [number, number] => [
      norms[0]?.[position] as number,
      norms[1]?.[position] as number,
    ];
    const sample = this.#geometry.distance(one.step, other.step);
    path.start(sample === 0 ? 0 : sample + roundings(normsAt(0)));
    const states = [one, other].map((point) => constants.statesOf(point)) as [ModuleState[], ModuleState[]];
    for (let module = 0; module < length; module++) {
      const pair = [states[0][module], states[1][module]] as [ModuleState, ModuleState];
      const [value, increment] = this.#module(pair, module, path.at(module) as number, normsAt(module));
      values[module] = value;
      path.step(module, increment + roundings(normsAt(module + 1)));
    }
    return { path, values, output: this.#output(one, other, path.at(length) as number, sample), sample };
  }

  #normsOf(point: PassPoint): PassNorms {
    const key = `${point.step} ${point.branch}`;
    const known = this.#norms.get(key) ?? this.#constants.normsOf(point, this.#geometry.norm(point.step));
    this.#norms.set(key, known);
    return known;
  }

  #module(
    [one, other]: readonly [ModuleState, ModuleState],
    module: number,
    apart: number,
    [first, second]: readonly [number, number],
  ): readonly [number, number] {
    const constants = this.#constants;
    const rounding =
      constants.valueRounding(one, module, first) + constants.valueRounding(other, module, second);
    const value =
      Math.min(constants.normOf(module) * apart + biasSpread(constants, one, other), 2 * constants.full) +
      rounding;
    const gate = Math.min(one.gate, other.gate);
    return [value, gate * value + Math.abs(one.gate - other.gate) * constants.full];
  }

  #output(one: PassPoint, other: PassPoint, apart: number, sample: number): number {
    const constants = this.#constants;
    const [first, second] = [one, other].map(({ step }) => constants.momentOf(step));
    if (!first || !second) return Number.NaN;
    const [norms, size] = [this.#normsOf(other), this.#normsOf(one)];
    return (
      Math.abs(first.skip) * sample +
      Math.abs(first.skip - second.skip) * this.#geometry.norm(other.step) +
      constants.headOf(one.step) * apart +
      Math.abs(first.gain - second.gain) *
        constants.dit.network.headNorm *
        (norms.stream[constants.length] as number) +
      roundings([norms.output, size.output])
    );
  }
}

/**
 * The most that values of tanh differ for two biases: tanh(u + d) − tanh(u) is largest, at 2 tanh(d / 2), where it crosses
 * zero in the middle.
 */
function biasSpread({ dit }: BoundConstants, one: ModuleState, other: ModuleState): number {
  let sum = 0;
  for (let channel = 0; channel < one.bias.length; channel++) {
    const difference = Math.abs((one.bias[channel] as number) - (other.bias[channel] as number));
    sum += (2 * Math.tanh(difference / 2)) ** 2;
  }
  return Math.sqrt(dit.network.tokens * sum);
}

function roundings(norms: readonly number[]): number {
  return norms.reduce((sum, norm) => sum + stored(norm), 0);
}
