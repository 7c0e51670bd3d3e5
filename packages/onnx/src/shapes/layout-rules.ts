import {
  axisOf,
  broadcast,
  countOf,
  integerOf,
  integers,
  listOf,
  moved,
  type Known,
  type Rule,
} from './known.ts';

const shape: Rule = (node, [x]) => {
  if (!x) return [undefined];
  const start = axisOf(integerOf(node, 'start', 0), x.dims.length);
  return [integers(x.dims.slice(start, axisOf(integerOf(node, 'end', x.dims.length), x.dims.length)))];
};

const reshape: Rule = (node, [x, sizes]) => {
  if (!x || !sizes?.values) return [undefined];
  const zero = integerOf(node, 'allowzero', 0) === 0;
  const asked = sizes.values.map((size, axis) => (size === 0 && zero ? (x.dims[axis] ?? 0) : size));
  const fixed = asked.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const dims = asked.map((size) => (size === -1 ? countOf(x) / fixed : size));
  return [dims.every(Number.isInteger) ? { dims, values: x.values } : undefined];
};

const transpose: Rule = (node, [x]) => {
  if (!x) return [undefined];
  const order = listOf(node, 'perm') ?? x.dims.map((_, axis) => x.dims.length - 1 - axis);
  const dims = order.map((axis) => x.dims[axis] ?? 0);
  const values = moved(x, dims, (place) => x.dims.map((_, axis) => place[order.indexOf(axis)] ?? 0));
  return [{ dims, values }];
};

const flatten: Rule = (node, [x]) => {
  if (!x) return [undefined];
  const axis = axisOf(integerOf(node, 'axis', 1), x.dims.length);
  return [{ dims: [countOf({ dims: x.dims.slice(0, axis) }), countOf({ dims: x.dims.slice(axis) })] }];
};

const squeeze: Rule = (node, [x, given]) => {
  if (!x) return [undefined];
  const axes = (listOf(node, 'axes') ?? given?.values)?.map((axis) => axisOf(axis, x.dims.length));
  return [
    { dims: x.dims.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1)), values: x.values },
  ];
};

const unsqueeze: Rule = (node, [x, given]) => {
  const axes = listOf(node, 'axes') ?? given?.values;
  if (!x || !axes) return [undefined];
  const rank = x.dims.length + axes.length;
  const added = new Set(axes.map((axis) => axisOf(axis, rank)));
  const old = x.dims[Symbol.iterator]();
  const dims = Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (old.next().value ?? 1)));
  return [{ dims, values: x.values }];
};

const concat: Rule = (node, inputs) => {
  const known = inputs.filter((input) => input !== undefined);
  const [first] = known;
  if (!first || known.length < inputs.length) return [undefined];
  const axis = axisOf(integerOf(node, 'axis', 0), first.dims.length);
  const size = known.reduce((sum, { dims }) => sum + (dims[axis] ?? 0), 0);
  const values = known.every((input) => input.values)
    ? known.flatMap((input) => input.values ?? [])
    : undefined;
  return [
    {
      dims: first.dims.map((own, at) => (at === axis ? size : own)),
      values: first.dims.length === 1 ? values : undefined,
    },
  ];
};

const split: Rule = (node, [x, sizes]) => {
  if (!x) return node.output.map(() => undefined);
  const axis = axisOf(integerOf(node, 'axis', 0), x.dims.length);
  const count = integerOf(node, 'num_outputs', node.output.length);
  const even = Math.ceil((x.dims[axis] ?? 0) / count);
  const parts = sizes?.values ?? listOf(node, 'split');
  const sizeAt = (nth: number): number => parts?.[nth] ?? Math.min(even, (x.dims[axis] ?? 0) - nth * even);
  return node.output.map((_, nth) => ({
    dims: x.dims.map((size, at) => (at === axis ? sizeAt(nth) : size)),
  }));
};

const slice: Rule = (_, [x, starts, ends, axes, steps]) => {
  if (!x || !starts?.values || !ends?.values) return [undefined];
  const picked = new Map(
    starts.values.map((from, nth) => {
      const axis = axisOf(axes?.values?.[nth] ?? nth, x.dims.length);
      return [axis, stretchOf(from, ends.values?.[nth] ?? 0, steps?.values?.[nth] ?? 1, x.dims[axis] ?? 0)];
    }),
  );
  const dims = x.dims.map((size, axis) => picked.get(axis)?.count ?? size);
  const values = moved(x, dims, (place) =>
    place.map((at, axis) => {
      const { start, step } = picked.get(axis) ?? { start: 0, step: 1 };
      return start + at * step;
    }),
  );
  return [{ dims, values }];
};

