/** Boot: colours first, then React. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './theme/tokens.css';
import './theme/base.css';
import './theme/layout.css';
import './chat/conversation.css';
import './chat/rooms.css';
import './line/line.css';
import { App } from './app.tsx';
import { applyTheme, savedTheme } from './theme/theme.ts';

applyTheme(savedTheme());
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
