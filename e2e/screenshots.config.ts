import { defineConfig } from '@playwright/test';
import suite from './playwright.config.ts';

// Pictures are made one after the other, in one look each: `npm run screenshots`.
export default defineConfig(suite, {
  testDir: './screenshots',
  testMatch: '**/*.shots.ts',
  fullyParallel: false,
  workers: 1,
});
