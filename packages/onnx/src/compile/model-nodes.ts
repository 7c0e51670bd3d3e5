import type { Graph, GraphNode } from '../graph/graph.ts';
import { renamed } from '../graph/rename.ts';
import { backwardSlice } from '../graph/slice.ts';
import type { Feature } from './feature-writer.ts';
import type { NodeWriter } from './node-writer.ts';

/** The nodes of a model, of which some always run and others stand in the bodies of a gate. */
export class ModelNodes {
  readonly #graph: Graph;
  readonly #writer: NodeWriter;
  /** Tensors that are there for all that follows. */
  readonly #available = new Set<string>();
  readonly #placed = new Set<GraphNode>();

  /**
   * @param graph - the model
   * @param writer - of the outermost graph
   */
  constructor(graph: Graph, writer: NodeWriter) {
    this.#graph = graph;
    this.#writer = writer;
  }

  /** Runs what is needed for some tensors in every step. */
  bring(wanted: Feature): void {
    this.#place(this.#missing([], wanted));
  }

  /** Runs what leads from the conditioning towards some tensors in every step, but nothing that depends on others. */
  bringAround(except: Feature, wanted: Feature): void {
    const later = new Set<string>(except);
    const independent: GraphNode[] = [];
    for (const node of this.#missing(except, wanted))
      if (node.reads.some((name) => later.has(name))) for (const name of node.writes) later.add(name);
      else independent.push(node);
    this.#place(independent);
  }

  /** Tells that something else has written some tensors. */
  provide(feature: Feature): void {
    for (const name of feature) this.#available.add(name);
  }

  /**
   * Writes what leads from some tensors to others into a body. Tensors that stand outside under the same name are given
   * another one there.
   *
   * @param body - of a gate
   * @param from - tensors that are there
   * @param wanted - tensors that the body has to give
   * @param outside - those of `wanted` that also have their name outside of the body
   * @returns the wanted tensors, by their names in the body
   */
  writeInto(body: NodeWriter, from: Feature, wanted: Feature, outside: Feature): Feature {
    const names = new Map(
      outside.filter((name) => !from.includes(name)).map((name) => [name, `refrain/inner/${name}`]),
    );
    for (const node of this.#missing(from, wanted)) {
      const touched = [...node.reads, ...node.writes].some((name) => names.has(name));
      body.add(touched ? renamed(node.proto, names) : node.proto);
    }
    return wanted.map((name) => names.get(name) ?? name);
  }

  #missing(from: Feature, wanted: Feature): readonly GraphNode[] {
    return backwardSlice(this.#graph, [...this.#available, ...from], wanted).nodes.filter(
      (node) => !this.#placed.has(node),
    );
  }

  #place(nodes: readonly GraphNode[]): void {
    for (const node of nodes) {
      this.#placed.add(node);
      this.#writer.add(node.proto);
      this.provide(node.writes);
    }
  }
}
