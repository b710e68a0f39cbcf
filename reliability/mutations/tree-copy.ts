/**
 * A copy of the working tree in a temporary folder, where a patch harms nobody: all files that git knows or would take, and the
 * links to installed packages, so that packages of the workspace find each other inside the copy.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TreeCopy {
  readonly root: string;
  /** Null when the patch is in; else why not. */
  apply(patch: string): string | null;
  /** Takes it out again. @throws Error when that fails: then the copy is no use any more. */
  revert(patch: string): void;
  remove(): void;
}

export function copyTree(root: string): TreeCopy {
  const copy = mkdtempSync(join(tmpdir(), 'holdline-mutations-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of listed.toString().split('\0')) {
    // What was deleted and not committed yet is listed, too.
    if (file === '' || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const folder of globSync(['packages/*/node_modules', 'reliability/node_modules'], { cwd: root })) {
    cpSync(join(root, folder), join(copy, folder), { recursive: true, verbatimSymlinks: true });
  }
  const git = (...args: readonly string[]): void => {
    // Outside of any repository, or git would leave out what lies beside the folder that it is called in.
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(copy) };
    execFileSync('git', ['apply', ...args], { cwd: copy, env, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  return {
    root: copy,
    apply(patch) {
      try {
        git(patch);
        return null;
      } catch (error) {
        return `does not apply any more: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`;
      }
    },
    revert: (patch) => git('--reverse', patch),
    remove: () => rmSync(copy, { recursive: true, force: true }),
  };
}
