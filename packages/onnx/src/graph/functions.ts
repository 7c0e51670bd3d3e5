import { create } from '@bufbuild/protobuf';
import { OnnxError } from '../errors.ts';
import { bodiesOf } from './captures.ts';
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './proto/onnx_pb.js';
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from './proto/onnx_pb.js';

/** More nodes than any model has: functions that call each other twice grow without bounds. */
const MAX_NODES = 500_000;

/**
 * Replaces calls of functions that the model defines by their bodies, so that blocks written as functions are seen.
 *
 * @param model - is not changed
 * @returns its nodes, the ones of the file where nothing is called
 * @throws OnnxError `MODEL_UNSUPPORTED` that names the function: one that calls itself, that is written for another version
 * of the operator set, or whose body is too large
 */
export function inlineFunctions(model: ModelProto): readonly NodeProto[] {
  const nodes = model.graph?.node ?? [];
  if (model.functions.length === 0) return nodes;
  const inliner = {
    model,
    functions: new Map(model.functions.map((one) => [functionKey(one), one])),
    calls: 0,
    size: 0,
  };
  return nodes.flatMap((node) => inlined(inliner, node, []));
}

interface Inliner {
  readonly model: ModelProto;
  readonly functions: ReadonlyMap<string, FunctionProto>;
  calls: number;
  size: number;
}

function functionKey({
  domain,
  name,
  overload,
}: Pick<FunctionProto, 'domain' | 'name' | 'overload'>): string {
  return `${domain}::${name}::${overload}`;
}

function inlined(inliner: Inliner, node: NodeProto, callers: readonly string[]): readonly NodeProto[] {
  inliner.size += 1;
  const key = functionKey({ domain: node.domain, name: node.opType, overload: node.overload });
  const called = inliner.functions.get(key);
  if (!called) return [withInlinedBodies(inliner, node, callers)];
  if (callers.includes(key) || inliner.size > MAX_NODES)
    throw unsupported(called, callers.includes(key) ? 'calls itself' : `grows beyond ${MAX_NODES} nodes`);
  requireVersions(inliner.model, called);
  return bodyOf(inliner, node, called).flatMap((inner) => inlined(inliner, inner, [...callers, key]));
}

/** A function may be written for another version of the operators; then its nodes mean something else in the graph. */
function requireVersions(model: ModelProto, called: FunctionProto): void {
  for (const { domain, version } of called.opsetImport) {
    const own = model.opsetImport.find((one) => sameDomain(one.domain, domain));
    if (own && own.version !== version)
      throw unsupported(
        called,
        `uses version ${version} of the operators "${domain}", the model ${own.version}`,
      );
  }
}

function sameDomain(one: string, other: string): boolean {
  const standard = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);
  return standard(one) === standard(other);
}

function bodyOf(inliner: Inliner, call: NodeProto, called: FunctionProto): readonly NodeProto[] {
  inliner.calls += 1;
  const prefix = `${call.name || call.opType}/${inliner.calls}/`;
  const names = new Map([
    ['', ''],
    ...called.input.map((name, nth) => [name, call.input[nth] ?? ''] as const),
    ...called.output.flatMap((name, nth) => (call.output[nth] ? [[name, call.output[nth]] as const] : [])),
  ]);
  const rename = (name: string): string => names.get(name) ?? `${prefix}${name}`;
  const attributes = new Map([...called.attributeProto, ...call.attribute].map((one) => [one.name, one]));
  const passed = called.output.filter((name) => called.input.includes(name));
  const copies = passed.map((name) =>
    identity(call.input[called.input.indexOf(name)], call.output[called.output.indexOf(name)]),
  );
  return [...called.node.map((node) => renamedNode(node, prefix, rename, attributes)), ...copies];
}

function identity(from = '', to = ''): NodeProto {
  return create(NodeProtoSchema, { opType: 'Identity', input: [from], output: [to] });
}

function renamedNode(
  node: NodeProto,
  prefix: string,
  rename: (name: string) => string,
  given: ReadonlyMap<string, AttributeProto>,
): NodeProto {
  return Object.assign(create(NodeProtoSchema), node, {
    name: `${prefix}${node.name}`,
    input: node.input.map(rename),
    output: node.output.map(rename),
    attribute: node.attribute.flatMap((attribute) => boundAttribute(attribute, prefix, rename, given)),
  });
}

/** An attribute may stand for one of the call; one that the call leaves out is left out here too. */
function boundAttribute(
  attribute: AttributeProto,
  prefix: string,
  rename: (name: string) => string,
  given: ReadonlyMap<string, AttributeProto>,
): readonly AttributeProto[] {
  if (attribute.refAttrName !== '') {
    const value = given.get(attribute.refAttrName);
    return value ? [Object.assign(create(AttributeProtoSchema), value, { name: attribute.name })] : [];
  }
  const body = (graph: GraphProto): GraphProto => renamedBody(graph, prefix, rename, given);
  if (!attribute.g && attribute.graphs.length === 0) return [attribute];
  const { g, graphs } = attribute;
  return [
    Object.assign(create(AttributeProtoSchema), attribute, { g: g && body(g), graphs: graphs.map(body) }),
  ];
}

function renamedBody(
  graph: GraphProto,
  prefix: string,
  rename: (name: string) => string,
  given: ReadonlyMap<string, AttributeProto>,
): GraphProto {
  return Object.assign(create(GraphProtoSchema), graph, {
    node: graph.node.map((node) => renamedNode(node, prefix, rename, given)),
    initializer: graph.initializer.map((tensor) => named(create(TensorProtoSchema), tensor, rename)),
    input: graph.input.map((value) => named(create(ValueInfoProtoSchema), value, rename)),
    output: graph.output.map((value) => named(create(ValueInfoProtoSchema), value, rename)),
  });
}

function named<Message extends { name: string }>(
  empty: Message,
  message: Message,
  rename: (name: string) => string,
): Message {
  return Object.assign(empty, message, { name: rename(message.name) });
}

function withInlinedBodies(inliner: Inliner, node: NodeProto, callers: readonly string[]): NodeProto {
  if (bodiesOf(node).length === 0) return node;
  const body = (graph: GraphProto): GraphProto =>
    Object.assign(create(GraphProtoSchema), graph, {
      node: graph.node.flatMap((inner) => inlined(inliner, inner, callers)),
    });
  const attribute = node.attribute.map((one) =>
    Object.assign(create(AttributeProtoSchema), one, {
      g: one.g && body(one.g),
      graphs: one.graphs.map(body),
    }),
  );
  return Object.assign(create(NodeProtoSchema), node, { attribute });
}

function unsupported({ domain, name }: FunctionProto, why: string): OnnxError {
  return new OnnxError(
    'MODEL_UNSUPPORTED',
    `the function "${domain}::${name}" that the model defines ${why}`,
  );
}
