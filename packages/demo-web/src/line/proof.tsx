/** The sum that shows nothing went missing: the room counts its messages, so received and told must make up the span. */
export interface ProofNumbers {
  readonly firstN: number | null;
  readonly lastN: number | null;
  readonly received: number;
  readonly told: number;
}

export function Proof({ numbers }: { numbers: ProofNumbers }) {
  const { firstN, lastN, received, told } = numbers;
  if (firstN === null || lastN === null) return null;
  return (
    <section
      className="proof"
      aria-labelledby="proof-title"
      data-testid="proof"
      data-received={received}
      data-told={told}
    >
      <h3 id="proof-title">In this room, since you came</h3>
      <dl>
        <div>
          <dt>Messages</dt>
          <dd>
            {firstN.toLocaleString('en')} – {lastN.toLocaleString('en')}
          </dd>
        </div>
        <div>
          <dt>Received, once each</dt>
          <dd>{received.toLocaleString('en')}</dd>
        </div>
        <div>
          <dt>Told as missing</dt>
          <dd>{told.toLocaleString('en')}</dd>
        </div>
      </dl>
    </section>
  );
}
