// Ceilings for @refrain/core as users bundle it: minified by esbuild, compressed with brotli, without dependencies
// (it has none). They stand about a tenth above the size at the time they were set, so that a change that costs more
// is a decision, made by editing this file, and not an accident.
export default [
  {
    // 57.4 kB when set: 33 policies with the published constants of their models, combinators, forecasts, the executor,
    // the WebAssembly kernel, reports and the text of all errors.
    name: 'everything',
    path: 'packages/core/dist/index.js',
    import: '*',
    limit: '63 kB',
  },
  {
    // 15.4 kB when set: the executor, one policy, reports. It may not grow with the number of policies.
    name: 'refrain and bwcache',
    path: 'packages/core/dist/index.js',
    import: '{ refrain, bwcache }',
    limit: '17 kB',
  },
  {
    // 19.7 kB when set: the same with float32 features, their kernel and hand-written models.
    name: 'refrain, bwcache and fromBlocks',
    path: 'packages/core/dist/index.js',
    import: '{ refrain, bwcache, fromBlocks }',
    limit: '21.6 kB',
  },
];
