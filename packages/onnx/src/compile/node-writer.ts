import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { FLOAT32, INT64 } from '../graph/element-type.ts';
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from '../graph/proto/onnx_pb.js';
import type { AttributeProto, NodeProto, TensorProto } from '../graph/proto/onnx_pb.js';

/** ONNX codes of the types of attributes. */
const INTEGER_ATTRIBUTE = 2;
const GRAPH_ATTRIBUTE = 5;

/** ONNX code of float64. */
export const FLOAT64 = 11;
/** ONNX code of bool. */
export const BOOL = 9;

/** What all writers of a graph share: constants lie in the outermost graph, names are unique in all of them. */
interface Shared {
  readonly constants: Map<string, TensorProto>;
  count: number;
}

/** Writes nodes, one after the other, and gives every tensor a name of its own. Bodies of `If` have writers of their own. */
export class NodeWriter {
  /** What was written, in order. */
  readonly nodes: NodeProto[] = [];
  readonly #written = new Set<string>();
  readonly #shared: Shared;

  /** @param shared - of the graph that a body belongs to; left out for the outermost graph */
  constructor(shared: Shared = { constants: new Map(), count: 0 }) {
    this.#shared = shared;
  }

  /** All constants, for the outermost graph. */
  get constants(): readonly TensorProto[] {
    return [...this.#shared.constants.values()];
  }

  /**
   * Writes a node with one output.
   *
   * @param operator - of the standard set
   * @param inputs - tensors that it reads
   * @param attributes - integers by name
   * @returns the tensor that it writes
   */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, number>> = {},
  ): string {
    const output = this.#name(operator);
    const attribute = Object.entries(attributes).map(([name, value]) => integerAttribute(name, value));
    this.add(
      create(NodeProtoSchema, {
        opType: operator,
        name: output,
        input: [...inputs],
        output: [output],
        attribute,
      }),
    );
    return output;
  }

  /** Adds a node as it stands. */
  add(node: NodeProto): void {
    this.nodes.push(node);
    for (const name of node.output) this.#written.add(name);
  }

  /** Gives a tensor a second name. */
  alias(tensor: string, name: string): void {
    this.add(create(NodeProtoSchema, { opType: 'Identity', name, input: [tensor], output: [name] }));
  }

  /** A float64 constant of shape `[n]`. */
  doubles(values: readonly number[]): string {
    return this.#constant(`double ${values.join(' ')}`, {
      dataType: FLOAT64,
      dims: [BigInt(values.length)],
      doubleData: [...values],
    });
  }

  /** A float32 constant of shape `[1]`. */
  single(value: number): string {
    return this.#constant(`single ${value}`, { dataType: FLOAT32, dims: [1n], floatData: [value] });
  }

  /** An int64 constant of shape `[n]`. */
  integers(values: readonly number[]): string {
    return this.#constant(`integer ${values.join(' ')}`, {
      dataType: INT64,
      dims: [BigInt(values.length)],
      int64Data: values.map(BigInt),
    });
  }

  /** A bool constant of shape `[n]`. */
  truths(values: readonly boolean[]): string {
    return this.#constant(`truth ${values.map(Number).join('')}`, {
      dataType: BOOL,
      dims: [BigInt(values.length)],
      int32Data: values.map(Number),
    });
  }

  /** A tensor without elements, of shape `[0]`. */
  empty(elementType: number): string {
    return this.#constant(`empty ${elementType}`, {
      dataType: elementType,
      dims: [0n],
      rawData: new Uint8Array(),
    });
  }

  /**
   * Writes an `If`: only one of its bodies runs. Both see all tensors that were written so far.
   *
   * @param condition - a bool of one element
   * @param then - writes the one body and returns its results
   * @param otherwise - writes the other, with as many results
   * @returns the results of the body that runs
   */
  branch(
    condition: string,
    then: (body: NodeWriter) => readonly string[],
    otherwise: (body: NodeWriter) => readonly string[],
  ): readonly string[] {
    const bodies = [then, otherwise].map((write) => {
      const body = new NodeWriter(this.#shared);
      const returned = new Set<string>();
      const results = write(body).map((tensor) => {
        // A body may only return what it has made itself, and each tensor once.
        const fresh = body.#written.has(tensor) && !returned.has(tensor);
        returned.add(tensor);
        return fresh ? tensor : body.node('Identity', [tensor]);
      });
      return create(GraphProtoSchema, {
        name: this.#name('body'),
        node: body.nodes,
        output: results.map((name) => create(ValueInfoProtoSchema, { name })),
      });
    });
    const outputs = (bodies[0]?.output ?? []).map(() => this.#name('If'));
    const attribute = ['then_branch', 'else_branch'].map((name, index) =>
      create(AttributeProtoSchema, {
        name,
        type: GRAPH_ATTRIBUTE,
        ...(bodies[index] && { g: bodies[index] }),
      }),
    );
    this.add(
      create(NodeProtoSchema, {
        opType: 'If',
        name: this.#name('If'),
        input: [condition],
        output: outputs,
        attribute,
      }),
    );
    return outputs;
  }

  #constant(
    key: string,
    content: Omit<MessageInitShape<typeof TensorProtoSchema>, '$typeName' | 'name'>,
  ): string {
    const known = this.#shared.constants.get(key);
    if (known) return known.name;
    const name = this.#name('constant');
    this.#shared.constants.set(key, create(TensorProtoSchema, { ...(content as object), name }));
    return name;
  }

  #name(what: string): string {
    this.#shared.count += 1;
    return `refrain/${what}/${this.#shared.count}`;
  }
}

function integerAttribute(name: string, value: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: INTEGER_ATTRIBUTE, i: BigInt(value) });
}
