/** Notices when somebody has written to what every object inherits from. */

const GUARDED: readonly object[] = [
  Object.prototype,
  Array.prototype,
  Function.prototype,
  String.prototype,
  Map.prototype,
];

const snapshot = (): string =>
  GUARDED.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join('|') +
  String(Object.getPrototypeOf(Object.prototype));

/** Returns a check that names what was added since, or null. */
export function watchPrototypes(): () => string | null {
  const before = snapshot();
  return () => (snapshot() === before ? null : 'a prototype that all objects share was changed');
}
