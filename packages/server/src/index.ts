/** The Holdline server as a library. `main.ts` is the same as a process. */
export { type Clock } from './clock.ts';
export type { Authorize, AuthorizeRequest } from './commands/access.ts';
export type { MessageToCheck, OnMessage } from './commands/message-hook.ts';
export type { Permission } from './commands/principal.ts';
export { createEmbeddedBroker, type EmbeddedBroker, type EmbeddedBrokerOptions } from './embedded-engine.ts';
export type { Engine, EngineHealth } from './engine.ts';
export { redisEngine, type EngineConnectOptions, type EngineSource, type RedisSourceOptions } from './engine-source.ts';
export type { ServerHealth } from './health.ts';
export { parseRetention, type Retention, type RetentionRule } from './log/retention.ts';
export type { EngineEvent, EngineObserver } from './log/log-source.ts';
export { createJsonLogger } from './json-logger.ts';
export type { LogFields, LogLevel, Logger } from './logger.ts';
export type { CounterName, Metrics } from './metrics.ts';
export type { LogOptions } from './log-options.ts';
export { OptionsError } from './option-checks.ts';
export type { AuthOption, ServerLimits, ServerOptions } from './options.ts';
export {
  createPublisher,
  PublishError,
  type Published,
  type Publisher,
  type PublisherOptions,
  type PublishExtras,
} from './publisher.ts';
export { createServer, type HoldlineServer, type SocketPeer } from './server.ts';
export type { Authenticate, Credentials, Identity } from './socket/authenticate.ts';
export type { OriginPolicy } from './socket/origin.ts';
export type { ServerSocket } from './socket/server-socket.ts';
