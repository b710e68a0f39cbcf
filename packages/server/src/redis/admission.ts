/**
 * beside Hop 5/8 – may this process write into the rooms of this Redis? Asked on every new connection and with
 * every heartbeat: is Redis new enough, do the others under the prefix understand us, what is the key of the
 * deployment. Until the answer is yes there is no key, and nothing is appended without one.
 */
import type { Redis } from 'ioredis';
import { joinDeployment, leaveDeployment, type InstanceRecord } from './deployment.ts';
import type { Keys } from './keys.ts';
import { judgeServer } from './server-checks.ts';

export interface AdmissionOptions {
  readonly command: Redis;
  readonly keys: Keys;
  readonly mine: Omit<InstanceRecord, 'at'>;
  /** After each check, whatever came of it. */
  readonly onChecked: () => void;
  /** Redis did not answer the check; the next heartbeat or connection asks again. */
  readonly onError: (message: string) => void;
}

export class Admission {
  readonly #options: AdmissionOptions;
  #sealKey: string | null = null;
  #refusal: string | null = null;
  #findings: readonly string[] = [];
  #checking: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    options.command.on('ready', () => void this.check());
  }

  /** Null until admitted, and after the end. */
  get sealKey(): string | null {
    return this.#sealKey;
  }

  /** Why it must not serve, or null. */
  get refusal(): string | null {
    return this.#refusal;
  }

  get findings(): readonly string[] {
    return this.#findings;
  }

  /** One at a time; never rejects. */
  check(): Promise<void> {
    if (this.#isClosed || this.#options.command.status !== 'ready') return Promise.resolve();
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
      this.#options.onChecked();
    });
    return this.#checking;
  }

  async #check(): Promise<void> {
    const { command, keys, mine, onError } = this.#options;
    try {
      const server = judgeServer(await command.info());
      const deployment = server.refusal === null ? await joinDeployment(command, keys, mine, this.#sealKey) : null;
      if (this.#isClosed) return;
      this.#findings = [...server.findings, ...(deployment?.findings ?? [])];
      this.#refusal = server.refusal ?? deployment?.refusal ?? null;
      this.#sealKey = deployment?.sealKey ?? this.#sealKey;
    } catch (error) {
      onError(error instanceof Error ? error.message : 'unknown');
    }
  }

  async leave(): Promise<void> {
    const { command, mine } = this.#options;
    this.#isClosed = true;
    // A check that is under way registers this process; the farewell has to come after it.
    await this.#checking;
    this.#sealKey = null;
    if (command.status === 'ready') await leaveDeployment(command, mine.boot).catch(() => undefined);
  }
}
