// What the bench needs of a system under test. A peer is a folder here: `peer.ts` starts its servers and brokers (this interface),
// `client.ts` says how a client speaks to it (ClientProtocol, loaded by the load processes), and both are listed in `peers/registry.ts`
// and `clients/protocols.ts`.

import type { Endpoint } from '../clients/light-client.ts';

export interface PeerProcess {
  /** For people: `holdline-0`, `redis`. */
  readonly name: string;
  /** A server takes the clients; a broker stands behind the servers. A broker that takes clients itself is a server. */
  readonly role: 'server' | 'broker';
  /** Its children are counted with it. */
  readonly pid: number;
}

export interface StartOptions {
  /** Flags of Node for servers that run on it, such as `--cpu-prof`. Peers that do not run on Node ignore them. */
  readonly nodeFlags: readonly string[];
}

export interface RunningPeer {
  /** Where clients connect: one entry for each instance, by its index. Those behind a load balancer would be told apart by it. */
  readonly endpoints: readonly Endpoint[];
  /** What runs now; the sum of their CPU and memory is the peer's. */
  processes(): readonly PeerProcess[];
  /** Ends the instance without a word (SIGKILL). */
  kill(instance: number): Promise<void>;
  /** Starts a killed instance again, on its port; resolves when it takes clients. */
  restart(instance: number): Promise<void>;
  /** Commands that Redis has processed, by name, where the peer has a Redis of its own. */
  redisCalls?(): Promise<ReadonlyMap<string, number>>;
  /** Ends everything that `start` started. */
  stop(): Promise<void>;
}

export interface Peer {
  /** The name of its folder and of its row in `--peers`. */
  readonly name: string;
  /** For tables and charts. */
  readonly title: string;
  /** How it is set up, with versions: a sentence. */
  readonly setUp: string;
  /**
   * What it means when a publish is acknowledged: nothing comes back (`none`), the server has handled it (`handled`), or it is
   * stored where a client that was away will find it (`stored`).
   */
  readonly ack: 'none' | 'handled' | 'stored';
  /** Whether a client that was away is given what it missed. */
  readonly isResumable: boolean;
  /** Why it cannot run on this machine (a program that is not installed), or null. */
  missing(): string | null;
  /** Of what it needs beside the packages of the repository: name and version. */
  versions?(): Readonly<Record<string, string>>;
  /** Starts it on free ports of the loopback interface. */
  start(options: StartOptions): Promise<RunningPeer>;
}
