#!/usr/bin/env node
/**
 * The process `holdline-server`: environment → server, signals → drain. stdout holds JSON lines only.
 *
 *   starting ──listening line──▶ serving ──SIGTERM, SIGINT──▶ draining ──▶ exit 0
 *      │ bad setting                │ unhandled fault              │ second signal
 *      ▼                            ▼                              ▼
 *    exit 1                  drain, exit 1                       exit 1
 *
 * With Redis away at the start the process waits for it: /healthz answers, /readyz says 503, and the
 * listening line comes when Redis has answered for the first time.
 */
import { createEmbeddedBroker } from './embedded-engine.ts';
import type { EngineSource } from './engine-source.ts';
import { EnvironmentError, readEnvironment, variableOf, type EngineSettings, type Settings } from './env.ts';
import { errorFields, type Logger } from './logger.ts';
import { OptionsError } from './option-checks.ts';
import { DEFAULTS, resolveOptions } from './options.ts';
import type { HoldlineServer } from './server.ts';

/** What is left of a drain that hangs is cut off this long after its end. */
const GRACE_MS = 2000;

async function engineOf({ redisUrl, prefix, retention, dedupeMs }: EngineSettings): Promise<EngineSource> {
  const kept = { ...(retention !== null && { retention }), ...(dedupeMs !== null && { dedupeMs }) };
  if (redisUrl === null) return createEmbeddedBroker(kept);
  const { redisEngine } = await import('./engine-source.ts');
  return redisEngine({ url: redisUrl, prefix, ...kept });
}

/** One JSON line on stdout, whatever the log level is. */
function say(level: 'info' | 'error', fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ level, time: Date.now(), ...fields })}\n`);
}

/** The libraries are loaded when the settings are found good: whoever forgot one is told at once. */
async function prepare(): Promise<{ settings: Settings; server: HoldlineServer; logger: Logger }> {
  const settings = readEnvironment(process.env);
  const { instance } = resolveOptions(settings.server);
  const [{ createJsonLogger }, { createServer }] = await Promise.all([
    import('./json-logger.ts'),
    import('./server.ts'),
  ]);
  const logger = createJsonLogger(settings.logLevel, { instance });
  for (const warning of settings.warnings) logger.warn({}, warning);
  const engine = await engineOf(settings.engine);
  return { settings, logger, server: createServer({ ...settings.server, instance, engine, logger }) };
}

function fail(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof EnvironmentError) say('error', { msg: error.message, variable: error.variable });
  else if (error instanceof OptionsError) say('error', { msg: error.message, variable: variableOf(error) });
  else say('error', { msg: 'holdline-server could not start', ...errorFields(error) });
}

/** Tells whether the end has begun. */
function endOn(server: HoldlineServer, logger: Logger, drainMs: number): () => boolean {
  let isEnding = false;
  const end = (code: number): void => {
    if (isEnding) process.exit(1);
    isEnding = true;
    process.exitCode = code;
    setTimeout(() => process.exit(1), drainMs + GRACE_MS).unref();
    server.close().then(
      () => process.exit(code),
      (error: unknown) => {
        logger.error(errorFields(error), 'closing failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => end(0));
  process.on('SIGINT', () => end(0));
  const onFault = (error: unknown): void => {
    server.metrics.count('faults');
    logger.error(errorFields(error), 'unhandled fault: draining');
    if (!isEnding) end(1);
  };
  process.on('uncaughtException', onFault);
  process.on('unhandledRejection', onFault);
  return () => isEnding;
}

async function run(): Promise<void> {
  let hasEndBegun = (): boolean => false;
  try {
    const { settings, server, logger } = await prepare();
    hasEndBegun = endOn(server, logger, settings.server.drainMs ?? DEFAULTS.drainMs);
    await server.listen();
    const { url, port, instance, engine } = server;
    say('info', { msg: 'listening', url, port, instance, engine });
  } catch (error) {
    // Asked to end while it was still waiting for Redis: that end says with which code.
    if (hasEndBegun()) return;
    fail(error);
    // The HTTP server may be open already and would keep the process.
    process.exit(1);
  }
}

await run();
