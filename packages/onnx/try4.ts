import { readFileSync, readdirSync } from 'node:fs';
import { refrain, fora, bwcache, never, fbcache } from '@refrain/core';
import { onnxRunner } from './src/index.ts';
const dir = '/work/shared/fixtures/layouts/';
const only = process.argv[2];
const diff = (a: any, b: any) => { let d = 0; for (let i = 0; i < b.length; i++) d = Math.max(d, Math.abs(a[i] - b[i])); return a.length === b.length ? d : Infinity; };
for (const f of readdirSync(dir).filter((f) => f.endsWith('.json') && (!only || f.startsWith(only)))) {
  const j = JSON.parse(readFileSync(dir + f, 'utf8'));
  if (!j.cacheable) continue;
  const bytes = readFileSync(dir + j.referenceFile);
  const arr = (e: any) => { const n = e.shape.reduce((p: number, s: number) => p * s, 1); const C: any = { float32: Float32Array, int64: BigInt64Array, float16: Uint16Array }[e.dtype as string]; return { dims: e.shape, data: new C(bytes.buffer.slice(bytes.byteOffset + e.byteOffset, bytes.byteOffset + e.byteOffset + n * C.BYTES_PER_ELEMENT)) }; };
  try {
    const t0 = performance.now();
    const runner = await onnxRunner({ model: dir + j.file });
    const t1 = performance.now();
    const input = Object.fromEntries(Object.keys(j.inputs).map((n, i) => [n, arr(j.reference.filter((e: any) => e.role === 'input')[i])]));
    let ref: any = arr(j.reference.find((e: any) => e.role === 'output')).data;
    const { asFloat32 } = await import('./src/feature/feature.ts');
    if (ref instanceof Uint16Array) ref = asFloat32({ data: ref, dims: [] }).data;
    const plain = (await runner.plain(input)).data;
    const at = { step: 0, call: 0, branch: 'c', timestep: 1 };
    const inner = runner.sites.filter((s) => s.level === 'inner');
    const run = async (ends: number[], values: Map<number, any> = new Map()) => { const pass = await runner.enter(input, at); let x = pass.x; let from = 0; const xs = [x]; for (const until of ends) { ({ x } = await pass.span({ from, until, x, values: new Map([...values].filter(([k]) => k >= from && k < until)), taps: [] })); xs.push(x); from = until; } return { y: (await pass.exit(x)).data, xs, pass }; };
    const N = inner.length;
    const one = (await run([N])).y;
    const blocks = (await run(runner.sites.filter((s) => s.level === 'block').map((s) => s.until)));
    const mods = (await run(inner.map((s) => s.until))).y;
    const pass = await runner.enter(input, at);
    const all = await pass.span({ from: 0, until: N, x: pass.x, values: new Map(), taps: inner.map((s) => ({ tap: { of: 'value' as const, at: s.from } })) });
    const vals = (await run([N], new Map(inner.map((s, i) => [s.from, all.taps[i]])))).y;
    const rates: any[] = [];
    for (const p of [never(), fora(), fbcache({ threshold: 10 }), bwcache({ threshold: 10 })]) {
      const r = refrain(runner, p).start({ timesteps: [9, 8, 7, 6] });
      let out: any; for (let s = 0; s < 4; s++) out = await r.step(input, { step: s });
      const rep = r.report(); rates.push(rep.reuseRate.toFixed(2) + '/' + diff(out.data, plain).toExponential(0) + (rep.warnings.length ? '!' + rep.warnings.map((w: any) => w.code) : ''));
    }
    console.log(f, (t1 - t0) | 0, 'ms plain', diff(plain, ref).toExponential(1), 'one', diff(one, plain).toExponential(1), 'blocks', diff(blocks.y, plain).toExponential(1), 'mods', diff(mods, plain).toExponential(1), 'values', diff(vals, plain).toExponential(1), rates.join(' '));
    await runner.dispose();
  } catch (e: any) { console.log('BAD', f, e.code, e.message, e.code ? '' : e.stack); }
}
