import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
  ValueInfoProtoSchema,
} from './proto/onnx_pb.js';
import type { AttributeProto, GraphProto, NodeProto } from './proto/onnx_pb.js';

/**
 * A node that reads and writes tensors under other names, also in the bodies of control flow.
 *
 * @param node - as it stands in the file; it is not changed
 * @param names - new names by old ones
 */
export function renamed(node: NodeProto, names: ReadonlyMap<string, string>): NodeProto {
  const rename = (name: string): string => names.get(name) ?? name;
  return Object.assign(create(NodeProtoSchema), node, {
    input: node.input.map(rename),
    output: node.output.map(rename),
    attribute: node.attribute.map((attribute) => renamedAttribute(attribute, names)),
  });
}

function renamedAttribute(attribute: AttributeProto, names: ReadonlyMap<string, string>): AttributeProto {
  if (!attribute.g && attribute.graphs.length === 0) return attribute;
  return Object.assign(create(AttributeProtoSchema), attribute, {
    ...(attribute.g && { g: renamedBody(attribute.g, names) }),
    graphs: attribute.graphs.map((body) => renamedBody(body, names)),
  });
}

function renamedBody(body: GraphProto, names: ReadonlyMap<string, string>): GraphProto {
  return Object.assign(create(GraphProtoSchema), body, {
    node: body.node.map((node) => renamed(node, names)),
    output: body.output.map((output) =>
      Object.assign(create(ValueInfoProtoSchema), output, { name: names.get(output.name) ?? output.name }),
    ),
  });
}
