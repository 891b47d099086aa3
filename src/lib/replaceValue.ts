/** The item with every property that is `before` set to `after`; the item itself when there is none. */
export function replaceValue<T extends object>(item: T, before: unknown, after: unknown): T {
  const entries = Object.entries(item);
  if (!entries.some(([, value]) => value === before)) return item;
  return Object.fromEntries(entries.map(([key, value]) => [key, value === before ? after : value])) as T;
}

/** The same for every value of a map, in place. */
export function replaceInMap<K, V extends object>(map: Map<K, V>, before: unknown, after: unknown): void {
  for (const [key, item] of map) {
    const replaced = replaceValue(item, before, after);
    if (replaced !== item) map.set(key, replaced);
  }
}
