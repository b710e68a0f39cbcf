/** As much of the SDK's room machine as its watcher reads. */
export interface RoomSnapshot {
  readonly phase: string;
  readonly ref: number;
}

export interface RoomEvent {
  readonly type: string;
  /** Of a refusal. */
  readonly retry?: string;
  readonly ref?: number | undefined;
}
