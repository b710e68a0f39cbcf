/**
 * beside Hop 6/8 – does the subscriber hear what the command connection publishes? Pure: once a second a counter is
 * published, and one that is not heard for two beats means that the two connections must be replaced (G5.3).
 * Beats are counted, not time: after a pause of the process what has arrived meanwhile is read before the next
 * beat.
 *
 *   silent --heard--> hearing --beat ×2 unheard--> silent (replace)
 *      ^-------------- interrupted ---------------'
 */

export interface CanaryState {
  readonly name: 'silent' | 'hearing';
  /** The last counter published, and the last one heard. */
  readonly sent: number;
  readonly heard: number;
  /** Beats since the oldest counter that is still unheard. */
  readonly unheardBeats: number;
}

export type CanaryEvent =
  | { readonly type: 'beat' }
  | { readonly type: 'heard'; readonly counter: number }
  /** A connection closed: what is under way is lost, and not overdue. */
  | { readonly type: 'interrupted' };

export type CanaryEffect = 'publish' | 'replace-connections';

export const CANARY_BEAT_MS = 1000;
/** Found within 3 s: that leaves 2 s of the 5 s in which members have to be whole again for connecting and reading. */
export const OVERDUE_BEATS = 2;

export const FIRST_CANARY_STATE: CanaryState = { name: 'silent', sent: 0, heard: 0, unheardBeats: 0 };

export function transition(
  state: CanaryState,
  event: CanaryEvent,
): { readonly state: CanaryState; readonly effects: readonly CanaryEffect[] } {
  switch (event.type) {
    case 'beat': {
      const unheardBeats = state.sent > state.heard ? state.unheardBeats + 1 : 0;
      const sent = state.sent + 1;
      if (unheardBeats < OVERDUE_BEATS) return { state: { ...state, sent, unheardBeats }, effects: ['publish'] };
      const silent: CanaryState = { name: 'silent', sent: state.sent, heard: state.sent, unheardBeats: 0 };
      return { state: silent, effects: ['replace-connections'] };
    }
    case 'heard': {
      // Anybody can publish on the channel, so the counter may be anything.
      const isOurs = event.counter > state.heard && event.counter <= state.sent;
      if (!isOurs) return { state, effects: [] };
      return { state: { ...state, name: 'hearing', heard: event.counter, unheardBeats: 0 }, effects: [] };
    }
    case 'interrupted':
      return { state: { ...state, name: 'silent', heard: state.sent, unheardBeats: 0 }, effects: [] };
  }
}
