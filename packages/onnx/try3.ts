import { readFileSync } from 'node:fs';
import { readGraph } from './src/index.ts';
const g = readGraph(readFileSync(process.argv[2]!));
const re = new RegExp(process.argv[3] ?? '.');
for (const n of g.nodes) if (re.test(n.proto.name) || re.test(n.writes[0] ?? '')) console.log(n.index, n.operator, n.reads.join(' , '), '->', n.writes.join(' '));
