// A promise that is settled from outside, for tests that wait for a callback.

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly isSettled: boolean;
  resolve(value: T | PromiseLike<T>): void;
  reject(reason: Error): void;
}

export function createDeferred<T = void>(): Deferred<T> {
  let isSettled = false;
  let settle!: (value: T | PromiseLike<T>) => void;
  let fail!: (reason: Error) => void;
  const promise = new Promise<T>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  return {
    promise,
    get isSettled() {
      return isSettled;
    },
    resolve(value) {
      isSettled = true;
      settle(value);
    },
    reject(reason) {
      isSettled = true;
      fail(reason);
    },
  };
}
