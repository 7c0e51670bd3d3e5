import { answering, listen } from '../asking.ts';
import { questions } from './questions.ts';

listen(answering(questions));
