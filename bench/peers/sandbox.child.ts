// For the tests of the sandbox: a process with a program that has forked, whose end is to come unannounced. Says which processes these are.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@holdline/testkit';
import { Sandbox } from './sandbox.ts';

const sandbox = new Sandbox();
const forked = join(sandbox.folder, 'forked');
const program = await sandbox.run({
  command: '/bin/sh',
  args: ['-c', `sleep 600 & echo $! > ${forked}; wait`],
  ports: [],
});
const child = await eventually(() => {
  const pid = Number(readFileSync(forked, 'utf8'));
  if (pid === 0) throw new Error('not yet');
  return pid;
});
process.stdout.write(`${JSON.stringify({ folder: sandbox.folder, pids: [program.pid, child] })}\n`);
setInterval(() => {}, 1000);
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => void sandbox.stop().then(() => process.exit(0)));
