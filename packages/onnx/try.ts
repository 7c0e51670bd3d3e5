import { readFileSync, readdirSync } from 'node:fs';
import { cutModel, readGraph } from '/work/wt/onnx/packages/onnx/src/index.ts';
const dir = '/work/shared/fixtures/layouts/';
const only = process.argv[2];
for (const f of readdirSync(dir).filter((f) => f.endsWith('.json') && (!only || f.startsWith(only)))) {
  const j = JSON.parse(readFileSync(dir + f, 'utf8'));
  const t0 = performance.now();
  try {
    const g = readGraph(readFileSync(dir + j.file));
    const cut = cutModel(g, {});
    const ms = Math.round(performance.now() - t0);
    const got = cut.families.map((x: any) => `${x.name} ${x.blocks.length}/${x.streams}`).join(', ');
    const want = j.families.map((x: any) => `${x.name} ${x.count}/${x.streams}`).join(', ');
    let bad: string[] = [];
    const blocks = cut.families.flatMap((x: any) => x.blocks);
    for (const b of j.blocks) {
      const hit = blocks.find((x: any) => x.outputs.length === b.outputs.length && b.outputs.every((o: any) => o.tensors.some((t: string) => x.outputs.includes(t))));
      if (!hit) bad.push(b.path + ' out ' + JSON.stringify(b.outputs.map((o: any) => o.tensors)));
      else if (b.inputs && !(b.inputs.every((o: any) => o.tensors.some((t: string) => hit.inputs.includes(t))))) bad.push(b.path + ' in ' + JSON.stringify(b.inputs.map((o: any) => o.tensors)) + ' got ' + hit.inputs);
    }
    const ok = got.replace(/[a-z_.0-9-]+ /g, '') === want.replace(/[a-z_.0-9-]+ /g, '') && bad.length === 0;
    console.log(ok ? 'ok ' : 'BAD', f, ms + 'ms', '|', got, '| want', want, '| pos', cut.positions.map((p: any) => p.length).join(''), cut.inner.slice(0, 3).map((i: any) => i.kind + ':' + i.name).join(' '), 'carried', cut.carried.length);
    for (const b of bad.slice(0, 3)) console.log('     ', b);
    if (!ok || only) for (const b of blocks) console.log('      ', b.name, b.inputs.join(' '), '->', b.outputs.join(' '));
  } catch (e: any) {
    console.log(j.cacheable ? 'BAD' : 'ok ', f, e.code, e.message, e.code ? '' : e.stack);
  }
}
