import type { LatteInput } from '../src/index.ts';
import type { NamedTensor } from './safetensors-writer.ts';

type Row = readonly number[];
type Rows = readonly Row[];

/** Sizes that the tensors do not say. */
export interface ReferenceSizes {
  readonly heads: number;
  readonly frames: number;
  readonly sampleSize: number;
  readonly patch: number;
  readonly channels: number;
  readonly pairs: number;
}

/**
 * A Latte model in float64 and in the simplest words, written from its description (Latte, arXiv 2401.03048, and the
 * module names of diffusers): what the kernels are compared with.
 */
export function referenceLatte(
  tensors: ReadonlyMap<string, NamedTensor>,
  sizes: ReferenceSizes,
  input: LatteInput,
): Float64Array {
  const { heads, frames, patch, channels, sampleSize, pairs } = sizes;
  const side = sampleSize / patch;
  const patches = side * side;
  const get = (name: string): NamedTensor => tensors.get(name) as NamedTensor;
  const table = (name: string): Rows => rowsOf(get(name));
  const layer = (x: Rows, name: string, activation = (value: number): number => value): Rows => {
    const weight = get(`${name}.weight`);
    const [outputs = 0] = weight.shape;
    const inputs = weight.data.length / outputs;
    return x.map((row) =>
      Array.from({ length: outputs }, (_, output) => {
        let sum = get(`${name}.bias`).data[output] as number;
        for (let index = 0; index < inputs; index++)
          sum += (row[index] as number) * (weight.data[output * inputs + index] as number);
        return activation(sum);
      }),
    );
  };
  const attend = (
    x: Rows,
    context: Rows,
    name: string,
    sees: (from: number, to: number) => boolean,
  ): Rows => {
    const [q, k, v] = ['to_q', 'to_k', 'to_v'].map((part, index) =>
      layer(index === 0 ? x : context, `${name}.${part}`),
    ) as [Rows, Rows, Rows];
    const size = (q[0] as Row).length / heads;
    const mixed = q.map((query, from) =>
      query.map((_, channel) => {
        const base = Math.floor(channel / size) * size;
        const keys = k.flatMap((key, to) => (sees(from, to) ? [{ key, value: v[to] as Row }] : []));
        const weights = keys.map(({ key }) => {
          let score = 0;
          for (let index = base; index < base + size; index++)
            score += (query[index] as number) * (key[index] as number);
          return Math.exp(score / Math.sqrt(size));
        });
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        return keys.reduce(
          (sum, { value }, index) => sum + ((weights[index] as number) / total) * (value[channel] as number),
          0,
        );
      }),
    );
    return layer(mixed, `${name}.to_out.0`);
  };
  const timestep = layer(
    layer(
      [
        waves(
          input.timestep.data[0] as number,
          get('adaln_single.emb.timestep_embedder.linear_1.weight').shape[1] as number,
        ),
      ],
      'adaln_single.emb.timestep_embedder.linear_1',
      silu,
    ),
    'adaln_single.emb.timestep_embedder.linear_2',
  );
  const [modulation = []] = layer([(timestep[0] as Row).map(silu)], 'adaln_single.linear');
  const caption = layer(
    layer(
      rowsOf({ ...input.encoder_hidden_states, shape: input.encoder_hidden_states.dims.slice(1) }),
      'caption_projection.linear_1',
      gelu,
    ),
    'caption_projection.linear_2',
  );
  const hidden = get('pos_embed.proj.bias').data.length;
  const all = Array.from({ length: frames * patches }, (_, token) => token);
  let x: Rows = layer(
    all.map((token) => pixels(input.hidden_states.data, token, sizes)),
    'pos_embed.proj',
  ).map((row, token) => {
    const place = token % patches;
    const position = [
      ...sinusoid(hidden / 2, place % side),
      ...sinusoid(hidden / 2, Math.floor(place / side)),
    ];
    return row.map((value, index) => value + (position[index] as number));
  });
  const sameFrame = (a: number, b: number): boolean => Math.floor(a / patches) === Math.floor(b / patches);
  const samePlace = (a: number, b: number): boolean => a % patches === b % patches;
  for (let pair = 0; pair < pairs; pair++)
    for (const family of ['transformer_blocks', 'temporal_transformer_blocks']) {
      const name = `${family}.${pair}`;
      const isSpatial = family === 'transformer_blocks';
      if (pair === 0 && !isSpatial)
        x = x.map((row, token) => {
          const position = sinusoid(hidden, Math.floor(token / patches));
          return row.map((value, index) => value + (position[index] as number));
        });
      const own = table(`${name}.scale_shift_table`).map((row, part) =>
        row.map((value, index) => value + (modulation[part * hidden + index] as number)),
      );
      const [shift1, scale1, gate1, shift2, scale2, gate2] = own as readonly Row[] as [
        Row,
        Row,
        Row,
        Row,
        Row,
        Row,
      ];
      const attended = norm(x, shift1, scale1);
      x = plus(x, attend(attended, attended, `${name}.attn1`, isSpatial ? sameFrame : samePlace), gate1);
      if (isSpatial)
        x = plus(
          x,
          attend(x, caption, `${name}.attn2`, () => true),
        );
      const inner = layer(norm(x, shift2, scale2), `${name}.ff.net.0.proj`, gelu);
      x = plus(x, layer(inner, `${name}.ff.net.2`), gate2);
    }
  const [shift, scale] = table('scale_shift_table').map((row) =>
    row.map((value, index) => value + (timestep[0]?.[index] as number)),
  ) as readonly Row[] as [Row, Row];
  const out = layer(norm(x, shift, scale), 'proj_out');
  const video = new Float64Array(channels * frames * sampleSize ** 2);
  for (const token of all)
    for (let row = 0; row < patch; row++)
      for (let column = 0; column < patch; column++)
        for (let channel = 0; channel < channels; channel++)
          video[pixelAt(token, channel, row, column, sizes)] = out[token]?.[
            (row * patch + column) * channels + channel
          ] as number;
  return video;
}

