import { latteRunner } from './src/index.ts';
import { loadConfig, loadModelFile, loadReference } from '@refrain/latte-mini';
const ref = await loadReference();
const { bytes } = await loadModelFile('transformer.safetensors');
const config = await loadConfig();
for (const mode of ['cpu','webasm'] as const) {
  let t0=performance.now();
  const r = await latteRunner({ weights: bytes, config, modes:[mode] });
  console.log(mode,'load',(performance.now()-t0).toFixed(0), r.device.memory());
  const n=3*8*32*32;
  for (const i of [0]) {
    const hs={data:ref.hiddenStates.data.slice(i*n,(i+1)*n),dims:[1,3,8,32,32]};
    const ehs={data:ref.encoderHiddenStates.data.slice(0,512),dims:[1,8,64]};
    for (let rep=0;rep<2;rep++){
    t0=performance.now();
    const out=await r.plain({hidden_states:hs,timestep:{data:Float32Array.of(ref.timestep.data[0]),dims:[1]},encoder_hidden_states:ehs});
    let d=0; out.data.forEach((v,j)=>d=Math.max(d,Math.abs(v-ref.sampleCaption.data[i*n+j])));
    console.log(mode,'diff',d,(performance.now()-t0).toFixed(0),'ms',r.device.memory(),r.device.kernels);}
  }
  await r.dispose(); console.log(r.device.memory());
}
