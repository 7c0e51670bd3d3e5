import { OnnxError } from '../errors.ts';
import { elementTypeName, FLOAT16, FLOAT32 } from '../graph/element-type.ts';
import type { Graph, TensorDeclaration } from '../graph/graph.ts';

/** Which input is denoised, and which output is the prediction. */
export interface Endpoints {
  /** Name of the latent input. */
  readonly latent: string;
  /** Name of the output. */
  readonly output: string;
}

/** Names to use instead of the ones that would be found. */
export type EndpointOptions = { readonly [Key in keyof Endpoints]?: Endpoints[Key] | undefined };

/**
 * Finds the latent: the input of at least three dimensions whose shape is most like the output's.
 *
 * @param graph - the model
 * @param options - names where they are known
 * @throws OnnxError `MODEL_UNSUPPORTED` when there is none, when several fit equally well, or when it is neither float32 nor float16
 */
export function findEndpoints(graph: Graph, options: EndpointOptions = {}): Endpoints {
  const output = options.output ? named(graph.outputs, options.output, 'output') : mainOutput(graph);
  const latent = options.latent
    ? named(graph.inputs, options.latent, 'latent')
    : latentLike(graph.inputs, output);
  requireFloat(latent);
  requireFloat(output);
  return { latent: latent.name, output: output.name };
}

function named(
  declared: readonly TensorDeclaration[],
  name: string,
  option: keyof Endpoints,
): TensorDeclaration {
  const found = declared.find((tensor) => tensor.name === name);
  if (found) return found;
  throw unsupported(`option ${option}: the model has no "${name}", only ${list(declared)}`);
}

function mainOutput(graph: Graph): TensorDeclaration {
  const found = graph.outputs.find(isImageLike) ?? graph.outputs[0];
  if (found) return found;
  throw unsupported('the model declares no output');
}

function latentLike(inputs: readonly TensorDeclaration[], output: TensorDeclaration): TensorDeclaration {
  const ranked = inputs
    .filter(isImageLike)
    .map((input) => ({ input, likeness: likeness(input, output) }))
    .toSorted((a, b) => b.likeness - a.likeness);
  const [best, second] = ranked;
  if (!best) throw unsupported(`no input looks like a latent (${list(inputs)}); name it with option latent`);
  const usual = ranked.filter(
    ({ likeness: own, input }) => own === best.likeness && usualName.test(input.name),
  );
  if (second?.likeness === best.likeness && usual.length === 1 && usual[0]) return usual[0].input;
  if (second?.likeness === best.likeness)
    throw unsupported(
      `"${best.input.name}" and "${second.input.name}" both look like the latent; name one with option latent`,
    );
  return best.input;
}

/** What exporting programs call the latent; it decides between inputs that fit equally well. */
const usualName = /^(hidden_states|sample|latents?|latent_model_input|noisy_latents?|x|img|z)$/;

function isImageLike({ shape }: TensorDeclaration): boolean {
  return (shape?.length ?? 0) >= 3;
}

/** Number of equal sizes; the rank counts most, as outputs may have more channels than the latent. */
function likeness(input: TensorDeclaration, output: TensorDeclaration): number {
  const sizes = input.shape ?? [];
  const equal = sizes.filter((size, axis) => size === output.shape?.[axis]).length;
  return (sizes.length === output.shape?.length ? 100 : 0) + equal;
}

function requireFloat({ name, elementType }: TensorDeclaration): void {
  if (elementType !== FLOAT32 && elementType !== FLOAT16)
    throw unsupported(`"${name}" is ${elementTypeName(elementType)}; only float32 and float16 can be run`);
}

function list(declared: readonly TensorDeclaration[]): string {
  return declared.map(({ name }) => `"${name}"`).join(', ') || 'none';
}

function unsupported(message: string): OnnxError {
  return new OnnxError('MODEL_UNSUPPORTED', message);
}
