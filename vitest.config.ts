import { existsSync } from 'node:fs';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

const chromium =
  process.env['CHROMIUM_PATH'] ??
  ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
    .map((name) => `/usr/bin/${name}`)
    .find((path) => existsSync(path));

// Workspace packages are taken from their sources. A list of conditions replaces Vite's default, so that is repeated.
const nodeConditions = ['@holdline/source', 'module', 'node', 'development|production'];
const browserConditions = ['@holdline/source', 'module', 'browser', 'development|production'];
const exclude = ['**/node_modules/**', '**/dist/**', 'e2e/**', '**/.cache/**'];

export default defineConfig({
  resolve: { conditions: nodeConditions },
  ssr: { resolve: { conditions: nodeConditions } },
  test: {
    passWithNoTests: true,
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'packages/**/*.test.ts',
            'packages/**/*.test.tsx',
            'scripts/**/*.test.ts',
            'reliability/**/*.test.ts',
            'bench/**/*.test.ts',
          ],
          exclude: [...exclude, '**/*.redis.test.ts', '**/*.browser.test.ts', '**/*.browser.test.tsx'],
        },
      },
      {
        extends: true,
        test: {
          name: 'redis',
          include: ['packages/**/*.redis.test.ts', 'reliability/**/*.redis.test.ts', 'bench/**/*.redis.test.ts'],
          exclude,
          pool: 'forks',
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        extends: true,
        resolve: { conditions: browserConditions },
        test: {
          name: 'browser',
          include: ['packages/client-sdk/**/*.browser.test.ts'],
          exclude,
          // One database for the origin: files would see each other's records.
          fileParallelism: false,
          testTimeout: 20_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(chromium === undefined ? {} : { executablePath: chromium }),
                args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
