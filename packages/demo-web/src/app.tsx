/** Which screen: waiting for the configuration, what went wrong with it, the name, or the chat. */
import { useEffect, useState } from 'react';
import { cleanName } from './chat/names.ts';
import { ChatScreen } from './chat/chat-screen.tsx';
import { NameScreen } from './chat/name-screen.tsx';
import { loadConfig, parseWishes, type Instance } from './config.ts';
import { recall, remember } from './storage.ts';

type Config = { readonly instances: readonly Instance[] } | { readonly problem: string } | null;

export function App() {
  const [wishes] = useState(() => parseWishes(location.search));
  const [user, setUser] = useState(() => wishes.name ?? cleanName(recall('name') ?? ''));
  const [known, setKnown] = useState<string | null>(null);
  const [config, retry] = useConfig();

  if (config === null) return <output className="boot">Opening…</output>;
  if ('problem' in config) return <Problem text={config.problem} onRetry={retry} />;
  if (user === null) {
    return (
      <NameScreen
        known={known}
        onChosen={(name) => {
          remember('name', name);
          setUser(name);
        }}
      />
    );
  }
  return (
    <ChatScreen
      key={user}
      user={user}
      instances={config.instances}
      wishedInstance={wishes.instance}
      wishedRoom={wishes.room}
      onChangeName={() => {
        setKnown(user);
        setUser(null);
      }}
    />
  );
}

function useConfig(): [config: Config, retry: () => void] {
  const [config, setConfig] = useState<Config>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    loadConfig().then(
      (instances) => isCurrent && setConfig({ instances }),
      (error: unknown) => isCurrent && setConfig({ problem: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [attempt]);
  return [config, () => setAttempt((count) => count + 1)];
}

function Problem({ text, onRetry }: { readonly text: string; readonly onRetry: () => void }) {
  return (
    <main className="welcome" data-testid="problem">
      <div className="welcome-card" role="alert">
        <h1>The chat cannot start</h1>
        <p className="welcome-text">The page did not learn where its servers are. {text}</p>
        <button type="button" className="primary-button" onClick={onRetry}>
          Try again
        </button>
      </div>
    </main>
  );
}
