/**
 * What runs in the worker thread, as the text of a CommonJS program: a thread cannot be started from TypeScript sources, and a
 * program of its own next to the bundle would have to be found by every bundler. It loads ONNX Runtime from the path that it
 * is given and answers requests one after the other.
 */
export const WORKER_PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const ort = require(workerData.runtime);
const sessions = new Map();
const packed = (tensors) => Object.fromEntries(Object.entries(tensors).map(([name, { type, data, dims }]) => [name, { type, data, dims }]));
const handlers = {
  async create({ id, model, options }) {
    const session = await ort.InferenceSession.create(model, options);
    sessions.set(id, session);
    const { inputNames, outputNames, outputMetadata } = session;
    return { inputNames, outputNames, outputMetadata };
  },
  async run({ id, feeds, fetches }) {
    const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)]);
    const session = sessions.get(id);
    const given = Object.fromEntries(tensors);
    return packed(await (fetches ? session.run(given, fetches) : session.run(given)));
  },
  async release({ id }) {
    await sessions.get(id).release();
    sessions.delete(id);
  },
};
let last = Promise.resolve();
parentPort.on('message', ({ call, what, with: request }) => {
  last = last.then(() => handlers[what](request)).then(
    (result) => parentPort.postMessage({ call, result }, buffersOf(result)),
    (error) => parentPort.postMessage({ call, error: String(error && error.message || error) }),
  );
});
function buffersOf(result) {
  const all = Object.values(result || {}).map((value) => value && value.data && value.data.buffer);
  return [...new Set(all)].filter((buffer) => buffer instanceof ArrayBuffer);
}
`;
