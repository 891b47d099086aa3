/** The item with every property that is `before`, at any depth, set to `after`; the item itself when there is none. */
export function replaceValue<T extends object>(item: T, before: unknown, after: unknown): T {
  let changed = false;
  const entries = Object.entries(item).map(([key, value]) => {
    const next = value === before ? after : isPlain(value) ? replaceValue(value, before, after) : value;
    changed ||= next !== value;
    return [key, next] as const;
  });
  return changed ? (Object.fromEntries(entries) as T) : item;
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
