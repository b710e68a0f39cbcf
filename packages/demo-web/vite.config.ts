import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type Connect, type Plugin } from 'vite';

/**
 * Serves /config.json while developing and previewing, from HOLDLINE_DEMO_SERVERS (`A=ws://…,B=ws://…`).
 * A deployed page gets the file from whoever serves it.
 */
function demoConfig(): Plugin {
  const servers = process.env['HOLDLINE_DEMO_SERVERS'] ?? 'A=ws://127.0.0.1:3000/';
  const instances = servers.split(',').map((entry) => {
    const [name = '', ...url] = entry.split('=');
    return { name, url: url.join('=') };
  });
  const serve = ({ middlewares }: { middlewares: Connect.Server }): void => {
    middlewares.use('/config.json', (_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ instances }));
    });
  };
  return { name: 'demo-config', configureServer: serve, configurePreviewServer: serve };
}

/** The built page runs only what it brought along and speaks only to its own origin and to WebSocket servers. */
function contentSecurityPolicy(): Plugin {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self' ws: wss:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
  return {
    name: 'content-security-policy',
    // The development server needs inline scripts for its reloads.
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy }, injectTo: 'head-prepend' },
    ],
  };
}

export default defineConfig({
  plugins: [react(), demoConfig(), contentSecurityPolicy()],
  // Workspace packages are taken from their sources, so that the page needs no build of them.
  resolve: { conditions: ['@holdline/source', ...defaultClientConditions] },
  server: { host: '127.0.0.1' },
  preview: { host: '127.0.0.1' },
});
