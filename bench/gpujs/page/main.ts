import { answering, offer } from '../../../packages/gpujs/test/browser/asking.ts';
import { questions } from './questions.ts';

offer(answering(questions), () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));
