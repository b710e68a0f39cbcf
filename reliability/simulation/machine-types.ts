/** As much of the SDK's room machine as its watcher reads. */
export interface RoomSnapshot {
  readonly phase: string;
  readonly ref: number;
}

export type RoomEvent =
  | {
      readonly type:
        | 'join'
        | 'leave'
        | 'disconnected'
        | 'live'
        | 'hole'
        | 'degraded'
        | 'restored'
        | 'retry-due'
        | 'joined';
    }
  | { readonly type: 'refused'; readonly retry: string; readonly ref: number | undefined };
