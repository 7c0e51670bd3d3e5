import { defaultClientConditions, defineConfig } from 'vite';

/** The sources of the packages, so that nothing has to be built first. */
const conditions = ['@refrain/source', ...defaultClientConditions];

/** Loaded lazily in Node only; here the code around them is never reached. */
const external = ['onnxruntime-node', 'sharp'];

export default defineConfig({
  // Relative addresses: the site works in any folder of any host.
  base: './',
  resolve: { conditions },
  worker: { format: 'es', rolldownOptions: { external } },
  build: {
    target: 'es2022',
    rolldownOptions: { external },
    // Weights and WebAssembly stay files: inside a script they could not be cached apart from it.
    assetsInlineLimit: 0,
    // The worker holds a runtime, the charts a catalogue of policies: larger than most pages, and loaded once.
    chunkSizeWarningLimit: 1000,
    reportCompressedSize: false,
  },
});
