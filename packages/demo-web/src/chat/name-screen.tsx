/** The first visit: who are you? A name is suggested, so that one key press is enough. */
import { useEffect, useRef, useState, type SyntheticEvent } from 'react';
import { cleanName, MAX_NAME_LENGTH, suggestName } from './names.ts';

interface Props {
  /** The name of the last visit, where there was one. */
  readonly known: string | null;
  readonly onChosen: (name: string) => void;
}

export function NameScreen({ known, onChosen }: Props) {
  const [text, setText] = useState(() => known ?? suggestName());
  const name = cleanName(text);
  const field = useRef<HTMLInputElement>(null);
  // The one thing to do here; what stands there is replaced by typing.
  useEffect(() => field.current?.select(), []);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (name !== null) onChosen(name);
  };
  return (
    <main className="welcome" data-testid="name-screen">
      <div className="welcome-card">
        <p className="wordmark" aria-hidden="true">
          <span className="wordmark-knot" />
          Holdline
        </p>
        <h1>A chat that holds the line</h1>
        <p className="welcome-text">
          Cut the connection, switch the server, close the tab: what you write arrives once, in order, and if something
          is missing you are told.
        </p>
        <form className="welcome-step" onSubmit={submit}>
          <label htmlFor="name">Your name</label>
          <div className="welcome-field">
            <input
              ref={field}
              id="name"
              value={text}
              maxLength={MAX_NAME_LENGTH}
              autoComplete="username"
              aria-describedby="name-hint"
              aria-invalid={name === null}
              onChange={(event) => setText(event.target.value)}
              data-testid="name-input"
            />
            <button
              type="button"
              className="quiet-button"
              onClick={() => setText(suggestName())}
              data-testid="name-suggest"
            >
              Another
            </button>
          </div>
          <p id="name-hint" className="field-hint">
            Anyone may take any name here. It is remembered on this device.
          </p>
          <button type="submit" className="primary-button" disabled={name === null} data-testid="name-enter">
            Enter the chat
          </button>
        </form>
      </div>
    </main>
  );
}
