/** The item with every property that is `before` set to `after`, also in plain objects within; the item itself when there is none. */
export function replaceValue<T extends object>(item: T, before: unknown, after: unknown): T {
  let copy: Record<string, unknown> | null = null;
  for (const [key, value] of Object.entries(item)) {
    const replaced = value === before ? after : isPlain(value) ? replaceValue(value, before, after) : value;
    if (replaced === value) continue;
    copy ??= { ...item } as Record<string, unknown>;
    copy[key] = replaced;
  }
  return (copy as T | null) ?? item;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The same for every value of a map, in place. */
export function replaceInMap<K, V extends object>(map: Map<K, V>, before: unknown, after: unknown): void {
  for (const [key, item] of map) {
    const replaced = replaceValue(item, before, after);
    if (replaced !== item) map.set(key, replaced);
  }
}
