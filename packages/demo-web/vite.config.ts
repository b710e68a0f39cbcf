import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  // Workspace packages are taken from their sources, so that the page needs no build of them.
  resolve: { conditions: ['@holdline/source', ...defaultClientConditions] },
  server: { host: '127.0.0.1' },
});
