import { answering, listen } from '../../../packages/gpujs/test/browser/asking.ts';
import { questions } from './questions.ts';

listen(answering(questions));
