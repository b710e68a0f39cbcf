/** Which server instance this tab is on: its short name, and the ID it gave itself. */
interface Props {
  readonly name: string;
  /** From the server's welcome; null while there is no connection. */
  readonly instance: string | null;
}

export function InstanceBadge({ name, instance }: Props) {
  return (
    <span className="badge" data-testid="instance" data-name={name} data-instance={instance ?? ''}>
      <span className="visually-hidden">Server instance </span>
      <span className="badge-name">{name}</span>
      <span className="badge-id">{instance ?? 'not connected'}</span>
    </span>
  );
}
