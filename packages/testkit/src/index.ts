/** Test helpers of this repository: named exports only, never published. */
export { spawnChild, type Child, type ChildExit, type ChildOptions } from './child.ts';
export { createDeferred, type Deferred } from './deferred.ts';
export { eventually, type EventuallyOptions } from './eventually.ts';
export { freePort } from './free-port.ts';
export { ManualClock, type ManualClockOptions } from './manual-clock.ts';
export { findRedisBinary, spawnRedis, type RedisOptions, type SpawnedRedis } from './redis.ts';
export { createRandom, type SeededRandom } from './seeded-random.ts';
export { createProxy, type Proxy, type ProxyOptions } from './proxy.ts';
export type { ProxyDirection, ProxyLink, StallOptions } from './proxy-link.ts';
export { spawnServer, type LogLine, type ServerProcess, type ServerProcessOptions } from './server-process.ts';
export { propertyRuns } from './property-runs.ts';
export { TEST_CERTIFICATE } from './test-certificate.ts';
export { serveFolder, type StaticServer, type StaticServerOptions } from './static-server.ts';
export type * from './history/history-event.ts';
export { createHistoryFile, createRecorder, readHistory, type HistoryFile, type Recorder } from './history/recorder.ts';
export {
  checkHistory,
  checkHistoryStream,
  HistoryChecker,
  type CheckOptions,
  type Verdict,
  type Verdicts,
} from './history/check-history.ts';
export { formatVerdicts } from './history/format-verdicts.ts';
