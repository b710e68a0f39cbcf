import { defineConfig } from 'vite';

// No source condition: the page gets the SDK as it is built, as an application would.
export default defineConfig({
  root: import.meta.dirname,
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', sourcemap: true },
});