function pixelAt(token: number, channel: number, row: number, column: number, sizes: ReferenceSizes): number {
  const { frames, patch, sampleSize } = sizes;
  const side = sampleSize / patch;
  const [frame, place] = [Math.floor(token / (side * side)), token % (side * side)];
  const y = Math.floor(place / side) * patch + row;
  const x = (place % side) * patch + column;
  return ((channel * frames + frame) * sampleSize + y) * sampleSize + x;
}

function pixels(video: Float32Array, token: number, sizes: ReferenceSizes): Row {
  const { patch, channels } = sizes;
  return Array.from({ length: channels * patch * patch }, (_, index) => {
    const [channel, inside] = [Math.floor(index / (patch * patch)), index % (patch * patch)];
    return video[pixelAt(token, channel, Math.floor(inside / patch), inside % patch, sizes)] as number;
  });
}

function rowsOf({ shape: [count = 0], data }: NamedTensor): Rows {
  const width = data.length / count;
  return Array.from({ length: count }, (_, row) => [...data.subarray(row * width, (row + 1) * width)]);
}

function norm(x: Rows, shift: Row, scale: Row): Rows {
  return x.map((row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
    return row.map(
      (value, index) =>
        ((value - mean) / Math.sqrt(variance + 1e-6)) * (1 + (scale[index] as number)) +
        (shift[index] as number),
    );
  });
}

function plus(x: Rows, value: Rows, gate?: Row): Rows {
  return x.map((row, at) =>
    row.map((one, index) => one + (gate?.[index] ?? 1) * (value[at]?.[index] as number)),
  );
}

function sinusoid(size: number, position: number): Row {
  const angles = Array.from({ length: size / 2 }, (_, index) => position / 10_000 ** (index / (size / 2)));
  return [...angles.map(Math.sin), ...angles.map(Math.cos)];
}

function waves(timestep: number, size: number): Row {
  const angles = Array.from({ length: size / 2 }, (_, index) =>
    Math.fround(timestep * Math.fround(Math.exp((-Math.log(10_000) * index) / (size / 2)))),
  );
  return [...angles.map(Math.cos), ...angles.map(Math.sin)];
}

function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}

function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