function stretchOf(
  from: number,
  until: number,
  step: number,
  size: number,
): { start: number; step: number; count: number } {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, low), high);
  const start = clamp(from);
  const end = until < -size && step < 0 ? -1 : clamp(until);
  return { start, step, count: Math.max(0, Math.ceil((end - start) / (step || 1))) };
}

const gather: Rule = (node, [x, indices]) => {
  if (!x || !indices) return [undefined];
  const axis = axisOf(integerOf(node, 'axis', 0), x.dims.length);
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  const { values } = x;
  if (!values || !indices.values || x.dims.length !== 1) return [{ dims }];
  return [{ dims, values: indices.values.map((at) => values[axisOf(at, values.length)] ?? 0) }];
};

const expand: Rule = (_, [x, sizes]) => {
  if (!x || !sizes?.values) return [undefined];
  return [filled(broadcast(x.dims, sizes.values), x.values)];
};

/** One number many times: sizes are made of `ConstantOfShape` and `Expand` too. */
function filled(dims: readonly number[], values: readonly number[] | undefined): Known {
  const count = countOf({ dims });
  const [only] = values ?? [];
  return only !== undefined && values?.length === 1 && dims.length <= 1 && count <= 64
    ? { dims, values: Array.from({ length: count }, () => only) }
    : { dims, values: values?.length === count ? values : undefined };
}

const constantOfShape: Rule = (node, [sizes]) => {
  if (!sizes?.values) return [undefined];
  const value = node.attribute.find(({ name }) => name === 'value')?.t;
  const whole = value?.dataType === 7;
  const stored = value?.int64Data[0] ?? (value && value.rawData.byteLength === 8 ? view(value.rawData) : 0n);
  return [filled(sizes.values, whole ? [Number(stored)] : undefined)];
};

function view(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true);
}

const range: Rule = (_, [start, limit, delta]) => {
  const [from, until, step] = [start?.values?.[0], limit?.values?.[0], delta?.values?.[0]];
  if (from === undefined || until === undefined || !step) return [undefined];
  const count = Math.max(0, Math.ceil((until - from) / step));
  return [
    count <= 64
      ? integers(Array.from({ length: count }, (_unused, nth) => from + nth * step))
      : { dims: [count] },
  ];
};

const tile: Rule = (_, [x, repeats]) => {
  const times = repeats?.values;
  return [x && times ? { dims: x.dims.map((size, axis) => size * (times[axis] ?? 1)) } : undefined];
};

const pad: Rule = (node, [x, pads, , axes]) => {
  const around = pads?.values ?? listOf(node, 'pads');
  if (!x || !around) return [undefined];
  const count = around.length / 2;
  const added = new Map(
    Array.from({ length: count }, (_, nth) => [
      axisOf(axes?.values?.[nth] ?? nth, x.dims.length),
      (around[nth] ?? 0) + (around[nth + count] ?? 0),
    ]),
  );
  return [{ dims: x.dims.map((size, axis) => size + (added.get(axis) ?? 0)) }];
};

const resize: Rule = (_, [x, , scales, sizes]) => {
  if (!x) return [undefined];
  if (sizes?.values) return [{ dims: sizes.values }];
  const factors = scales?.factors;
  return [factors && { dims: x.dims.map((size, axis) => Math.floor(size * (factors[axis] ?? 1))) }];
};

const gatherElements: Rule = (_, [, indices]) => [indices && { dims: indices.dims }];

/** Rules of operators that lay tensors out anew. */
export const layoutRules: readonly (readonly [string, Rule])[] = [
  ['Shape', shape],
  ['Reshape', reshape],
  ['Transpose', transpose],
  ['Flatten', flatten],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Concat', concat],
  ['Split', split],
  ['Slice', slice],
  ['Gather', gather],
  ['Expand', expand],
  ['ConstantOfShape', constantOfShape],
  ['Range', range],
  ['Tile', tile],
  ['Pad', pad],
  ['Resize', resize],
  ['GatherElements', gatherElements],
];
