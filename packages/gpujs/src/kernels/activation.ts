/** What a layer does to each of its results. */
export type Activation = 'none' | 'gelu' | 'silu' | 'tanh';

/**
 * Beyond this argument an exponential overflows float32 and the quotient becomes NaN on a GPU, while in JavaScript and
 * WebAssembly it would not; the clamped value is the same to the last bit.
 */
const LARGEST_EXPONENT = 40;

/** Source of e to the power of minus an expression, which is clamped. */
function decay(expression: string): string {
  return `Math.exp(-Math.min(Math.max(${expression}, -${LARGEST_EXPONENT}), ${LARGEST_EXPONENT}))`;
}

/**
 * Source of an activation of the variable `sum`.
 * - `gelu`: the tanh form, x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))), as x over 1 + e^−2u (arXiv 1606.08415, section 2);
 * - `silu`: x over 1 + e^−x;
 * - `tanh`: 2 over 1 + e^−2x, less 1.
 */
export const activationSource: Readonly<Record<Activation, string>> = {
  none: 'sum',
  gelu: `sum / (1 + ${decay('1.5957691216057308 * (sum + 0.044715 * sum * sum * sum)')})`,
  silu: `sum / (1 + ${decay('sum')})`,
  tanh: `2 / (1 + ${decay('2 * sum')}) - 1`,
};
