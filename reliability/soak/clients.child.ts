/** A process full of flapping clients. One of its kind lives through the whole run; others are killed in the middle of it. */
import { answerParent } from '../process/measured.ts';
import { Flapping, type FlappingTask } from './flapping.ts';

let flapping: Flapping | undefined;

answerParent({
  commands: {
    start: (task) => void (flapping = new Flapping(task as FlappingTask)),
    counts: () => flapping?.counts ?? {},
    end: async () => {
      await flapping?.end();
      flapping = undefined;
    },
  },
});
