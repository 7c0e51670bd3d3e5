import { answering, offer } from '../asking.ts';
import { questions } from './questions.ts';

offer(answering(questions), () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));
